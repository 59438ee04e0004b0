package integration

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

func TestTheFilesOfABuildBackendAreNotRequestedOneByOne(t *testing.T) {
	t.Parallel()
	r := mustBuild(t, lab.Need(t), moult(t, project(t, map[string]string{
		"pyproject.toml": "# syntax=registry.example.com/moult:1\n[build-system]\nrequires = [\"setuptools\", \"setuptools-scm\"]\nbuild-backend = \"setuptools.build_meta\"\n" +
			"[project]\nname = \"from-git\"\ndynamic = [\"version\"]\nrequires-python = \">=3.13,<3.14\"\n[tool.setuptools]\npy-modules = [\"from_git\"]\n[tool.setuptools_scm]\n" +
			"[tool.moult]\ncmd = [\"python\", \"-m\", \"from_git\"]\n",
		"from_git.py": "",
		".git/HEAD":   strings.Repeat("01", 20) + "\n", ".git/refs/tags/v1.0": strings.Repeat("01", 20) + "\n",
	})))
	loaded := false
	for _, v := range r.Vertexes {
		loaded = loaded || strings.Contains(v.Name, "load the project's files")
		for _, name := range []string{"setup.py", "setup.cfg", "PKG-INFO"} {
			if strings.HasSuffix(v.Name, "load "+name) {
				t.Errorf("there is a request %q", v.Name)
			}
		}
	}
	if !loaded {
		t.Error("the project's files are not loaded")
	}
}

// A client sends only the files that are asked for, so that this test needs one.
func TestARequirementFileInAFolderOfAnyNameIsFetched(t *testing.T) {
	t.Parallel()
	_, err := lab.Need(t).Build(t.Context(), moult(t, project(t, map[string]string{
		"moult.toml": "# syntax=registry.example.com/moult:1\n", "server-app/server.py": "print(1)\n", "server-app/requirements.txt": "six ==\n", "docs/requirements.txt": "sphinx\n",
	}), "filename=moult.toml"))
	if err == nil || !strings.Contains(err.Error(), "server-app/requirements.txt:1:") {
		t.Error(err)
	}
}

func TestAProcessOfAProcfileIsATargetOfABuild(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	files := map[string]string{
		"moult.toml": "# syntax=registry.example.com/moult:1\npython = \"3.13\"\n", "Procfile": "web: python web.py\nworker: python worker.py --all\n", "web.py": "", "worker.py": "",
	}
	listed := subrequest(t, l, moult(t, project(t, files), "filename=moult.toml"), "frontend.targets")["result.json"]
	if !strings.Contains(string(listed), `"worker"`) || !strings.Contains(string(listed), "runs web of the Procfile") {
		t.Errorf("%s", listed)
	}
	planned := subrequest(t, l, moult(t, project(t, files), "filename=moult.toml", "target=worker"), "frontend.plan")["result.json"]
	if text := strings.Join(strings.Fields(string(planned)), ""); !strings.Contains(text, `["python","worker.py","--all"]`) || strings.Contains(text, `"web.py"]`) {
		t.Errorf("%s", planned)
	}
}

func TestTheFileOfSystemdSaysWhatTheImageStarts(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	for _, unit := range []string{"plain.service", "deploy/systemd/bot.service"} {
		planned := subrequest(t, l, moult(t, project(t, map[string]string{
			"pyproject.toml": "[project]\nname = \"plain\"\nversion = \"1\"\nrequires-python = \">=3.13,<3.14\"\n",
			"server.py":      "if __name__ == '__main__':\n    print(1)\n", "robot.py": "if __name__ == '__main__':\n    print(1)\n",
			unit: "[Service]\nExecStart=/opt/plain/bin/python /opt/plain/robot.py --all\n",
		})), "frontend.plan")["result.json"]
		if text := strings.Join(strings.Fields(string(planned)), ""); !strings.Contains(text, `["python","robot.py","--all"]`) {
			t.Errorf("%s: %s", unit, planned)
		}
	}
}

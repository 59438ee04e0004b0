package integration

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// packaged is a project with a [build-system]: it is built and installed, and
// its script is the image's command.
func packaged(l *lab.Lab) map[string]string {
	return map[string]string{
		"pyproject.toml": `# syntax=registry.example.com/moult:1
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "Packaged.Tool"
version = "1.0"
requires-python = ">=3.13,<3.14"
dependencies = ["lab-pure"]
scripts = { tool = "packaged_tool:main" }

[tool.moult]
index = [{ name = "lab", url = "` + l.Packages.URL() + `", default = true }]
`,
		"src/packaged_tool/__init__.py": "import lab_pure\n\ndef main():\n    print('the tool runs with', lab_pure.__name__)\n",
	}
}

// output is what an image prints.
func output(t *testing.T, l *lab.Lab, ref string, args ...string) string {
	t.Helper()
	out, err := l.Output(t.Context(), lab.Container{Image: ref, ReadOnly: true, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// prints builds an image, runs it and looks for a text in what it prints.
func prints(t *testing.T, l *lab.Lab, b lab.Build, name, want string) (ref string) {
	t.Helper()
	b, ref = push(l, b, name)
	mustBuild(t, l, b)
	if out := output(t, l, ref); !strings.Contains(out, want) {
		t.Errorf("it prints %q and not %q", out, want)
	}
	return ref
}

func TestAPackageIsInstalledAndItsScriptRun(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	ref := prints(t, l, moult(t, project(t, packaged(l))), "packaged:test", "the tool runs with lab_pure")
	isFitToShip(t, l, ref)
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	if paths, _ := img.Paths("/app"); len(paths) > 1 {
		t.Errorf("the sources of a package are copied too: %v", paths)
	}
}

func TestAChangeInAPackageBuildsItAlone(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, packaged(l))
	mustBuild(t, l, moult(t, dir))
	edit(t, filepath.Join(dir, "src/packaged_tool/__init__.py"), "import", unique()+"import")
	only(t, steps(mustBuild(t, l, moult(t, dir))), buildsOf("packaged-tool")...)
}

func TestWhatOnlyTheBackendKnowsIsAsked(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	files := packaged(l)
	files["pyproject.toml"] = strings.Replace(files["pyproject.toml"], `dependencies = ["lab-pure"]`, `dynamic = ["dependencies"]`, 1)
	files["setup.py"] = "from setuptools import setup\nsetup(install_requires=['lab-' + 'pure'])\n"
	prints(t, l, moult(t, project(t, files)), "dynamic:test", "the tool runs with lab_pure")
}

func TestAWheelInTheContextIsInstalled(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	resp, err := http.Get(l.Packages.FileURL("lab_steps-1.0-py3-none-any.whl"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	wheel, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status, err)
	}
	dir := project(t, map[string]string{
		"moult.toml": `# syntax=registry.example.com/moult:1
python = "3.13"
requirements = ["needs.txt"]
cmd = ["python", "-c", "import lab_steps; print(lab_steps.__file__)"]
index = [{ name = "lab", url = "` + l.Packages.URL() + `", default = true }]
`,
		"needs.txt": "./vendor/lab_steps-1.0-py3-none-any.whl\nlab-c\n",
	})
	if err := os.MkdirAll(filepath.Join(dir, "vendor"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "vendor/lab_steps-1.0-py3-none-any.whl"), string(wheel))
	prints(t, l, moult(t, dir, "filename=moult.toml"), "vendored:test", "/opt/venv/lib/python3.13/site-packages/lab_steps")
}

func TestARequirementMayBeARepository(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	tree := map[string]string{}
	for name, content := range sourceTree("from_git") {
		tree["packages/one/"+name] = content
	}
	url, commit := repository(t, tree)
	files := unlocked(l, `"from-git @ git+`+url+`@`+commit+`#subdirectory=packages/one"`)
	files["main.py"] = "import from_git\nprint('from', from_git.__name__)\n"
	prints(t, l, moult(t, project(t, files)), "repository:test", "from from_git")
}

// A description is metadata of the wheel, so that it has to be built anew.
func TestOnlyWhatTheBackendReadsBuildsAPackageAgain(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, packaged(l))
	b := moult(t, dir)
	b.Exports = append(b.Exports, lab.ToRegistry(l.Image("backendfile:test")))
	mustBuild(t, l, b)
	file := filepath.Join(dir, "pyproject.toml")
	edit(t, file, "[build-system]", unique()+"[tool.ruff]\nline-length = 100\n\n[build-system]")
	edit(t, file, "[tool.moult]", "[dependency-groups]\ndev = []\n[tool.pytest]\nx = 1\n[tool.moult]\nlabels = { a = \"b\" }")
	only(t, steps(mustBuild(t, l, b)))
	edit(t, file, `version = "1.0"`, `version = "1.0"`+"\ndescription = \""+strings.TrimSpace(unique())+`"`)
	only(t, steps(mustBuild(t, l, b)), buildsOf("packaged-tool")...)
}

func TestOnlyWhatTheBackendReadsBuildsAPackageInAFolderAgain(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	files := map[string]string{"other/main.py": ""}
	for name, content := range packaged(l) {
		files["service/"+name] = content
	}
	dir := project(t, files)
	b, _ := push(l, moult(t, dir), "backendfile-in-folder:test")
	b.Locals["dockerfile"] = filepath.Join(dir, "service")
	mustBuild(t, l, b)
	file := filepath.Join(dir, "service", "pyproject.toml")
	edit(t, file, "[build-system]", unique()+"[tool.ruff]\nline-length = 100\n\n[build-system]")
	only(t, steps(mustBuild(t, l, b)))
	edit(t, file, `version = "1.0"`, `version = "1.0"`+"\ndescription = \""+strings.TrimSpace(unique())+`"`)
	only(t, steps(mustBuild(t, l, b)), buildsOf("packaged-tool")...)
}

func TestAScriptWithItsRequirementsInACommentIsBuiltAndRuns(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"other\"\nversion = \"1\"\ndependencies = [\"no-such-package\"]\n", "other.py": "",
		"job.py": "# syntax=registry.example.com/moult:1\n# /// script\n# requires-python = \">=3.13,<3.14\"\n# dependencies = [\"lab-pure\"]\n" +
			"# [tool.moult]\n# index = [{name = \"lab\", url = \"" + l.Packages.URL() + "\", default = true}]\n# ///\n" +
			"import os, lab_pure\nprint('the job has', lab_pure.__name__, sorted(os.listdir()))\n",
	})
	ref := prints(t, l, moult(t, dir, "filename=job.py"), "script:test", "the job has lab_pure ['__pycache__', 'job.py']")
	isFitToShip(t, l, ref)
}

// A package without code has nothing but its pyproject.toml, which is not among the files of the context that its
// build gets: it only requires others.
func TestAPackageThatOnlyRequiresOthersIsBuilt(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	files := map[string]string{}
	files["moult.toml"] = "python = \"3.13\"\nrequirements = [\"needs.txt\"]\ncmd = [\"python\", \"main.py\"]\nindex = [{ name = \"lab\", url = \"" + l.Packages.URL() + "\", default = true }]\n"
	files["needs.txt"] = "./meta\n"
	files["main.py"] = "import lab_pure\nprint('with', lab_pure.__name__)\n"
	files["meta/pyproject.toml"] = "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n" +
		"[project]\nname = \"meta\"\nversion = \"1.0\"\ndependencies = [\"lab-pure\"]\n[tool.setuptools]\npy-modules = []\n"
	prints(t, l, moult(t, project(t, files), "filename=moult.toml"), "meta:test", "with lab_pure")
}

package integration

import (
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

func TestTheRequirementsInSetupFilesAreInstalled(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	const run = "cmd = [\"python\", \"-c\", \"import shop, lab_pure; print('both are there')\"]\n"
	index := "index = [{ name = \"lab\", url = \"" + l.Packages.URL() + "\", default = true }]\n"
	for _, test := range []struct {
		name  string
		files map[string]string
	}{
		{"setup-cfg", map[string]string{
			"pyproject.toml": "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n[tool.moult]\npython = \"3.13\"\n" + index + run,
			"setup.cfg":      "[metadata]\nname = shop\nversion = 1.0\n[options]\npackages = shop\ninstall_requires =\n    lab-pure\n",
		}},
		{"setup-py", map[string]string{
			"moult.toml": "python = \"3.13\"\n" + index + run,
			"setup.py":   "from setuptools import setup\nsetup(name=\"shop\", version=\"1.0\", packages=[\"shop\"], install_requires=[\"lab-pure\"])\n",
		}},
		// The index has no setuptools of this Python's time.
		{"setup-py-older", map[string]string{
			"moult.toml": "python = \"3.11\"\n" + index + run,
			"setup.py":   "from setuptools import setup\nsetup(name=\"shop\", version=\"1.0\", packages=[\"shop\"], install_requires=[\"lab-pure\"])\n",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := test.files
			files["shop/__init__.py"] = ""
			b := moult(t, project(t, files))
			if files["moult.toml"] != "" {
				b.Opts["filename"] = "moult.toml"
			}
			prints(t, l, b, "setup:"+test.name, "both are there")
		})
	}
}

// The index has a newer lab-pure. Where only the backend tells the project's
// requirements, pip gets the project's own wheel, and it must not prefer a
// stranger's of that name.
func TestAPackageOfAnIndexNeverReplacesTheProject(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	b := moult(t, project(t, map[string]string{
		"moult.toml":      "python = \"3.13\"\nextras = [\"data\"]\nindex = [{ name = \"lab\", url = \"" + l.Packages.URL() + "\", default = true }]\ncmd = [\"python\", \"-c\", \"import own, lab_data; print('the project itself')\"]\n",
		"setup.py":        "from setuptools import setup\nsetup(name=\"lab-pure\", version=\"0.1\", packages=[\"own\"], install_requires=[], extras_require={\"data\": [\"lab-data\"]})\n",
		"own/__init__.py": "",
	}), "filename=moult.toml")
	prints(t, l, b, "setup:own", "the project itself")
}

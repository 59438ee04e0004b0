package integration

import (
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// The command of these projects is found without being named, and what it needs is
// in the image.
func TestTheImageStartsWhatAProjectDeclares(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	tool := "[tool.moult]\npython = \"3.13\"\nindex = [{ name = \"lab\", url = \"" + l.Packages.URL() + "\", default = true }]\n"
	const program = "if __name__ == \"__main__\":\n    main()\n"
	for _, test := range []struct {
		name, want string
		files      map[string]string
	}{
		{"main-of-the-folder", "started from the folder", map[string]string{
			"pyproject.toml":   "[project]\nname = \"shop\"\nversion = \"1\"\n" + tool,
			"__main__.py":      "from shop.web import main\n" + program,
			"shop/__init__.py": "", "shop/web.py": "def main(): print('started from the folder')\n",
		}},
		{"script-that-is-not-installed", "started by its function", map[string]string{
			"pyproject.toml":   "[project]\nname = \"shop\"\nversion = \"1\"\n[project.scripts]\nshop-run = \"shop.web:main\"\n" + tool,
			"shop/__init__.py": "", "shop/web.py": "def main(): print('started by its function')\n",
		}},
		{"script-with-a-module-beside-its-package", "started beside the package", map[string]string{
			"pyproject.toml": "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n[project]\nname = \"shop\"\nversion = \"1\"\n" +
				"[project.scripts]\nshop-run = \"shop.web:main\"\n[tool.setuptools]\npackages = [\"shop\"]\n" + tool,
			"shop/__init__.py": "", "shop/web.py": "from shopconfig import text\ndef main(): print(text)\n" + program,
			"shopconfig.py": "text = 'started beside the package'\n",
		}},
		{"poetry-lock-without-files", "lab_steps is there", map[string]string{
			"pyproject.toml": "[tool.poetry]\nname = \"shop\"\nversion = \"1\"\n[tool.poetry.dependencies]\npython = \">=3.9\"\nlab-steps = \"*\"\n" + tool,
			"poetry.lock": "[[package]]\nname = \"lab-steps\"\nversion = \"1.0\"\ndescription = \"\"\ncategory = \"main\"\noptional = false\npython-versions = \"*\"\n\n" +
				"[metadata]\nlock-version = \"1.1\"\npython-versions = \">=3.9\"\ncontent-hash = \"acb97ad41eae1b12d8c05d4adf365a4f9d75d071fb654cbbbd81988e84a1b648\"\n\n[metadata.files]\nlab-steps = []\n",
			"main.py": "import lab_steps\nprint('lab_steps is there')\n",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			prints(t, l, moult(t, project(t, test.files)), "declared:"+test.name, test.want)
		})
	}
}

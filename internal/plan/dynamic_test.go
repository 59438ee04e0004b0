package plan_test

import (
	"slices"
	"testing"

	"github.com/moult-build/moult/internal/project"
)

func TestTheBackendIsAskedForMetadataInSetupFiles(t *testing.T) {
	const setup = "from setuptools import setup\nsetup(name='shop', install_requires=['click'])\n"
	for _, test := range []struct {
		name         string
		files        map[string]string
		asked, names []string
	}{
		{"setup.py beside a moult.toml", map[string]string{"moult.toml": "cmd = [\"shop\"]\n", "setup.py": setup}, []string{"shop"}, nil},
		{"an extra that setup.py knows", map[string]string{"moult.toml": "cmd = [\"shop\"]\nextras = [\"Web\"]\n", "setup.py": setup}, []string{"shop"}, []string{"shop[web]"}},
		{"setup.cfg", map[string]string{"moult.toml": "cmd = [\"shop\"]\n", "setup.cfg": "[metadata]\nname = shop\n[options]\ninstall_requires =\n  click\n"}, nil, []string{"click"}},
		{"an extra of a folder", map[string]string{
			"moult.toml": "cmd = [\"shop\"]\nrequirements = [\"r.txt\"]\n", "r.txt": "./lib[fast]\n", "lib/pyproject.toml": "[build-system]\nrequires = []\n[project]\nname = \"lib\"\nversion = \"1\"\ndynamic = [\"dependencies\", \"optional-dependencies\"]\n",
		}, []string{"lib"}, []string{"lib[fast]"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := planned(t, mapFS(test.files), "moult.toml", project.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if r := p.Building.Resolve; !slices.Equal(r.Dynamic, test.asked) || !slices.Equal(r.Requirements, test.names) {
				t.Errorf("pip gets %q, and of the wheels %q", r.Requirements, r.Dynamic)
			}
		})
	}
}

func TestAScriptInSetupCfgIsTheCommand(t *testing.T) {
	p, err := planned(t, mapFS(map[string]string{
		"pyproject.toml": "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n",
		"setup.cfg":      "[metadata]\nname = shop\n[options.entry_points]\nconsole_scripts =\n  shop-web = shop:main\n",
	}), "pyproject.toml", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Image.Cmd; !slices.Equal(got, []string{"shop-web"}) {
		t.Errorf("the image runs %q", got)
	}
}

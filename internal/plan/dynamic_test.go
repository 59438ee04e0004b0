package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
)

func TestTheBackendIsAskedForMetadataInSetupFiles(t *testing.T) {
	const setup = "from setuptools import setup\nsetup(name='shop', install_requires=['click'])\n"
	for _, test := range []struct {
		name         string
		files        map[string]string
		asked, names []string // of wheels, and for pip
		extras       map[string][]string
	}{
		{"setup.py beside a moult.toml", map[string]string{"moult.toml": "cmd = [\"shop\"]\n", "setup.py": setup}, []string{"shop"}, nil, nil},
		{"an extra that setup.py knows", map[string]string{"moult.toml": "cmd = [\"shop\"]\nextras = [\"Web\"]\n", "setup.py": setup}, []string{"shop"}, nil, map[string][]string{"shop": {"web"}}},
		{"setup.cfg", map[string]string{"moult.toml": "cmd = [\"shop\"]\n", "setup.cfg": "[metadata]\nname = shop\n[options]\ninstall_requires =\n  click\n"}, nil, []string{"click"}, nil},
		{"an extra of a folder", map[string]string{
			"moult.toml": "cmd = [\"shop\"]\nrequirements = [\"r.txt\"]\n", "r.txt": "./lib[fast]\n", "lib/pyproject.toml": "[build-system]\nrequires = []\n[project]\nname = \"lib\"\nversion = \"1\"\ndynamic = [\"dependencies\", \"optional-dependencies\"]\n",
		}, []string{"lib"}, nil, map[string][]string{"lib": {"fast"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := planned(t, mapFS(test.files), "moult.toml", project.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if r := p.Building.Resolve; !slices.Equal(r.Dynamic, test.asked) || !slices.Equal(r.Requirements, test.names) || !maps.EqualFunc(r.Extras, test.extras, slices.Equal) {
				t.Errorf("pip gets %q, and of the wheels %q with the extras %q", r.Requirements, r.Dynamic, r.Extras)
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

// A package of the index that requires the project's own name makes pip bring
// a stranger's package of that name.
func TestAFolderCountsBeforeAPackageOfTheIndexThatHasItsName(t *testing.T) {
	files := mapFS(map[string]string{
		"pyproject.toml":   "[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = [\"shop-plugin\"]\n[tool.moult]\ncmd = [\"x\"]\n",
		"shop/__init__.py": "",
	})
	read, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), "pyproject.toml", project.Options{}, worldtest.World{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(plan.Input{
		Project: read.Project, Environment: d.Plan.Environment, Requested: read.Requested, Resolution: plan.Unlocked{
			Building: d.Plan.Building, Wheels: []plan.Wheel{{Filename: "shop-2.0-py3-none-any.whl"}, {Filename: "shop_plugin-1.0-py3-none-any.whl"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, pkg := range p.Packages {
		_, built := pkg.Origin.(plan.Built)
		got = append(got, fmt.Sprint(pkg.Name, " built: ", built))
	}
	if want := []string{"shop built: true", "shop-plugin built: false"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// "-e ." in a requirements.txt beside a setup.py: the wheel alone tells the name.
func TestAFolderWhoseNameOnlyItsSetupFileKnowsIsOnePackage(t *testing.T) {
	files := mapFS(map[string]string{
		"moult.toml": "cmd = [\"python\", \"main.py\"]\n", "requirements.txt": "six\n-e .\n", "setup.py": "from setuptools import setup\nsetup(name=NAME)\n", "main.py": "",
	})
	read, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), "moult.toml", project.Options{}, worldtest.World{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(plan.Input{
		Project: read.Project, Environment: d.Plan.Environment, Requested: read.Requested, Resolution: plan.Unlocked{
			Building: d.Plan.Building, Wheels: []plan.Wheel{{Filename: "six-1.17.0-py3-none-any.whl"}, {Filename: "shop-1.0-py3-none-any.whl"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, pkg := range p.Packages {
		names = append(names, pkg.Name)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"shop", "six"}) {
		t.Errorf("the packages are %q", names)
	}
}

// The official images of Python before 3.12 have a setuptools, and pip takes it for a project without pyproject.toml.
func TestAProjectOfASetupFileIsBuiltByTheSetuptoolsOfItsPython(t *testing.T) {
	const setup = "import pkg_resources\nfrom setuptools import setup\nsetup(name='shop')\n"
	for _, test := range []struct {
		name, file, python string
		files              map[string]string
		want               []string
	}{
		{"setup.py", "moult.toml", "3.11", map[string]string{"setup.py": setup}, []string{"setuptools<66", "wheel<0.46"}},
		{"setup.cfg", "moult.toml", "3.11", map[string]string{"setup.cfg": "[metadata]\nname = shop\n[options]\ninstall_requires =\n  click\n"}, []string{"setuptools<66", "wheel<0.46"}},
		{"a newer Python", "moult.toml", "3.13", map[string]string{"setup.py": setup}, []string{"setuptools"}},
		{"[build-system]", "pyproject.toml", "3.11", map[string]string{"setup.py": setup}, []string{"setuptools"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := "cmd = [\"shop\"]\npython = \"" + test.python + "\"\n"
			if test.file == "pyproject.toml" {
				text = "[build-system]\nrequires = [\"setuptools\"]\n[tool.moult]\n" + text
			}
			test.files[test.file] = text
			p, err := planned(t, mapFS(test.files), test.file, project.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Building.Sources[0].Requires; !slices.Equal(got, test.want) {
				t.Errorf("%q", got)
			}
		})
	}
}

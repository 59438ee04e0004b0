package project

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestMetadataOfSetuptoolsFiles(t *testing.T) {
	const backend = "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n"
	const cfg = "-- setup.cfg --\n[metadata]\nname = my-shop\n[options]\npackages = find:\npython-requires = >=3.11\n"
	for _, test := range []struct {
		name, files                  string
		project, needs, extras, runs string
		dynamic                      bool
	}{
		{name: "setup.cfg alone says the requirements", files: backend + cfg + "install_requires =\n    click>=8\n    # a comment\n    rich; python_version < '4'\n",
			project: "my-shop", needs: "click>=8 rich; python_version < '4'"},
		{name: "requirements in one line", files: backend + cfg + "install_requires = click; rich\n", project: "my-shop", needs: "click rich"},
		{name: "extras and scripts", files: backend + cfg + "[options.extras_require]\nweb =\n  flask\n[options.entry_points]\nconsole_scripts =\n  shop = my_shop.cli:main [web]\n",
			project: "my-shop", extras: "web", runs: "shop=my_shop.cli:main"},
		{name: "requirements of a file", files: backend + cfg + "install_requires = file: needs.txt\n", project: "my-shop", dynamic: true},
		{name: "an extra with a marker", files: backend + cfg + "[options.extras_require]\n:python_version<'3' =\n  flask\n", project: "my-shop"},
		{name: "a setup.py that only calls setup", files: backend + cfg + "install_requires =\n  click\n-- setup.py --\nfrom setuptools import setup\nsetup()\n",
			project: "my-shop", needs: "click"},
		{name: "a setup.py with arguments", files: backend + cfg + "-- setup.py --\nfrom setuptools import setup\nsetup(install_requires=['click'])\n",
			project: "my-shop", dynamic: true},
		{name: "setup.py alone", files: "-- moult.toml --\n-- setup.py --\nfrom setuptools import setup\nsetup(name='shop', install_requires=['click'])\n",
			project: "shop", dynamic: true},
		{name: "a program with the name setup.py", files: "-- moult.toml --\n-- setup.py --\ndef setup():\n    pass\nif __name__ == '__main__':\n    setup()\n"},
		{name: "a setup.py that imports setup in several lines", files: "-- moult.toml --\n-- setup.py --\nfrom setuptools import (\n    find_packages,\n    setup,\n)\nsetup(name='shop')\n", project: "shop", dynamic: true},
		{name: "setup.cfg alone", files: "-- moult.toml --\n" + cfg + "install_requires =\n  click\n", project: "my-shop", needs: "click"},
		{name: "the configuration of a linter", files: "-- moult.toml --\n-- setup.cfg --\n[flake8]\nmax-line-length = 100\n"},
		{name: "a setup.py beside requirements.txt", files: "-- moult.toml --\n-- requirements.txt --\n-- setup.py --\nfrom setuptools import setup\nsetup(name='shop')\n"},
		{name: "setup.cfg beside requirements.txt", files: "-- moult.toml --\n-- requirements.txt --\nflask\n" + cfg + "install_requires =\n  click\n", needs: "click"},
		{name: "what the requirement file says of a package counts", files: "-- moult.toml --\n-- requirements.txt --\nFlask==2\n" + cfg + "install_requires =\n  flask>=3\n  click\n", needs: "click"},
		{name: "a variant in the requirement file counts", files: "-- moult.toml --\n-- requirements.txt --\npsycopg2-binary\nscikit-learn\nflask\n-- setup.py --\nsetup(install_requires=['psycopg2', 'sklearn', 'flask-login'])\n", needs: "flask-login"},
		{name: "a list in setup.py that is changed later beside requirements.txt", files: "-- moult.toml --\n-- requirements.txt --\nflask\n-- setup.py --\nneeds = ['six']\nneeds.append('attrs')\nsetup(install_requires=needs)\n"},
		{name: "a list in setup.py with a file of one machine beside requirements.txt", files: "-- moult.toml --\n-- requirements.txt --\nflask\n-- setup.py --\nsetup(install_requires=['click', 'core @ file:///home/me/core'])\n"},
		{name: "a list in setup.py beside requirements.txt", files: "-- moult.toml --\n-- requirements.txt --\nflask\n-- setup.py --\nfrom setuptools import setup\nsetup(\n    name='shop',\n    install_requires=[\n        'click>=8',  # for the commands\n        \"Flask\",\n    ],\n)\n", needs: "click>=8"},
		{name: "a variable with a list in setup.py", files: "-- moult.toml --\n-- requirements.txt --\nflask\n-- setup.py --\nfrom setuptools import setup\nNEEDS = ('click', 'rich',)\nsetup(install_requires=NEEDS)\n", needs: "click rich"},
		{name: "a setup.py that computes them", files: "-- moult.toml --\n-- requirements.txt --\nflask\n-- setup.py --\nfrom setuptools import setup\nsetup(install_requires=['click'] + more)\n"},
		{name: "a setup.py that reads them", files: "-- moult.toml --\n-- requirements.txt --\nflask\n-- setup.py --\nfrom setuptools import setup\nsetup(install_requires=open('requirements.txt').read().splitlines())\n"},
		{name: "a list in setup.py beside a requirements.txt with hashes", files: "-- moult.toml --\n-- requirements.txt --\nsix==1.17.0 --hash=sha256:" + strings.Repeat("0", 64) + "\n-- setup.py --\nfrom setuptools import setup\nsetup(install_requires=['click'])\n"},
		{name: "setup.cfg beside a requirements.txt with hashes", files: "-- moult.toml --\n-- requirements.txt --\nsix==1.17.0 --hash=sha256:" + strings.Repeat("0", 64) + "\n" + cfg + "install_requires =\n  click\n"},
		{name: "setup.cfg beside a requirements.txt that wants hashes", files: "-- moult.toml --\n-- requirements.txt --\n--require-hashes\n" + cfg + "install_requires =\n  click\n"},
		{name: "setup.cfg beside a requirement file that is named", files: "-- moult.toml --\nrequirements = [\"more.txt\"]\n-- more.txt --\nflask\n" + cfg + "install_requires =\n  click\n", needs: "click"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := mustRead(t, test.files)
			var needs, runs []string
			for _, d := range p.Dependencies {
				needs = append(needs, d.Requirement.String())
			}
			for _, s := range p.Scripts {
				runs = append(runs, s.Name.V+"="+s.Target.V)
			}
			if p.Name.V != test.project || strings.Join(needs, " ") != strings.ReplaceAll(test.needs, "'", `"`) || p.DynamicDependencies != test.dynamic {
				t.Errorf("%q needs %q, dynamic %v", p.Name.V, needs, p.DynamicDependencies)
			}
			if strings.Join(setNames(p.Extras), " ") != test.extras || strings.Join(runs, " ") != test.runs {
				t.Errorf("extras %v, scripts %v", setNames(p.Extras), runs)
			}
			if packaged := p.BuildSystem != nil; packaged != (test.project != "") {
				t.Errorf("it is packaged: %v", packaged)
			}
		})
	}
}

func TestTheNameInSetupPy(t *testing.T) {
	for code, want := range map[string]string{
		"setup(name='a')": "a",
		"import setuptools\nsetuptools.setup(\n    # name='no'\n    name=\"a-b\",\n)": "a-b",
		"setup(ext_modules=[Extension(name='_speed', sources=['x.c'])], name='a')":    "a",
		"setup(description='''setup(name='no',''', name = 'a',)":                      "a",
		"NAME = 'a'\nif __name__ == '__main__':\n    setup(version='1', name=NAME)":   "a",
		"NAME = 'a'\nNAME = 'b'\nsetup(name=NAME)":                                    "",
		"setup(name='a' + suffix)":                                                    "",
		"setup(**kwargs)":                                                             "",
		"setup(ext_modules=[Extension(name='_speed')])":                               "",
		"def setup_module(name='no'): pass":                                           "",
		"setup(name=\"":                                                               "",
	} {
		if got := setupName(code); got != want {
			t.Errorf("%s: %q", code, got)
		}
	}
}

func TestANameThatOnlyCodeKnowsIsAskedFor(t *testing.T) {
	_, err := readTree("-- moult.toml --\n-- setup.py --\nfrom setuptools import setup\nsetup(name=get())\n")
	if err == nil || !strings.Contains(err.Error(), "setup.py:1") || !strings.Contains(err.Error(), "[metadata]") {
		t.Error(err)
	}
}

func FuzzSetupFiles(f *testing.F) {
	f.Add("[metadata]\nname = a\n[options]\ninstall_requires =\n  b", "setup(name='a')")
	f.Fuzz(func(t *testing.T, cfg, setup string) {
		files := tree("-- moult.toml --")
		files["setup.cfg"], files["setup.py"] = &fstest.MapFile{Data: []byte(cfg)}, &fstest.MapFile{Data: []byte(setup)}
		p, err := Read(FS(files), "moult.toml", Options{})
		if err == nil && p.BuildSystem != nil && p.Name.V == "" {
			t.Error("a package without a name")
		}
	})
}

func TestTheKeyPackaged(t *testing.T) {
	const build = "[build-system]\nrequires = []\n"
	const head = "[project]\nname = \"shop\"\nversion = \"1\"\n"
	for _, test := range []struct{ name, files, err string }{
		{"false with a [build-system]", head + build + "[tool.moult]\npackaged = false\n", ""},
		{"uv's word, beside setup.py", build + "[tool.uv]\npackage = false\n-- setup.py --\nsetup(name='a')\n", ""},
		{"Poetry's word without a name", build + "[tool.poetry]\npackage-mode = false\n-- setup.py --\nsetup(name='a')\n", ""},
		{"true without a [build-system]", head + "[tool.moult]\npackaged = true\n", "5:12: packaged = true, but no [build-system]"},
		{"false where only the backend knows the dependencies", build + "[tool.moult]\npackaged = false\n-- setup.py --\nsetup(name='a')\n", "4:12: packaged = false, but only the build backend"},
	} {
		p, err := readTree(test.files)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		if err != nil || p.BuildSystem != nil || p.DynamicDependencies {
			t.Errorf("%s: it is built; %v", test.name, err)
		}
	}
}

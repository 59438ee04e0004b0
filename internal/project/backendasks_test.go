package project

import (
	"cmp"
	"testing"
	"testing/fstest"
)

func TestWhichBackendsAskForNothing(t *testing.T) {
	const setup = "from setuptools import setup\n"
	for _, c := range []struct {
		says, requires, backend, tables string
		files                           map[string]string
		nothing                         bool
	}{
		{"flit", `"flit_core"`, "flit_core.buildapi", "", nil, true},
		{"flit that reads the version", `"flit_core"`, "flit_core.buildapi", "", map[string]string{"": "dynamic = ['version']\n"}, false},
		{"flit that reads the description", `"flit_core"`, "flit_core.buildapi", "", map[string]string{"": "dynamic = ['description']\n"}, false},
		{"Poetry with any plugin", `"poetry-core", "poetry-of-ours"`, "poetry.core.masonry.api", "", nil, true},
		{"hatchling", `"hatchling"`, "hatchling.build", "[tool.hatch.build.targets.wheel]\npackages = ['src/x']", nil, true},
		{"hatchling with a hook", `"hatchling", "hatch-mypyc"`, "hatchling.build", "[tool.hatch.build.hooks.mypyc]\ndependencies = ['x']", nil, false},
		{"a hook of one target", `"hatchling"`, "hatchling.build", "[tool.hatch.build.targets.wheel.hooks.custom]", nil, false},
		{"dependencies of the build", `"hatchling"`, "hatchling.build", "[tool.hatch.build.targets.wheel]\ndependencies = ['x']", nil, false},
		{"settings in hatch.toml", `"hatchling"`, "hatchling.build", "", map[string]string{"hatch.toml": ""}, false},
		{"a plugin that is not known", `"hatchling", "hatch-of-ours"`, "hatchling.build", "", nil, false},
		{"PDM", `"pdm-backend"`, "pdm.backend", "[tool.pdm.build]\nincludes = []", nil, true},
		{"PDM with setuptools", `"pdm-backend"`, "pdm.backend", "[tool.pdm.build]\nrun-setuptools = true", nil, false},
		{"setuptools", `"setuptools>=61"`, "setuptools.build_meta", "", nil, true},
		{"an older setuptools, which asks for wheel", `"setuptools<70"`, "setuptools.build_meta", "", nil, false},
		{"an older one with wheel", `"setuptools==65.1", "wheel"`, "setuptools.build_meta", "", nil, true},
		{"setup.cfg", `"setuptools"`, "setuptools.build_meta", "", map[string]string{"setup.cfg": "[options]\ninstall_requires = x\n"}, true},
		{"setup.cfg that asks", `"setuptools"`, "setuptools.build_meta", "", map[string]string{"setup.cfg": "[options]\nsetup_requires =\n  x\n"}, false},
		{"a plain setup.py", `"setuptools", "pybind11"`, "setuptools.build_meta", "", map[string]string{
			"setup.py": setup + "import os, sys\nfrom pybind11.setup_helpers import Pybind11Extension as E\nsetup(ext_modules=[E('a', ['a.cpp'])])\n",
		}, true},
		{"a setup.py that asks", `"setuptools"`, "setuptools.build_meta", "", map[string]string{"setup.py": setup + "setup(setup_requires=['x'])\n"}, false},
		{"arguments from elsewhere", `"setuptools"`, "setuptools.build_meta", "", map[string]string{"setup.py": setup + "setup(**settings)\n"}, false},
		{"a module of the project", `"setuptools"`, "setuptools.build_meta", "", map[string]string{"setup.py": setup + "import os, settings\nsetup(name=settings.name)\n"}, false},
		{"one after another statement", `"setuptools"`, "setuptools.build_meta", "", map[string]string{"setup.py": setup + "from os import path; import settings\nsetup(name=settings.name)\n"}, false},
		{"one in a condition", `"setuptools"`, "setuptools.build_meta", "", map[string]string{"setup.py": setup + "if 1: from settings import name\nsetup(name=name)\n"}, false},
		{"one by its path", `"setuptools"`, "setuptools.build_meta", "", map[string]string{"setup.py": setup + "import imp\nimp.load_source('s', 's.py').setup()\n"}, false},
		{"one with a leading underscore", `"setuptools"`, "setuptools.build_meta", "", map[string]string{"setup.py": setup + "from _settings import name\nsetup(name=name)\n"}, false},
		{"one beside it", `"setuptools"`, "setuptools.build_meta", "", map[string]string{"setup.py": setup + "from . import name\nsetup(name=name)\n"}, false},
		{"code that is read", `"setuptools"`, "setuptools.build_meta", "", map[string]string{"setup.py": setup + "exec(open('v.py').read())\nsetup()\n"}, false},
		{"a backend of the project's own", `"setuptools"`, "setuptools.build_meta\"\nbackend-path = [\"ours\"]\n#", "", nil, false},
		{"another backend", `"maturin"`, "maturin", "", nil, false},
	} {
		files := fstest.MapFS{"pyproject.toml": {Data: []byte("[project]\nname = \"a\"\n" + cmp.Or(c.files[""], "version = \"1\"\n") + "[build-system]\nrequires = [" + c.requires +
			"]\nbuild-backend = \"" + c.backend + "\"\n" + c.tables)}}
		for name, content := range c.files { // "" is for [project]
			if name == "" {
				continue
			}
			files[name] = &fstest.MapFile{Data: []byte(content)}
		}
		p, err := Read(FS(files), "pyproject.toml", Options{})
		if err != nil {
			t.Errorf("%s: %v", c.says, err)
		} else if p.BuildSystem == nil || p.BuildSystem.AsksNothing != c.nothing {
			t.Errorf("%s: %+v", c.says, p.BuildSystem)
		}
	}
}

package project

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/toml"
)

// readsTables are the tables below [tool] that a backend or its plugin reads,
// by the name of the requirement in [build-system]. The list is empty for one
// that reads no table. All names are normalized, because some tools read their
// table with "-" and with "_".
var readsTables = map[string][]string{
	"cffi":                      {},
	"cython":                    {},
	"flit":                      {"flit"},
	"flit-core":                 {"flit"},
	"hatch":                     {"hatch"},
	"hatch-fancy-pypi-readme":   {"hatch"},
	"hatch-mypyc":               {"hatch", "mypy", "mypyc"},
	"hatch-nodejs-version":      {"hatch"},
	"hatch-regex-commit":        {"hatch"},
	"hatch-requirements-txt":    {"hatch"},
	"hatch-vcs":                 {"hatch", "setuptools-scm", "vcs-versioning"},
	"hatchling":                 {"hatch"},
	"numpy":                     {},
	"pdm-backend":               {"pdm"},
	"pdm-pep517":                {"pdm"},
	"poetry":                    {"poetry"},
	"poetry-core":               {"poetry"},
	"poetry-dynamic-versioning": {"poetry", "poetry-dynamic-versioning"},
	"pybind11":                  {},
	"setuptools":                {"setuptools", "distutils"},
	"setuptools-git-versioning": {"setuptools-git-versioning"},
	"setuptools-rust":           {"setuptools-rust"},
	"setuptools-scm":            {"setuptools-scm", "vcs-versioning"},
	"uv-build":                  {"uv"},
	"uv-dynamic-versioning":     {"uv-dynamic-versioning"},
	"versioneer":                {"versioneer"},
	"versioningit":              {"versioningit"},
	"wheel":                     {},
}

// neverInBuilds are tables below [tool] of programs that check, test, format
// or release a project, and Moult's own. No backend reads them, unless a
// requirement of [build-system] has such a name: mypyc is a part of mypy. The
// names are normalized.
var neverInBuilds = []string{
	"autoflake", "autopep8", "bandit", "basedpyright", "black", "briefcase", "bumpver", "bumpversion", "check-manifest", "check-wheel-contents",
	"cibuildwheel", "codespell", "commitizen", "coverage", "deptry", "djlint", "docformatter", "doc8", "flake8", "importlinter", "interrogate",
	"isort", "jupytext", "moult", "mutmut", "mypy", "nbqa", "pip-tools", "pixi", "poe", "pycln", "pydocstyle", "pydoclint", "pylint", "pyproject-fmt",
	"pyre", "pyrefly", "pyright", "pytest", "pytype", "pyupgrade", "refurb", "ruff", "semantic-release", "sqlfluff", "tach", "taskipy", "tbump",
	"tomlsort", "towncrier", "tox", "ty", "typos", "ufmt", "unasync", "usort", "vulture", "yapf", "zuban",
}

// backendFile sets the pyproject.toml that the backend of the project in dir
// gets: the user's without the tables that the backend does not read. So a
// change of those does not build the wheel again. It stays empty if the backend
// gets the file unchanged.
//
// A backend that runs code of the project, or that loads something unknown, may
// read any table. It gets all tables except those of neverInBuilds.
func (r *reader) backendFile(root *toml.Node, dir string) {
	b := r.p.BuildSystem
	if b == nil || root == nil || root.File().Name != path.Join(dir, "pyproject.toml") {
		return
	}
	var own []string
	foreign := r.runsOwnCode(root, dir)
	for _, q := range b.Requires {
		name := q.NormalizedName()
		tables, known := readsTables[name]
		if !known {
			tables, foreign = []string{name}, true
		}
		own = append(own, tables...)
	}
	if len(b.Requires) == 0 { // setuptools' legacy backend
		own = append(own, "setuptools", "distutils")
	}
	content, err := toml.Keep(root.File(), func(keys []string) bool {
		switch {
		case keys[0] == "project" || keys[0] == "build-system" || keys[0] == "tool" && len(keys) == 1:
			return true
		case keys[0] != "tool":
			return foreign
		}
		name := pep503.Normalize(keys[1])
		return slices.Contains(own, name) || foreign && !slices.Contains(neverInBuilds, name)
	})
	r.fail(err)
	if err == nil {
		b.Pyproject = "# pyproject.toml without the tables that the build does not read\n" + string(content)
	}
}

// runsOwnCode reports whether the backend may run code of the project, which
// may read any table of pyproject.toml.
func (r *reader) runsOwnCode(root *toml.Node, dir string) bool {
	b := r.p.BuildSystem
	if b.BackendPath != nil {
		return true
	}
	var files []string // from which a backend runs code without being told
	switch {
	case b.Backend.V == "" || strings.HasPrefix(b.Backend.V, "setuptools."):
		files = []string{"setup.py", "setup.cfg"}
	case strings.HasPrefix(b.Backend.V, "pdm."):
		files = []string{"pdm_build.py"}
	}
	for _, name := range files {
		if ok, err := r.files.has(path.Join(dir, name)); err != nil || ok {
			r.fail(err)
			return true
		}
	}
	for _, keys := range [][]string{
		{"setuptools", "cmdclass"},
		{"hatch", "metadata", "hooks", "custom"}, {"hatch", "build", "hooks", "custom"},
		{"poetry", "build"},
		{"pdm", "build", "custom-hook"}, {"pdm", "build", "setup-script"}, {"pdm", "version", "getter"},
	} {
		if root.Get("tool").Get(keys...) != nil {
			return true
		}
	}
	if root.Get("tool", "hatch", "version", "source").Text() == "code" {
		return true
	}
	attr := func(n *toml.Node) bool { return n.Get("attr") != nil }
	hook := func(n *toml.Node) bool { return n.Get("hooks", "custom") != nil || n.Key == "custom" }
	return anyOf(root.Get("tool", "setuptools", "dynamic"), attr) || anyOf(root.Get("tool", "hatch", "build", "targets"), hook)
}

// anyOf reports whether is returns true for one of the values of a table.
func anyOf(table *toml.Node, is func(*toml.Node) bool) bool {
	return table != nil && slices.ContainsFunc(table.Items, is)
}

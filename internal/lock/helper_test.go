package lock

import (
	"os"
	"path"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// The locks in testdata are made by the tools themselves; generate.py there
// makes them anew.

func testdata(t testing.TB, name string) *source.File {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return &source.File{Name: path.Base(name), Data: data}
}

func readTestdata(t testing.TB, name string) *Lock {
	t.Helper()
	l, err := Read(testdata(t, name), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func linux(python, machine string) pep508.Environment {
	parts := strings.SplitN(python, ".", 3)
	return pep508.Environment{ImplementationName: "cpython", ImplementationVersion: python, OSName: "posix", PlatformMachine: machine,
		PlatformPythonImplementation: "CPython", PlatformSystem: "Linux", PythonFullVersion: python,
		PythonVersion: parts[0] + "." + parts[1], SysPlatform: "linux"}
}

func supported(minor int, arch string, libc tags.Libc) *tags.Supported {
	return tags.NewSupported(tags.Target{Major: 3, Minor: minor, Arch: arch, Libc: libc})
}

var (
	bookworm = tags.Libc{Kind: tags.Glibc, Major: 2, Minor: 36}
	alpine   = tags.Libc{Kind: tags.Musl, Major: 1, Minor: 2}
)

// pins gives "name==version" of what was chosen, without the project itself.
func pins(chosen []Chosen) string {
	var list []string
	for _, c := range chosen {
		if c.Source.Virtual {
			continue
		}
		s := c.Name
		if c.Version != "" {
			s += "==" + c.Version
		}
		list = append(list, s)
	}
	return strings.Join(list, " ")
}

// readProject reads the standard tables of a pyproject.toml and a Pipfile.
func readProject(t testing.TB, folder string) *Project {
	t.Helper()
	p := &Project{}
	if data, err := os.ReadFile("testdata/" + folder + "/Pipfile"); err == nil {
		if p.Pipfile, err = toml.Parse(&source.File{Name: "Pipfile", Data: data}); err != nil {
			t.Fatal(err)
		}
		return p
	}
	root, err := toml.Parse(testdata(t, folder+"/pyproject.toml"))
	if err != nil {
		t.Fatal(err)
	}
	p.Pyproject = root
	p.Name = root.Get("project", "name").Text()
	p.RequiresPython = root.Get("project", "requires-python").Text()
	list := func(n *toml.Node) []Requirement {
		var all []Requirement
		for _, item := range n.Elements() {
			r, err := pep508.ParseRequirement(item.Str)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, Requirement{Requirement: r, Pos: item.Pos(),
				Direct: root.Get("tool", "uv", "sources", r.Name) != nil})
		}
		return all
	}
	p.Main = list(root.Get("project", "dependencies"))
	for _, key := range root.Get("project", "optional-dependencies").Keys() {
		p.Extras = append(p.Extras, RequirementSet{key, list(root.Get("project", "optional-dependencies", key))})
	}
	for _, key := range root.Get("dependency-groups").Keys() {
		p.Groups = append(p.Groups, RequirementSet{key, list(root.Get("dependency-groups", key))})
	}
	return p
}

// poetryProject is testdata/poetry1/pyproject.toml in standard words, as
// internal/project gives it.
func poetryProject(t testing.TB) *Project {
	t.Helper()
	standard := readProject(t, "poetry")
	old := readProject(t, "poetry1")
	standard.Pyproject = old.Pyproject
	for i, r := range standard.Extras[0].Requirements {
		r.Requirement, _ = pep508.ParseRequirement("h11>=0.14,<0.15")
		standard.Extras[0].Requirements[i] = r
	}
	return standard
}

func mustVersion(t testing.TB, s string) pep440.Version {
	t.Helper()
	v, err := pep440.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

package lock

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

// poetry10 is a lock as Poetry 1.0 writes it: without lock-version, and with
// the versions of Python as keys of the edges.
const poetry10 = `[[package]]
category = "main"
description = "A"
name = "a"
optional = false
python-versions = ">=3.6"
version = "1.0"

[package.dependencies]
[package.dependencies.b]
python = "<3.8"
version = "*"

[[package]]
category = "dev"
description = "C"
name = "c"
optional = false
python-versions = "*"
version = "3.0"

[[package]]
category = "main"
description = "B"
marker = "python_version < \"3.8\""
name = "b"
optional = false
python-versions = "*"
version = "2.0"

[metadata]
content-hash = "0"
python-versions = "^3.7"

[metadata.files]
a = [
    {file = "a-1.0-py3-none-any.whl", hash = "sha256:SHA"},
]
b = [
    {file = "b-2.0-py3-none-any.whl", hash = "sha256:SHA"},
]
c = []
`

func TestALockOfPoetry10IsRead(t *testing.T) {
	l, err := Read(&source.File{Name: "poetry.lock", Data: []byte(strings.ReplaceAll(poetry10, "SHA", sha))}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if l.Version != "1.0" || len(l.Packages) != 3 || len(l.Packages[0].Wheels) != 1 {
		t.Fatalf("%q, %+v", l.Version, l.Packages)
	}
}

func TestALockOfPoetry10IsSelectedForItsPythons(t *testing.T) {
	selectsForPythons(t, poetry10)
}

// Poetry 1.0 writes the condition of an edge to the package that it leads to.
func TestAPackageOfALockOfPoetry10HasItsOwnCondition(t *testing.T) {
	const conditional = "[package.dependencies]\n[package.dependencies.b]\npython = \"<3.8\"\nversion = \"*\"\n"
	if !strings.Contains(poetry10, conditional) {
		t.Fatal("the lock has another edge")
	}
	selectsForPythons(t, strings.Replace(poetry10, conditional, "[package.dependencies]\nb = \"*\"\n", 1))
}

// selectsForPythons expects b, which a needs, for the older Python alone.
func selectsForPythons(t *testing.T, text string) {
	t.Helper()
	l, err := Read(&source.File{Name: "poetry.lock", Data: []byte(strings.ReplaceAll(text, "SHA", sha))}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := pep508.ParseRequirement("a")
	if err != nil {
		t.Fatal(err)
	}
	selection := Selection{Project: &Project{Main: []Requirement{{Requirement: a}}}}
	for python, want := range map[string]string{"3.7.9": "a==1.0 b==2.0", "3.12.1": "a==1.0"} {
		chosen, err := Select(l, selection, linux(python, "x86_64"))
		if got := pins(chosen); err != nil || got != want {
			t.Errorf("Python %s: got %q, %v, want %q", python, got, err, want)
		}
	}
}

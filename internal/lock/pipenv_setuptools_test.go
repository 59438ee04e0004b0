package lock

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

func TestALockOfPipenvGetsTheSetuptoolsThatItsPackagesImport(t *testing.T) {
	hash := strings.Repeat("0", 64)
	entry := func(name, version string) string {
		return fmt.Sprintf("%q: {\"version\": \"==%s\", \"hashes\": [\"sha256:%s\"]}", name, version, hash)
	}
	for _, test := range []struct {
		name, packages string
		want           bool
	}{
		{"19", entry("gunicorn", "19.9.0"), true},
		{"20.1", entry("gunicorn", "20.1.0"), true},
		{"21", entry("gunicorn", "21.2.0"), false},
		{"locked with it", entry("gunicorn", "19.9.0") + ", " + entry("setuptools", "65.0.0"), false},
		{"none", entry("six", "1.16.0"), false},
		{"a job", entry("apscheduler", "3.6.3"), true},
		{"a newer job", entry("apscheduler", "3.10.4"), false},
		{"each version", entry("coreapi", "2.3.3"), true},
		{"tokens", entry("djangorestframework-simplejwt", "5.2.2"), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, err := Read(&source.File{Name: "Pipfile.lock", Data: []byte(`{"_meta": {"pipfile-spec": 6}, "default": {` + test.packages + `}}`)}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var added *Package
			for _, p := range l.Packages {
				if p.Name == "setuptools" && p.Version == setuptoolsVersion {
					added = p
				}
			}
			if (added != nil) != test.want {
				t.Fatalf("%v", added)
			}
			if added == nil {
				return
			}
			for python, want := range map[string]bool{"3.9.1": true, "3.12.0": false} {
				if got, err := added.Marker.Evaluate(linux(python, "x86_64"), pep508.Active{}); err != nil || got != want {
					t.Errorf("Python %s: setuptools is %v, %v", python, got, err)
				}
			}
		})
	}
}

func TestSetuptoolsIsInTheGroupsOfAllThatImportIt(t *testing.T) {
	hashes := `"hashes": ["sha256:` + strings.Repeat("0", 64) + `"]`
	l, err := Read(&source.File{Name: "Pipfile.lock", Data: []byte(`{"_meta": {"pipfile-spec": 6}, "default": {"web3": {"version": "==5.31.4", ` + hashes + `}},
		"develop": {"gunicorn": {"version": "==20.1.0", ` + hashes + `}}}`)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	last := l.Packages[len(l.Packages)-1]
	if last.Name != "setuptools" || !slices.Equal(last.groups, sortedUnique([]string{mainGroup, "dev"})) {
		t.Errorf("%s in %q", last.Name, last.groups)
	}
}

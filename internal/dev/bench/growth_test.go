package bench

import (
	"bytes"
	"net/http/httptest"
	"path/filepath"
	"testing"
)

func TestAMadeUpProjectIsLockedWithAllItsPackages(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "growth")
	versions := map[string]map[string]string{}
	for _, version := range madeVersions {
		if err := madeProject(dir, 20, version); err != nil {
			t.Fatal(err)
		}
		wheels, err := lockedWheels(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(wheels) != 20 {
			t.Fatalf("%d packages are locked", len(wheels))
		}
		versions[version] = map[string]string{}
		for _, w := range wheels {
			versions[version][w.Package] = w.Filename
			answer := httptest.NewRecorder()
			servePackages(answer, httptest.NewRequest("GET", w.URL, nil))
			if int64(answer.Body.Len()) != w.Size {
				t.Errorf("%s has %d bytes, the lock says %d", w.Filename, answer.Body.Len(), w.Size)
			}
		}
	}
	different := 0
	for name, file := range versions["1.0"] {
		if versions["1.1"][name] != file {
			different++
		}
	}
	if different != 1 {
		t.Errorf("an upgrade changes %d packages", different)
	}
}

func TestAMadeUpWheelIsAlwaysTheSame(t *testing.T) {
	first := madeWheel("pkg-000", "1.0")
	madeWheels.Clear()
	if !bytes.Equal(first, madeWheel("pkg-000", "1.0")) {
		t.Error("the bytes differ")
	}
}

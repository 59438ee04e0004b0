package hostile

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestTheKitIsTheSameEveryTimeAndItsTableNamesItsFiles(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range All() {
		if seen[v.Name] {
			t.Errorf("two vectors are called %s", v.Name)
		}
		seen[v.Name] = true
		if v.Description == "" || v.Outcome != Refused && v.Outcome != Accepted {
			t.Errorf("%+v is not described", v)
		}
		if v.Costly {
			continue
		}
		first, second := v.Files(), v.Files()
		if first[v.File] == nil {
			t.Errorf("%s has no file %s", v.Name, v.File)
		}
		for name := range first {
			if !bytes.Equal(first[name], second[name]) {
				t.Errorf("%s: %s differs from time to time", v.Name, name)
			}
		}
	}
}

// TestTheKitIsWritten writes the kit as other programs read it, to the folder
// that the variable names: make hostile-kit.
func TestTheKitIsWritten(t *testing.T) {
	dir := os.Getenv("MOULT_HOSTILE_KIT")
	if dir == "" {
		if testing.Short() {
			t.Skip("skipped by -short: makes the costly vectors, too")
		}
		dir = t.TempDir()
	}
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []written
	if err := json.Unmarshal(content, &rows); err != nil || len(rows) != len(All()) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
}

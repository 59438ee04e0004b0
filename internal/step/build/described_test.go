package build

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestOnlyReleaseBuildsForThisMachineAreDescribed(t *testing.T) {
	for _, c := range []struct {
		flags string
		bits  int
		ok    bool
	}{{"", 64, true}, {"t", 64, true}, {"m", 64, true}, {"d", 64, false}, {"td", 64, false}, {"", 32, false}} {
		python := filepath.Join(t.TempDir(), "python3")
		said := fmt.Sprintf(`["cpython", "3.13.5", 3, 13, "%s", %d, "glibc 2.41", "/usr/local"]`, c.flags, c.bits)
		if err := os.WriteFile(python, []byte("#!/bin/sh\necho '"+said+"'\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		if d, err := describe(t.Context(), python); (err == nil) != c.ok || d.target.FreeThreaded != (c.flags == "t") {
			t.Errorf("%q, %d bits: %+v, %v", c.flags, c.bits, d, err)
		}
	}
}

func TestAnInterpreterDescribesItself(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal(err)
	}
	if d, err := describe(t.Context(), python); err != nil || d.target.Major != 3 || d.prefix == "" || d.markers.PythonVersion == "" {
		t.Errorf("%+v, %v", d, err)
	}
}

package install

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/hostile"
)

// FuzzWheel lays arbitrary archives out over an environment: whatever they
// hold, the environment keeps what it needs (see checkEnvironment), and an
// error is the wheel's. The seeds are the kit's wheels: small, because Go
// minimizes large ones for longer than it fuzzes.
func FuzzWheel(f *testing.F) {
	f.Add(zipBytes(f, standardWheel()))
	f.Add(zipBytes(f, standardWheel(
		testMember{name: testData + "/scripts/x", data: "#!python\n"},
		testMember{name: testData + "/data/lib64/x", data: "x"},
		entryPointsMember("[console_scripts]\nrun=a:b\n"))))
	f.Add([]byte("PK\x05\x06"))
	for _, v := range hostile.All() {
		if v.Kind == hostile.Wheel && !v.Costly {
			if wheel := v.Files()[v.File]; len(wheel) < maxSeed {
				f.Add(wheel)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		// Half of the seeds are wheels of one name, half of another.
		for _, filename := range []string{testFilename, "demo-1.0-py3-none-any.whl"} {
			path := filepath.Join(dir, filename)
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
			fuzzWheel(t, path)
		}
	})
}

// maxSeed is the size of the largest seed in bytes.
const maxSeed = 4 << 10

func fuzzWheel(t *testing.T, path string) {
	w, err := Open(path)
	if err != nil {
		return
	}
	defer w.Close()
	if w.archive.unpacked > 1<<20 {
		return // not worth unpacking
	}
	root := newEnvironment(t)
	tree, err := NewTree(root, testTime)
	if err != nil {
		t.Fatal(err)
	}
	res, err := w.Install(tree, testTarget, Options{})
	if err == nil {
		for _, file := range res.Files {
			if !strings.HasPrefix(file.Path, testTarget.Prefix+"/") {
				t.Errorf("%s is outside of the prefix", file.Path)
			}
		}
	} else if !strings.HasPrefix(err.Error(), filepath.Base(path)+": ") {
		t.Errorf("error does not name the wheel: %v", err)
	}
	checkEnvironment(t, root)
}

func FuzzEntryPoints(f *testing.F) {
	f.Add([]byte("[console_scripts]\nrun = a.b:c.d [e]\n[gui_scripts]\nü=ü:ü\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := parseEntryPoints(data)
		if err != nil {
			return
		}
		for _, e := range entries {
			// What stands in a script must not be able to be code.
			if strings.ContainsAny(e.module+e.attr, " \t\r\n;()[]'\"#\\") || strings.ContainsAny(e.name, "/\x00") {
				t.Errorf("%+v", e)
			}
		}
	})
}

package install

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzWheel lays arbitrary archives out: whatever they hold, nothing may be
// written outside of the prefix, and an error must be the wheel's.
func FuzzWheel(f *testing.F) {
	f.Add(zipBytes(f, standardWheel()))
	f.Add(zipBytes(f, standardWheel(testMember{name: "../evil.py", data: "x"})))
	f.Add(zipBytes(f, standardWheel(
		testMember{name: testData + "/scripts/x", data: "#!python\n"},
		testMember{name: testData + "/data/lib64/x", data: "x"},
		entryPointsMember("[console_scripts]\nrun=a:b\n"))))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, testFilename)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		w, err := Open(path)
		if err != nil {
			return
		}
		defer w.Close()
		for _, m := range w.archive.members {
			if m.zip.UncompressedSize64 > 1<<20 {
				t.Skip("too large to be worth unpacking")
			}
		}
		tree, err := NewTree(filepath.Join(dir, "out"), testTime)
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
		} else if !strings.HasPrefix(err.Error(), testFilename+": ") {
			t.Errorf("error does not name the wheel: %v", err)
		}
		for _, d := range []string{dir, filepath.Join(dir, "out"), filepath.Join(dir, "out", "opt")} {
			entries, _ := os.ReadDir(d)
			for _, e := range entries {
				switch e.Name() {
				case testFilename, "out", "opt", "venv":
				default:
					t.Errorf("%s was written", filepath.Join(d, e.Name()))
				}
			}
		}
	})
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(recordOf(standardWheel())))
	f.Add([]byte("\"a,\"\"b\",sha256=x,1\n/c\\d,,\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := parseRecord(data)
		if err != nil {
			return
		}
		for path := range rows {
			if path == "" || path[0] == '/' {
				t.Errorf("path %q", path)
			}
		}
	})
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

package install

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/moult-build/moult/internal/dev/hostile"
	"github.com/moult-build/moult/internal/step/whiteout"
)

// TestHostileWheels lays every wheel of the kit out over an environment.
func TestHostileWheels(t *testing.T) {
	hostile.Run(t, hostile.Wheel, func(t *testing.T, v hostile.Vector, dir string) {
		root := newEnvironment(t)
		tree, err := NewTree(root, testTime)
		if err != nil {
			t.Fatal(err)
		}
		var res *Result
		w, err := Open(filepath.Join(dir, v.File))
		if err == nil {
			defer w.Close()
			res, err = w.Install(tree, testTarget, Options{})
		}
		v.Check(t, err)
		if err != nil && !strings.HasPrefix(err.Error(), v.File+": ") {
			t.Errorf("error %q does not name the wheel", err)
		}
		if res != nil {
			for _, warning := range res.Warnings {
				if strings.ContainsFunc(warning, unicode.IsControl) {
					t.Errorf("a warning has control characters: %q", warning)
				}
			}
		}
		checkEnvironment(t, root)
	})
}

// newEnvironment gives the root of a virtual environment without packages.
func newEnvironment(t testing.TB) (root string) {
	t.Helper()
	root = filepath.Join(t.TempDir(), "out")
	tree, err := NewTree(root, testTime)
	if err == nil {
		err = Skeleton{Target: testTarget, Interpreter: "/usr/local/bin/python3.13"}.WriteTo(tree)
	}
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// checkEnvironment checks what no wheel may change, whether it was laid out or
// not: the environment's own files, and that there is nothing else besides its
// prefix, no name that deletes, no special file, and at most one distribution.
func checkEnvironment(t testing.TB, root string) {
	t.Helper()
	for name, want := range map[string]string{"/bin/python": "/usr/local/bin/python3.13", "/bin/python3": "python", "/bin/python3.13": "python", "/lib64": "lib"} {
		if target, err := os.Readlink(root + testTarget.Prefix + name); target != want {
			t.Errorf("%s is %q, %v", name, target, err)
		}
	}
	if config, err := os.ReadFile(root + testTarget.Prefix + "/pyvenv.cfg"); err != nil || !strings.Contains(string(config), "home = /usr/local/bin") {
		t.Errorf("pyvenv.cfg: %q, %v", config, err)
	}
	distributions := 0
	err := filepath.WalkDir(filepath.Dir(root), func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(name, root)
		if rel == filepath.Dir(root) || rel == "" {
			return nil
		}
		if !strings.HasPrefix(testTarget.Prefix+"/", rel+"/") && !strings.HasPrefix(rel, testTarget.Prefix+"/") {
			t.Errorf("%s was written outside of the prefix", name)
		}
		if part, found := whiteout.In(rel); found {
			t.Errorf("%s deletes %s", rel, part)
		}
		if strings.ContainsFunc(rel, unicode.IsControl) {
			t.Errorf("%q has a control character", rel)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode()&(fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky|fs.ModeDevice|fs.ModeNamedPipe|fs.ModeSocket) != 0 {
			t.Errorf("%s has the mode %s", rel, info.Mode())
		}
		if filepath.Dir(rel) == testTarget.SitePackages() && isDistInfo(d.Name()) {
			distributions++
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if distributions > 1 {
		t.Errorf("%d distributions", distributions)
	}
}

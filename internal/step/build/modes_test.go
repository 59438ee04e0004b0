package build

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestModesAreSetAsANewBuildKitCopies(t *testing.T) {
	source := image(t, map[string]string{"private/notes.txt": "a", "private/tool": "b", "link": "-> private/tool"})
	for name, mode := range map[string]os.FileMode{"private/notes.txt": 0o600, "private/tool": 0o700, "private": 0o700} {
		if err := os.Chmod(filepath.Join(source, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	for mode, want := range map[string]map[string]os.FileMode{
		"u=rwX,go=rX": {"private/notes.txt": 0o644, "private/tool": 0o755, "private": 0o755},
		"a-x":         {"private/notes.txt": 0o600, "private/tool": 0o600, "private": 0o600},
	} {
		m := Modes{Source: source, Out: t.TempDir(), Mode: mode, Epoch: 315619200}
		if err := m.Make(t.Context()); err != nil {
			t.Fatal(err)
		}
		for name, bits := range want {
			info, err := os.Lstat(filepath.Join(m.Out, name))
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != bits || !info.ModTime().Equal(time.Unix(m.Epoch, 0)) {
				t.Errorf("%s: %s is %v of %v", mode, name, info.Mode(), info.ModTime())
			}
		}
		if to, err := os.Readlink(filepath.Join(m.Out, "link")); err != nil || to != "private/tool" {
			t.Errorf("the link leads to %q: %v", to, err)
		}
	}
}

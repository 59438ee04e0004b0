package commands

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/step/protocol"
)

// The folders of a package stay closed, whatever is above and below its modules.
func TestFoldersWithoutModulesAreOpened(t *testing.T) {
	source, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
	for _, name := range []string{
		"main.py", "data/.gitkeep", "data/deep/x.json", "src/lib/speed.so", "src/lib/notes/a.txt", "empty/", "static/app.PY",
	} {
		name := filepath.Join(source, name) + map[bool]string{true: "/"}[strings.HasSuffix(name, "/")]
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "/") {
			if err := os.WriteFile(name, nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	do(t, protocol.Compile{
		Source: source, Path: "/srv/app", Open: true, Output: out, Epoch: 315619200,
		Parents: []protocol.Parent{{Path: "/srv", Mode: 0o750}, {Path: "/srv/app", Mode: 0o1777}},
	})
	got := ""
	err := filepath.WalkDir(out, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == out {
			return err
		}
		info, err := d.Info()
		got += fmt.Sprintln(strings.TrimPrefix(p, out), info.Mode(), info.ModTime().Unix())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `/srv drwxr-x--- 315619200
/srv/app dtrwxrwxrwx 315619200
/srv/app/__pycache__ drwxr-xr-x 315619200
/srv/app/data dtrwxrwxrwx 315619200
/srv/app/data/deep dtrwxrwxrwx 315619200
/srv/app/empty dtrwxrwxrwx 315619200
/srv/app/src drwxr-xr-x 315619200
/srv/app/src/lib drwxr-xr-x 315619200
/srv/app/src/lib/notes dtrwxrwxrwx 315619200
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

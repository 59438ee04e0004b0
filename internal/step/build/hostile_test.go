package build

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/hostile"
)

// TestHostileArchives unpacks every archive of the kit.
func TestHostileArchives(t *testing.T) {
	hostile.Run(t, hostile.Archive, func(t *testing.T, v hostile.Vector, dir string) {
		out := filepath.Join(t.TempDir(), "a", "out")
		err := Unpack{Archive: filepath.Join(dir, v.File), Out: out}.Make(context.Background())
		v.Check(t, err)
		err = filepath.WalkDir(filepath.Dir(filepath.Dir(out)), func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if !strings.HasPrefix(out+"/", name+"/") && !strings.HasPrefix(name, out+"/") {
				t.Errorf("%s was written outside", name)
			}
			info, err := d.Info()
			if err == nil && info.Mode()&(fs.ModeSetuid|fs.ModeSetgid|fs.ModeDevice|fs.ModeNamedPipe) != 0 {
				t.Errorf("%s has the mode %s", name, info.Mode())
			}
			return err
		})
		if err != nil && !os.IsNotExist(err) {
			t.Error(err)
		}
	})
}

package build

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/moult-build/moult/internal/dev/hostile"
)

// TestHostileArchives unpacks every archive of the kit.
func TestHostileArchives(t *testing.T) {
	hostile.Run(t, hostile.Archive, func(t *testing.T, v hostile.Vector, dir string) {
		out := filepath.Join(t.TempDir(), "a", "out")
		err := Unpack{Archive: filepath.Join(dir, v.File), Out: out}.Make(context.Background())
		switch {
		case v.Outcome == hostile.Refused && err == nil:
			t.Error("it was unpacked")
		case v.Outcome == hostile.Accepted && err != nil:
			t.Errorf("it was refused: %v", err)
		case err != nil && !strings.Contains(err.Error(), v.Message):
			t.Errorf("error %q, want one that says %q", err, v.Message)
		case err != nil && strings.ContainsFunc(err.Error(), unicode.IsControl):
			t.Errorf("the error has control characters: %q", err)
		}
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

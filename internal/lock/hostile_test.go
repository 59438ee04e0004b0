package lock

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/hostile"
	"github.com/moult-build/moult/internal/source"
)

// TestHostileLocks reads every lock of the kit within the bounds of time and
// memory.
func TestHostileLocks(t *testing.T) {
	hostile.Run(t, hostile.Lock, func(t *testing.T, v hostile.Vector, dir string) {
		content, err := os.ReadFile(filepath.Join(dir, v.File))
		if err != nil {
			t.Fatal(err)
		}
		hostile.Bounded(t, func() {
			var l *Lock
			if l, err = Read(&source.File{Name: v.File, Data: content}, Options{}); err == nil {
				l.Credentials()
			}
		})
		switch {
		case v.Outcome == hostile.Refused && err == nil:
			t.Error("it was read")
		case v.Outcome == hostile.Accepted && err != nil:
			t.Errorf("it was refused: %.500v", err)
		case err != nil && !strings.Contains(err.Error(), v.Message):
			t.Errorf("error %.500q, want one that says %q", err, v.Message)
		}
	})
}

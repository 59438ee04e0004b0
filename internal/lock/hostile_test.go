package lock

import (
	"os"
	"path/filepath"
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
		v.Check(t, err)
	})
}

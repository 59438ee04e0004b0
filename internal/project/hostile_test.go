package project

import (
	"os"
	"testing"

	"github.com/moult-build/moult/internal/dev/hostile"
)

// TestHostileProjects reads every project of the kit within the bounds of time
// and memory.
func TestHostileProjects(t *testing.T) {
	hostile.Run(t, hostile.Project, func(t *testing.T, v hostile.Vector, dir string) {
		var err error
		hostile.Bounded(t, func() {
			var p *Project
			if p, err = Read(FS(os.DirFS(dir)), v.File, Options{}); err == nil {
				_, err = Requirements(p, Selection{})
			}
		})
		v.Check(t, err)
	})
}

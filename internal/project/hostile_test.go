package project

import (
	"os"
	"strings"
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

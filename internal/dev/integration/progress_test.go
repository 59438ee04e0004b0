package integration

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// buildx prints a list of all warnings after a build. buildctl prints a warning
// only where it prints progress of the warning's vertex after it.
func TestBuildctlShowsEveryWarning(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]bool{"a build": false, "a build that fails": true} {
		t.Run(name, func(t *testing.T) {
			l := lab.Need(t)
			files, _ := careless(t, l)
			if broken {
				files["pyproject.toml"] += "[[tool.moult.steps]]\nrun = [\"false\"]\n"
			}
			b := moult(t, project(t, files))
			var told strings.Builder
			b.Progress = &told
			r, err := l.Build(t.Context(), b)
			if (err != nil) != broken {
				t.Fatalf("%v\n%s", err, told.String())
			}
			if len(r.Warnings) < 6 {
				t.Fatalf("the build has only the warnings %v", r.Warnings)
			}
			for _, w := range r.Warnings {
				if n := strings.Count(told.String(), " WARN: "+w.Short+"\n"); n != 1 {
					t.Errorf("%q is shown %d times", w.Short, n)
				}
			}
			if t.Failed() {
				t.Logf("%s", told.String())
			}
		})
	}
}

package integration

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// The limit holds for pip, which is the first to need more.
// It is not parallel: builds share a step that runs, and its limits are no part of the step's key.
func TestAStepThatIsKilledForItsMemorySaysSo(t *testing.T) {
	l := lab.Need(t)
	dir := project(t, asking(l.Packages.Scope(t.Name()).URL(), "lab-pure"))
	_, err := l.Build(t.Context(), moult(t, dir, "memory=7000000", "memswap=7000000", "no-cache="))
	if err == nil || !strings.Contains(err.Error(), "a step was killed; most often the builder's machine, or the limit of the build, has too little memory") {
		t.Errorf("%v", err)
	}
}

package plan

import (
	"slices"
	"testing"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

func TestPathsCopiedOutOfAStageAreThoseOfItsImageUnlessAStepWritesThem(t *testing.T) {
	p := &project.Project{}
	for _, from := range []string{"/usr/lib/tool/**/*.py", "/srv", "/srv/made/page"} {
		p.Settings.Files = append(p.Settings.Files, project.FileSet{
			Stage: source.At[string]{V: "web"}, From: source.At[string]{V: from},
		})
	}
	p.Settings.Files = append(p.Settings.Files, project.FileSet{
		Stage: source.At[string]{V: "other"}, From: source.At[string]{V: "/elsewhere"},
	})
	s := Stage{Name: "web", Workdir: "/src", Steps: []Step{{Outputs: &Outputs{{Path: "/srv/made"}}}, {}}}
	if got, want := stamped(p, s), []string{"/srv", "/usr/lib/tool"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
	p.Settings.Stages = []project.Stage{{Name: "web", Outputs: []project.Output{{From: "/src/dist"}}}}
	one := stamped(p, s)
	p.Settings.Stages[0].Outputs = append(p.Settings.Stages[0].Outputs, project.Output{From: "/src/more"})
	if more := stamped(p, s); !slices.Contains(one, "/src") || !slices.Equal(one, more) {
		t.Errorf("another output of the working directory runs the steps again: %q, %q", one, more)
	}
}

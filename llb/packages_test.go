package llb

import (
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/protocol"
)

func TestPackageFilesOfOneNameAreTwoFiles(t *testing.T) {
	p := testPlan()
	p.System.Files = []plan.Download{
		{URL: "https://a.example.com/tool.deb", Filename: "tool.deb", SHA256: strings.Repeat("a", 64)},
		{URL: "https://b.example.com/tool.deb", Filename: "tool.deb", SHA256: strings.Repeat("b", 64)},
	}
	for _, op := range ops(t, definition(t, p, testWorld(), TargetRuntime)) {
		exec := op.GetExec()
		c, ok := command(op).(protocol.Packages)
		if !ok || len(c.Files) == 0 {
			continue
		}
		named := c.Files
		var mounted []string
		for _, m := range exec.Mounts {
			if strings.HasSuffix(m.Dest, "/tool.deb") {
				mounted = append(mounted, m.Dest)
			}
		}
		slices.Sort(mounted)
		if len(named) != 2 || named[0] == named[1] || !slices.Equal(named, mounted) {
			t.Errorf("the step is told of %q and has %q", named, mounted)
		}
		return
	}
	t.Error("no step installs package files")
}

package llb

import (
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/plan"
)

func TestPackageFilesOfOneNameAreTwoFiles(t *testing.T) {
	p := testPlan()
	p.System.Files = []plan.Download{
		{URL: "https://a.example.com/tool.deb", Filename: "tool.deb", SHA256: strings.Repeat("a", 64)},
		{URL: "https://b.example.com/tool.deb", Filename: "tool.deb", SHA256: strings.Repeat("b", 64)},
	}
	for _, op := range ops(t, definition(t, p, testWorld(), TargetRuntime)) {
		exec := op.GetExec()
		if exec == nil || !slices.Contains(exec.Meta.Args, "-file") {
			continue
		}
		var named, mounted []string
		for n, arg := range exec.Meta.Args {
			if arg == "-file" {
				named = append(named, exec.Meta.Args[n+1])
			}
		}
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

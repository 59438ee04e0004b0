package llb

import (
	"slices"
	"strings"
	"testing"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

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

// The image whose Python compiles is one of the platform that builds.
func TestEachPlatformHasItsOwnCacheOfPackages(t *testing.T) {
	w := testWorld()
	w.Target.Architecture, w.Build.Architecture = "arm64", "amd64"
	packages := &plan.SystemPackages{Manager: "apt", Packages: []string{"python3"}}
	for platform, want := range map[*ocispecs.Platform][]string{
		&w.Target: {"moult-apt-cache-arm64", "moult-apt-lists-arm64"}, &w.Build: {"moult-apt-cache-amd64", "moult-apt-lists-amd64"},
	} {
		var ids []string
		for _, op := range ops(t, marshal(t, Packages(w.Compiler, *platform, packages, w))) {
			for _, m := range op.GetExec().GetMounts() {
				if m.CacheOpt != nil {
					ids = append(ids, m.CacheOpt.ID)
				}
			}
		}
		slices.Sort(ids)
		if !slices.Equal(ids, want) {
			t.Errorf("%s has the caches %q", platform.Architecture, ids)
		}
	}
}

// BuildKit loses the error of a step that fails with one input mounted twice.
func TestTheKeyOfTwoRepositoriesIsMountedOnce(t *testing.T) {
	p := testPlan()
	for _, url := range []string{"https://a.example.com", "https://b.example.com"} {
		p.System.Repositories = append(p.System.Repositories, plan.Repository{URL: url, KeyFile: "keys/a.asc"})
	}
	for _, op := range ops(t, definition(t, p, testWorld(), TargetRuntime)) {
		c, ok := command(op).(protocol.Packages)
		if !ok || len(c.Repositories) == 0 {
			continue
		}
		var mounted []string
		for _, m := range op.GetExec().Mounts {
			if strings.HasSuffix(m.Dest, "a.asc") {
				mounted = append(mounted, m.Dest)
			}
		}
		if len(c.Repositories) != 2 || !slices.Equal(mounted, []string{c.Repositories[0].Key}) || c.Repositories[1].Key != c.Repositories[0].Key {
			t.Errorf("the step is told of %+v and has %q", c.Repositories, mounted)
		}
		return
	}
	t.Error("no step has repositories")
}

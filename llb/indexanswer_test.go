package llb

import (
	"context"
	"slices"
	"strings"
	"testing"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/indexfiles"
	"github.com/moult-build/moult/internal/step/protocol"
)

func marshal(t *testing.T, st bk.State) [][]byte {
	t.Helper()
	def, err := st.Marshal(context.Background(), bk.Platform(amd64))
	if err != nil {
		t.Fatal(err)
	}
	return def.Def
}

func TestIndexesAreAskedByAStepThatKnowsOnlyTheRequest(t *testing.T) {
	request := indexfiles.Request{
		Indexes:  []indexfiles.Index{{URL: "https://index.example.com/simple", Secret: "index-password"}},
		Packages: []indexfiles.Package{{Name: "numpy", Indexes: []int{0}, Hashes: []string{"sha256:00"}}},
	}
	st, err := IndexAnswer(request, testWorld())
	if err != nil {
		t.Fatal(err)
	}
	first := marshal(t, st)
	if again := marshal(t, st); !slices.EqualFunc(first, again, slices.Equal[[]byte]) {
		t.Error("the graph is another one the second time")
	}
	var secrets, caches, readonly []string
	for _, op := range ops(t, first) {
		exec := op.GetExec()
		if exec == nil {
			continue
		}
		for _, m := range exec.Mounts {
			switch {
			case m.MountType == pb.MountType_SECRET:
				secrets = append(secrets, m.SecretOpt.ID)
			case m.MountType == pb.MountType_CACHE:
				caches = append(caches, m.Dest)
			case m.Readonly:
				readonly = append(readonly, m.Dest)
			}
		}
		if strings.Contains(strings.Join(exec.Meta.Args, " "), "://") {
			t.Errorf("the command line names an index: %q", exec.Meta.Args)
		}
	}
	slices.Sort(secrets)
	if want := []string{protocol.CertificateSecret, "index-password"}; !slices.Equal(secrets, want) {
		t.Errorf("the step gets the secrets %q", secrets)
	}
	if !slices.Equal(caches, []string{protocol.IndexCache}) || !slices.Contains(readonly, protocol.IndexRequest) {
		t.Errorf("the step has the caches %q and sees %q", caches, readonly)
	}
}

func TestARepositoryOverSSHIsFetchedWithTheAgent(t *testing.T) {
	const commit = "0123456789012345678901234567890123456789"
	p := testPlan()
	p.Building.Sources = append(p.Building.Sources, plan.Source{
		// Nothing listens there: BuildKit's client asks the host for its key.
		Name: "private", Origin: &plan.Git{URL: "ssh://git@127.0.0.1:1/team/private.git", Commit: commit}, Subdirectory: "python",
	})
	p.Packages = append(p.Packages, plan.Package{Name: "private", Origin: plan.Built{Source: "private"}})
	p.Layers = append(p.Layers, packagesLayer("private"))
	arranged(p)
	found := false
	for _, op := range ops(t, definition(t, p, testWorld(), TargetRuntime)) {
		src := op.GetSource()
		if src == nil || !strings.HasPrefix(src.Identifier, "git://") {
			continue
		}
		found = true
		if !strings.HasSuffix(src.Identifier, "#"+commit) {
			t.Errorf("the source is %s", src.Identifier)
		}
		if src.Attrs[pb.AttrMountSSHSock] != "default" || src.Attrs[pb.AttrGitChecksum] != commit {
			t.Errorf("its attributes are %v", src.Attrs)
		}
	}
	if !found {
		t.Error("no repository is fetched")
	}
}

func TestTheComparisonOfFilesReadsNoLayerForItsKey(t *testing.T) {
	layers := 0
	for _, op := range ops(t, marshal(t, NewGraph(testPlan(), testWorld()).Inspection())) {
		exec := op.GetExec()
		if _, ok := command(op).(protocol.Inspect); !ok {
			continue
		}
		if exec.Network != pb.NetMode_NONE {
			t.Error("it has a network")
		}
		for _, m := range exec.Mounts {
			if strings.HasPrefix(m.Dest, protocol.Layers) {
				layers++
				if !m.Readonly || m.ContentCache != pb.MountContentCache_OFF {
					t.Errorf("%s is mounted as %v", m.Dest, m)
				}
			}
		}
	}
	if layers != 3 {
		t.Errorf("it sees %d layers", layers)
	}
}

package llb

import (
	"slices"
	"testing"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/plan"
)

func TestFoldersKeepTheirSetgidBit(t *testing.T) {
	p := testPlan()
	p.Files = []plan.Files{{Image: "tool:1", From: "/x", To: "/var/mail/app/box", Parents: []plan.ParentDirectory{
		{Path: "/var", Mode: 0o755}, {Path: "/var/mail", Mode: 0o775 | plan.Setgid, GID: 8}, {Path: "/var/mail/app", Mode: 0o750, GID: 8},
	}}}
	arranged(p)
	for _, op := range ops(t, definition(t, p, partsWorld(), TargetRuntime)) {
		file := op.GetFile()
		if file == nil || len(file.Actions) != 5 {
			continue
		}
		if dir := file.Actions[0].GetMkdir(); dir == nil || dir.Path != "/var" || dir.Mode != 0o755 {
			t.Errorf("/var is made by %v", file.Actions[0])
		}
		for n, want := range map[int]string{1: "2775", 2: "0750"} {
			c := file.Actions[n].GetCopy()
			if c == nil || c.ModeStr != want || c.Owner.Group.GetByID() != 8 {
				t.Errorf("folder %d is made by %v", n, file.Actions[n])
			}
		}
		if c := file.Actions[1].GetCopy(); c.Src != "/mail" || c.Dest != "/var/" {
			t.Errorf("%s is copied to %s", c.Src, c.Dest)
		}
		if c := file.Actions[4].GetCopy(); c == nil || c.Src != "/" || c.Dest != "/" || !c.DirCopyContents {
			t.Errorf("at the end, %v", file.Actions[4])
		}
		return
	}
	t.Error("nothing copies the file")
}

// The daemon keeps one copy of what a client sends for each hint.
func TestEachSelectionOfTheContextHasAHintOfItsOwn(t *testing.T) {
	p := testPlan()
	p.Files = []plan.Files{
		{From: "deploy", To: "/etc/one"},
		{From: "deploy", Include: []string{"*.conf"}, To: "/etc/two"},
		{From: "deploy", Include: []string{"*.sh"}, To: "/etc/three"},
		{From: "deploy", Exclude: []string{"x"}, To: "/etc/four"},
	}
	arranged(p)
	p.Building.Resolve.Files = []string{"vendor/a/one.whl", "vendor/b/one.whl"}
	seen := map[string]Selection{}
	w := testWorld()
	inner := w.Context
	w.Context = func(s Selection) bk.State {
		if o, ok := seen[s.Hint]; ok && (o.Dir != s.Dir || !slices.Equal(o.Include, s.Include) || !slices.Equal(o.Exclude, s.Exclude)) {
			t.Errorf("%q stands for %+v and %+v", s.Hint, o, s)
		}
		seen[s.Hint] = s
		return inner(s)
	}
	selection := map[string]bool{}
	for _, op := range ops(t, definition(t, p, w, TargetRuntime)) {
		for _, m := range op.GetExec().GetMounts() {
			selection[m.Dest] = true
		}
	}
	if len(seen) < 7 {
		t.Errorf("only %d selections: %v", len(seen), seen)
	}
	for _, dest := range []string{"/moult/files/vendor/a/one.whl", "/moult/files/vendor/b/one.whl"} {
		if !selection[dest] {
			t.Errorf("the resolver has no %s", dest)
		}
	}
}

package plan_test

import (
	"io/fs"
	"strings"
	"testing"

	mode "github.com/tonistiigi/dchapes-mode"

	"github.com/moult-build/moult/internal/plan"
)

func TestAModeKeepsFoldersOpen(t *testing.T) {
	for bits, want := range map[uint32]string{
		0: "u=rwX,go=rX", 0o644: "u=rwX,g=rX,o=rX", 0o640: "u=rwX,g=rX,o=", 0o755: "u=rwx,g=rx,o=rx", 0o400: "u=rX,g=,o=",
	} {
		got := plan.CopyMode(bits)
		// BuildKit 0.17 to 0.20 ignore an X after "=".
		if strings.Contains(got, "=") {
			t.Errorf("%o is %q", bits, got)
		}
		set, err := mode.ParseWithUmask(got, 0)
		if err != nil {
			t.Fatalf("%q: %v", got, err)
		}
		same, err := mode.ParseWithUmask(want, 0)
		if err != nil {
			t.Fatal(err)
		}
		for perm := fs.FileMode(0); perm <= 0o777; perm++ {
			for _, special := range []fs.FileMode{0, fs.ModeDir, fs.ModeSetuid, fs.ModeDir | fs.ModeSetgid, fs.ModeDir | fs.ModeSticky} {
				if before := perm | special; set.Apply(before) != same.Apply(before) {
					t.Fatalf("%q makes %v of %v, not %v as %q", got, set.Apply(before), before, same.Apply(before), want)
				}
			}
		}
	}
	if !plan.LacksSearch(0o644) || plan.LacksSearch(0o755) || plan.LacksSearch(0o700) || !plan.LacksSearch(0o750|0o004) {
		t.Error("who may read and not execute is told wrongly")
	}
}

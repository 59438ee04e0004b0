package bench

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

func TestEachMemberOfTheWorkspaceHasItselfAndWhatAllShare(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "workspace")
	if err := madeWorkspace("../../..", dir, "registry.example.com/moult:1", 3); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		file := "services/" + memberName(n) + "/pyproject.toml"
		_, d, err := worldtest.Decide(context.Background(), worldtest.Files(os.DirFS(dir)), file, project.Options{}, worldtest.World{Arch: runtime.GOARCH})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range d.Plan.Packages {
			names = append(names, p.Name)
		}
		slices.Sort(names)
		if want := []string{memberName(n), "shared", "tabulate"}; !slices.Equal(names, want) {
			t.Errorf("%s has %q, want %q", file, names, want)
		}
	}
}

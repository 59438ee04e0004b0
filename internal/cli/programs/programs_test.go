package programs

import (
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"
)

// set has the programs of two platforms, a folder without one of them, and a
// file.
func set() Set {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text), Mode: 0o755} }
	return Set{fstest.MapFS{
		"linux-amd64/moult-install": file("a"), "linux-amd64/moult-build": file("b"),
		"linux-arm64/moult-install": file("c"), "linux-arm64/moult-build": file("d"),
		"linux-s390x/moult-build": file("e"), "README.md": file("f"),
	}}
}

func TestOnlyWholePlatformsCount(t *testing.T) {
	if got := set().Platforms(); !slices.Equal(got, []string{"linux/amd64", "linux/arm64"}) {
		t.Errorf("got %v", got)
	}
}

func TestOnlyOnePlatformTravels(t *testing.T) {
	all, err := set().FS()
	if err != nil {
		t.Fatal(err)
	}
	for _, platform := range []string{"linux-amd64", "linux-arm64"} {
		filtered, err := fsutil.NewFilterFS(all, &fsutil.FilterOpt{IncludePatterns: []string{platform}})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		var times []int64
		if err := filtered.Walk(t.Context(), "", func(name string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := e.Info()
			if err != nil {
				return err
			}
			names, times = append(names, name), append(times, info.Sys().(*types.Stat).ModTime)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(names, []string{platform, platform + "/moult-build", platform + "/moult-install"}) {
			t.Errorf("got %v", names)
		}
		if len(times) == 3 && times[1] == times[2] {
			t.Error("two contents have one time")
		}
	}
}

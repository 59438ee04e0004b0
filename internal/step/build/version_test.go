package build

import (
	"testing"

	"github.com/moult-build/moult/internal/pypkg/indexpage"
	"github.com/moult-build/moult/internal/step/indexfiles"
)

func TestAllFilesOfAVersionMatch(t *testing.T) {
	for file, want := range map[string]bool{
		"a-1.0-py3-none-any.whl": true, "a-1.0.0-py3-none-any.whl": true, "a-1.0.tar.gz": true, "a-1.zip": true,
		"a-1.0.post1.tar.gz": false, "a-1.1-py3-none-any.whl": false, "a-1.0.exe": false, "": false,
	} {
		p := indexfiles.Package{Name: "a", Version: "1.0"}
		if _, ok := match(p, indexpage.File{Filename: file}); ok != want {
			t.Errorf("%q is a file of 1.0: %v", file, ok)
		}
		if allFound(p, []indexfiles.File{{Filename: file}}) {
			t.Error("another index may have more files of a version")
		}
	}
	if hasVersion("a-1.0.tar.gz", "no version") {
		t.Error("what is no version has files")
	}
}

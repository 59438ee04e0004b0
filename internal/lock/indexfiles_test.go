package lock

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/indexpage"
)

func TestTheFilesOfAnIndexAreMatchedByHash(t *testing.T) {
	digest := "946d195a0d259cbba61165e88e65941f16e9b36ea6ddb97f00452bae8b1287d3"
	files := []indexpage.File{
		{Filename: "idna-3.10-py3-none-any.whl", URL: "https://files.invalid/idna-3.10-py3-none-any.whl", Hashes: map[string]string{"sha256": digest}, Size: 70442},
		{Filename: "idna-3.10.tar.gz", URL: "https://files.invalid/idna-3.10.tar.gz", Hashes: map[string]string{"sha256": strings.Repeat("1", 64)}},
	}
	nameless := &Package{Name: "idna", Version: "3.10", Source: Source{Kind: FromIndex}, Hashes: []string{"sha256:" + strings.Repeat("0", 64), "sha256:" + digest}}
	got, err := nameless.WithIndexFiles(files)
	if err != nil || len(got.Wheels) != 1 || got.Sdist != nil || got.Wheels[0].Filename != "idna-3.10-py3-none-any.whl" {
		t.Errorf("%+v, %v", got, err)
	}
	if len(nameless.Wheels) != 0 {
		t.Error("the package itself was changed")
	}
	if _, err := nameless.Choose(supported(13, "x86_64", bookworm)); err == nil {
		t.Error("a file was chosen before its name was known")
	}
	nameless.Hashes = nameless.Hashes[:1]
	if _, err := nameless.WithIndexFiles(files); err == nil || !strings.Contains(err.Error(), "none of the 1 locked hashes") {
		t.Errorf("got %v", err)
	}
	named := &Package{Name: "idna", Version: "3.10", Source: Source{Kind: FromIndex}, Wheels: []Artifact{
		{Filename: "idna-3.10-py3-none-any.whl", Hashes: map[string]string{"sha256": digest}},
		{Filename: "idna-3.10-py3-none-any.whl", Hashes: map[string]string{"sha256": strings.Repeat("0", 64)}},
	}}
	if got, err = named.WithIndexFiles(files); err != nil || got.Wheels[0].URL != files[0].URL || got.Wheels[0].Size != 70442 || got.Wheels[1].URL != "" {
		t.Errorf("%+v, %v", got.Wheels, err)
	}
}

package frontend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// folders is a reference with the folders of a file system. Like the gateway, it
// passes its errors on as text.
type folders struct {
	client.Reference
	fsys fs.FS
}

func (f folders) ReadDir(_ context.Context, r client.ReadDirRequest) ([]*fstypes.Stat, error) {
	entries, err := fs.ReadDir(f.fsys, r.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such file or directory", r.Path)
	}
	if err != nil {
		return nil, errors.New(err.Error())
	}
	var all []*fstypes.Stat
	for _, e := range entries {
		all = append(all, &fstypes.Stat{Path: e.Name(), Mode: uint32(e.Type())})
	}
	return all, nil
}

func TestAPatternMatchesFilesInFoldersAndLinksButNotBehindThem(t *testing.T) {
	tree := fstest.MapFS{
		"LICENSE": {}, "LICENSE.MIT": {}, "docs/legal/MIT.txt": {}, "docs/legal/old/MIT.txt": {}, "docs/other.txt": {},
		"link": {Mode: fs.ModeSymlink, Data: []byte("docs")},
	}
	f := &files{all: true, ctx: t.Context(), first: folders{fsys: tree}}
	for pattern, want := range map[string][]string{
		"LICENSE*":           {"LICENSE", "LICENSE.MIT"},
		"docs/*/*.txt":       {"docs/legal/MIT.txt"},
		"docs/legal/*/*.txt": {"docs/legal/old/MIT.txt"},
		"li*":                {"link"},
		"*/*.txt":            {"docs/other.txt"},
		"none/*.txt":         nil,
	} {
		if got, err := f.Matching(pattern); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", pattern, got, err)
		}
	}
}

// brokenFS is a file system whose folders cannot be read.
type brokenFS struct{}

func (brokenFS) Open(string) (fs.File, error) { return nil, errors.New("input/output error") }

func TestAFolderThatCannotBeReadIsAnError(t *testing.T) {
	f := &files{all: true, ctx: t.Context(), first: folders{fsys: brokenFS{}}}
	if _, err := f.Matching("docs/*"); err == nil {
		t.Error("no error")
	}
}

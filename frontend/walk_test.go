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

func (f folders) StatFile(_ context.Context, r client.StatRequest) (*fstypes.Stat, error) {
	info, err := fs.Stat(f.fsys, r.Path)
	if err != nil {
		return nil, fmt.Errorf("%s: no such file or directory", r.Path)
	}
	return &fstypes.Stat{Path: r.Path, Mode: uint32(info.Mode())}, nil
}

func (f folders) ReadFile(_ context.Context, r client.ReadRequest) ([]byte, error) {
	return fs.ReadFile(f.fsys, r.Filename)
}

func TestAPatternMatchesFilesInFoldersAndLinksButNotBehindThem(t *testing.T) {
	tree := fstest.MapFS{
		"LICENSE": {}, "LICENSE.MIT": {}, "docs/legal/MIT.txt": {}, "docs/legal/old/MIT.txt": {}, "docs/other.txt": {},
		"link": {Mode: fs.ModeSymlink, Data: []byte("docs")},
	}
	f := &files{ctx: t.Context(), whole: &remote{ref: folders{fsys: tree}}}
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
	f := &files{ctx: t.Context(), whole: &remote{ref: folders{fsys: brokenFS{}}}}
	if _, err := f.Matching("docs/*"); err == nil {
		t.Error("no error")
	}
}

func TestTheFilesBelowAFolderAreReadAndLinksAreFollowed(t *testing.T) {
	tree := fstest.MapFS{
		".git/HEAD": {Data: []byte("a")}, ".git/refs/tags/v1": {Data: []byte("b")}, ".git/refs/tags/team/v2": {Data: []byte("c")},
		".git/refs/tags/link": {Mode: fs.ModeSymlink, Data: []byte("v1")}, "other": {Data: []byte("d")},
	}
	f := &files{ctx: t.Context(), whole: &remote{ref: folders{fsys: tree}}}
	got, err := f.Below(".git/HEAD", ".git/refs/tags", ".git/none")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{".git/HEAD": "a", ".git/refs/tags/v1": "b", ".git/refs/tags/team/v2": "c", ".git/refs/tags/link": "b"}
	for name, content := range want {
		if string(got[name]) != content {
			t.Errorf("%s is %q", name, got[name])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d files", len(got))
	}
}

package frontend

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// unreadable is a context with a folder in which a build file cannot be read.
type unreadable struct {
	client.Reference
	err error
}

func (u unreadable) ReadFile(context.Context, client.ReadRequest) ([]byte, error) { return nil, u.err }

func (u unreadable) StatFile(context.Context, client.StatRequest) (*fstypes.Stat, error) {
	return &fstypes.Stat{Path: "moult.toml", Mode: 0o644}, nil
}

func (u unreadable) ReadDir(_ context.Context, r client.ReadDirRequest) ([]*fstypes.Stat, error) {
	switch r.Path {
	case ".":
		return []*fstypes.Stat{{Path: "service", Mode: uint32(fs.ModeDir | 0o755)}}, nil
	case "service":
		return []*fstypes.Stat{{Path: "moult.toml", Mode: 0o644}}, nil
	}
	return nil, fs.ErrNotExist
}

// unreadableRoot is one in the root of the context.
type unreadableRoot struct{ unreadable }

func (unreadableRoot) ReadDir(context.Context, client.ReadDirRequest) ([]*fstypes.Stat, error) {
	return []*fstypes.Stat{{Path: "moult.toml", Mode: 0o644}}, nil
}

func TestABuildFileThatCannotBeReadIsNotOneOutsideOfTheContext(t *testing.T) {
	place := func(first, found error) (string, error) {
		f := &files{b: building(unreadable{err: found}), ctx: t.Context(), name: "moult.toml", more: map[string]*part{}}
		f.usual = []*part{f.part(unreadableRoot{unreadable{err: first}}, ".", func(string) bool { return true })}
		err := f.place()
		return f.name, err
	}
	broken, missing, folder := errors.New("input/output error"), errors.New("no such file or directory"), errors.New("read moult.toml: is a directory")
	if _, err := place(broken, missing); err == nil || !strings.Contains(err.Error(), "reading moult.toml: input/output error") {
		t.Errorf("at the root: %v", err)
	}
	if _, err := place(missing, broken); err == nil || !strings.Contains(err.Error(), "reading service/moult.toml: input/output error") {
		t.Errorf("in a folder: %v", err)
	}
	for _, first := range []error{missing, folder} {
		if name, err := place(first, missing); err != nil || name != "moult.toml" {
			t.Errorf("%v: %q, %v", first, name, err)
		}
	}
}

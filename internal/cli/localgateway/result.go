package localgateway

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"syscall"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/tonistiigi/fsutil/types"
)

// result is the result of a graph, which is evaluated when it is read.
type result struct {
	c          *Client
	graph      *graph
	definition *pb.Definition
}

func (r *result) tree(ctx context.Context) (*tree, error) {
	return r.c.tree(ctx, r.graph, r.graph.result)
}

// ToState implements client.Reference.
func (r *result) ToState() (llb.State, error) {
	op, err := llb.NewDefinitionOp(r.definition)
	if err != nil {
		return llb.State{}, err
	}
	return llb.NewState(op), nil
}

// Evaluate implements client.Reference.
func (r *result) Evaluate(ctx context.Context) error {
	_, err := r.tree(ctx)
	return err
}

// ReadFile implements client.Reference.
func (r *result) ReadFile(ctx context.Context, req client.ReadRequest) ([]byte, error) {
	n, err := r.node(ctx, req.Filename, true)
	if err != nil {
		return nil, err
	}
	if n.isDir() {
		return nil, &fs.PathError{Op: "read", Path: req.Filename, Err: syscall.EISDIR}
	}
	if n.open == nil {
		return nil, &fs.PathError{Op: "read", Path: req.Filename, Err: errors.New("not a regular file")}
	}
	f, err := n.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if req.Range == nil {
		return io.ReadAll(f)
	}
	offset, length := int64(req.Range.Offset), int64(req.Range.Length)
	if s, ok := f.(io.Seeker); ok {
		_, err = s.Seek(offset, io.SeekStart)
	} else {
		_, err = io.CopyN(io.Discard, f, offset)
	}
	if err == io.EOF {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if length == 0 {
		return io.ReadAll(f)
	}
	return io.ReadAll(io.LimitReader(f, length))
}

// StatFile implements client.Reference.
func (r *result) StatFile(ctx context.Context, req client.StatRequest) (*types.Stat, error) {
	n, err := r.node(ctx, req.Path, false)
	if err != nil {
		return nil, err
	}
	return n.named(path.Base(req.Path)), nil
}

// ReadDir implements client.Reference.
func (r *result) ReadDir(ctx context.Context, req client.ReadDirRequest) ([]*types.Stat, error) {
	t, err := r.tree(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := t.resolve(req.Path, true)
	if err != nil {
		return nil, err
	}
	if n := t.nodes[dir]; dir != "" && !n.isDir() {
		return nil, &fs.PathError{Op: "readdir", Path: req.Path, Err: syscall.ENOTDIR}
	}
	var all []*types.Stat
	for _, name := range t.list(dir) {
		if req.IncludePattern != "" {
			if ok, err := path.Match(req.IncludePattern, name); err != nil || !ok {
				continue
			}
		}
		all = append(all, t.nodes[path.Join(dir, name)].named(name))
	}
	return all, nil
}

func (r *result) node(ctx context.Context, name string, follow bool) (*node, error) {
	t, err := r.tree(ctx)
	if err != nil {
		return nil, err
	}
	found, err := t.resolve(name, follow)
	if err != nil {
		return nil, err
	}
	if found == "" {
		return &node{stat: types.Stat{Mode: uint32(fs.ModeDir | 0o755)}}, nil
	}
	return t.nodes[found], nil
}

// named is the file's description under a name.
func (n *node) named(name string) *types.Stat {
	s := n.stat.CloneVT()
	s.Path = name
	return s
}

package localgateway

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/tonistiigi/fsutil/types"
)

// Files are those of an image or of a step's result, by their paths.
type Files map[string]File

// File is a file: content, or a folder, or a symbolic link. Mode is that of
// fs.FileMode; the zero value is a regular file that everybody may read.
type File struct {
	Content  string
	Link     string
	Mode     fs.FileMode
	UID, GID uint32
}

// lay adds the files to a tree.
func (f Files) lay(t *tree) {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		file := f[name]
		if file.Mode == 0 {
			file.Mode = 0o644
		}
		if file.Link != "" {
			file.Mode = fs.ModeSymlink | 0o777
		}
		name = clean(name)
		if file.Mode.IsRegular() {
			t.mkfile(name, []byte(file.Content))
		} else {
			t.add(name, &node{})
		}
		n := t.nodes[name]
		n.stat = types.Stat{Mode: uint32(file.Mode), Size: int64(len(file.Content)), Linkname: file.Link, Uid: file.UID, Gid: file.GID}
	}
}

// Step is a step that would run in a container.
type Step struct {
	*pb.ExecOp
	c     *Client
	graph *graph
	op    *pb.Op
}

// Args are the program and its arguments.
func (s Step) Args() []string { return s.GetMeta().GetArgs() }

// ReadFile reads a file that is mounted into the step under a name.
func (s Step) ReadFile(ctx context.Context, name string) ([]byte, error) {
	for _, m := range s.Mounts {
		if m.Dest != name {
			continue
		}
		t, err := s.mounted(ctx, m)
		if err != nil {
			return nil, err
		}
		n := t.nodes[clean(m.Selector)]
		if n == nil || n.open == nil {
			return nil, notExist(name)
		}
		r, err := n.open()
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	}
	return nil, notExist(name)
}

// Mounted gives what is mounted into the step under a name; nil if nothing is.
func (s Step) Mounted(name string) client.Reference {
	for _, m := range s.Mounts {
		if m.Dest == name && m.Input >= 0 && int(m.Input) < len(s.op.Inputs) {
			g := *s.graph
			g.result = s.op.Inputs[m.Input]
			return &result{c: s.c, graph: &g}
		}
	}
	return nil
}

func (s Step) mounted(ctx context.Context, m *pb.Mount) (*tree, error) {
	if m.Input < 0 {
		return newTree(), nil
	}
	if int(m.Input) >= len(s.op.Inputs) {
		return nil, fmt.Errorf("a mount of an input that is not there")
	}
	return s.c.tree(ctx, s.graph, s.op.Inputs[m.Input])
}

// RunWith sets a function that runs instead of containers, for tests. It
// returns the files of a step, which are added to each result of the step.
func (c *Client) RunWith(run func(context.Context, Step) (Files, error)) { c.run = run }

// step returns one result of a step.
func (c *Client) step(ctx context.Context, g *graph, op *pb.Op, index int64) (*tree, error) {
	s := Step{ExecOp: op.GetExec(), c: c, graph: g, op: op}
	for _, m := range s.Mounts {
		if m.Output != index {
			continue
		}
		before, err := s.mounted(ctx, m)
		if err != nil {
			return nil, err
		}
		files, err := c.run(ctx, s)
		if err != nil {
			return nil, err
		}
		t := before.clone()
		files.lay(t)
		return t, nil
	}
	return nil, c.refuse("a result that a step does not have")
}

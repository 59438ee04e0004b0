package localgateway

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/patternmatcher"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/tonistiigi/fsutil"
)

// graph is a build graph with its result.
type graph struct {
	ops    map[digest.Digest]*pb.Op
	result *pb.Input // nil is an empty result
}

// parse reads a definition. Its last operation has no content and only points
// at the result.
func parse(def *pb.Definition) (*graph, error) {
	g := &graph{ops: map[digest.Digest]*pb.Op{}}
	if def == nil {
		return g, nil
	}
	for n, dt := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			return nil, fmt.Errorf("reading the graph: %w", err)
		}
		if n == len(def.Def)-1 {
			if len(op.Inputs) > 0 {
				g.result = op.Inputs[0]
			}
			break
		}
		g.ops[digest.FromBytes(dt)] = &op
	}
	return g, nil
}

// tree returns the files of a vertex's result. Each tree is made once: callers
// at the same time wait for the same work, which is cancelled only if all of
// them cancel. A failure is not stored.
func (c *Client) tree(ctx context.Context, g *graph, in *pb.Input) (*tree, error) {
	if in == nil {
		return newTree(), nil
	}
	key := fmt.Sprintf("%s %d", in.Digest, in.Index)
	return c.trees.Do(ctx, key, func(ctx context.Context) (*tree, error) {
		return c.make(ctx, g, g.ops[digest.Digest(in.Digest)], in.Index)
	})
}

func (c *Client) make(ctx context.Context, g *graph, op *pb.Op, index int64) (*tree, error) {
	switch {
	case op == nil:
		return nil, c.refuse("a part of the graph that is not there")
	case op.GetSource() != nil:
		return c.source(ctx, op)
	case op.GetFile() != nil:
		return c.file(ctx, g, op)
	case op.GetExec() != nil && c.run != nil:
		return c.step(ctx, g, op, index)
	case op.GetExec() != nil:
		return nil, c.refuse("a container to run " + path.Base(strings.Join(op.GetExec().GetMeta().GetArgs()[:1], "")))
	default:
		return nil, c.refuse("an operation that is not looked through here")
	}
}

// source returns the files of a local folder or an image.
func (c *Client) source(ctx context.Context, op *pb.Op) (*tree, error) {
	src := op.GetSource()
	if name, ok := strings.CutPrefix(src.Identifier, "local://"); ok {
		folder := c.locals[name]
		if folder == nil {
			return nil, fmt.Errorf("the build has no local source %q", name)
		}
		opt := fsutil.FilterOpt{}
		for attr, to := range map[string]*[]string{
			pb.AttrIncludePatterns: &opt.IncludePatterns, pb.AttrExcludePatterns: &opt.ExcludePatterns, pb.AttrFollowPaths: &opt.FollowPaths,
		} {
			if v := src.Attrs[attr]; v != "" {
				if err := json.Unmarshal([]byte(v), to); err != nil {
					return nil, fmt.Errorf("%s of the local source %s: %w", attr, name, err)
				}
			}
		}
		filtered, err := fsutil.NewFilterFS(folder, &opt)
		if err != nil {
			return nil, err
		}
		return folderTree(ctx, filtered)
	}
	if ref, ok := strings.CutPrefix(src.Identifier, "docker-image://"); ok {
		platform := c.BuildOpts().Workers[0].Platforms[0]
		if p := op.Platform; p != nil {
			platform = ocispecs.Platform{OS: p.OS, Architecture: p.Architecture, Variant: p.Variant}
		}
		img, err := c.images.Resolve(ctx, ref, platform)
		if err != nil {
			return nil, err
		}
		return img.tree(ctx)
	}
	kind, _, _ := strings.Cut(src.Identifier, "://")
	return nil, c.refuse("a source of the kind " + kind)
}

// file does the file operations that only lay out what others have.
func (c *Client) file(ctx context.Context, g *graph, op *pb.Op) (*tree, error) {
	var inputs, results []*tree
	for _, in := range op.Inputs {
		t, err := c.tree(ctx, g, in)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, t)
	}
	at := func(n int64) *tree {
		switch {
		case n < 0:
			return newTree()
		case n < int64(len(inputs)):
			return inputs[n]
		case n-int64(len(inputs)) < int64(len(results)):
			return results[n-int64(len(inputs))]
		}
		return newTree()
	}
	var result *tree
	for _, a := range op.GetFile().Actions {
		out := at(a.Input).clone()
		switch {
		case a.GetMkdir() != nil:
			out.mkdir(clean(a.GetMkdir().Path))
		case a.GetMkfile() != nil:
			out.mkfile(clean(a.GetMkfile().Path), a.GetMkfile().Data)
		case a.GetCopy() != nil:
			if err := c.copy(out, at(a.SecondaryInput), a.GetCopy()); err != nil {
				return nil, err
			}
		default:
			return nil, c.refuse("a file operation")
		}
		results = append(results, out)
		if a.Output >= 0 {
			result = out
		}
	}
	if result == nil {
		result = newTree()
	}
	return result, nil
}

// copy copies files of one tree into another.
func (c *Client) copy(out, from *tree, a *pb.FileActionCopy) error {
	src, dest := clean(a.Src), clean(a.Dest)
	if a.AttemptUnpackDockerCompatibility || strings.ContainsAny(a.Src, "*?[") {
		return c.refuse("a copy by a pattern")
	}
	root := from.nodes[src]
	if root == nil && src != "" {
		if a.AllowEmptyWildcard {
			return nil
		}
		return fmt.Errorf("%s is not there to be copied", a.Src)
	}
	if root != nil && !root.isDir() {
		if strings.HasSuffix(a.Dest, "/") {
			dest = path.Join(dest, path.Base(src))
		}
		out.add(dest, root)
		return nil
	}
	if !a.DirCopyContents && src != "" {
		dest = path.Join(dest, path.Base(src))
	}
	include, err := matcher(a.IncludePatterns)
	if err != nil {
		return err
	}
	exclude, err := matcher(a.ExcludePatterns)
	if err != nil {
		return err
	}
	out.mkdir(dest)
	for _, name := range from.below(src) {
		rel := strings.TrimPrefix(strings.TrimPrefix(name, src), "/")
		n := from.nodes[name]
		if include != nil {
			if ok, _ := include.MatchesOrParentMatches(rel); !ok {
				continue
			}
		}
		if exclude != nil {
			if ok, _ := exclude.MatchesOrParentMatches(rel); ok {
				continue
			}
		}
		out.add(path.Join(dest, rel), n)
	}
	return nil
}

func matcher(patterns []string) (*patternmatcher.PatternMatcher, error) {
	if len(patterns) == 0 {
		return nil, nil
	}
	return patternmatcher.New(slices.Clone(patterns))
}

package frontend

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/llb"
)

// addParts finds the images and the named contexts that a plan's files and
// stages stand on: all at once, and only those that the target needs.
func (b *build) addParts(ctx context.Context, w *llb.World, p *plan.Plan) error {
	images, contexts := p.Images(b.target() == llb.TargetRuntime)
	if w.Images == nil {
		w.Images, w.Contexts = map[string]llb.Image{}, map[string]bk.State{}
	}
	refs, names := missing(images, w.Images), missing(contexts, w.Contexts)
	var mu sync.Mutex
	eg, ctx := newGroup(ctx)
	for _, ref := range refs {
		eg.Go(func() error {
			img, err := b.image(ctx, "stage", ref, w.Target)
			if err != nil {
				// As text: across the gateway the message of a wrapped
				// status would take the place of ours.
				return source.Errorf(images[ref], "%v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			w.Images[ref] = llb.Image{State: img.state, Env: img.config.Config.Env}
			return nil
		})
	}
	for _, name := range names {
		eg.Go(func() error {
			nc, err := b.NamedContext(name, dockerui.ContextOpt{Platform: &w.Target, ResolveMode: b.ImageResolveMode.String()})
			if err != nil {
				return source.Errorf(contexts[name], "the context %s: %v", name, err)
			}
			if nc == nil {
				return source.Errorf(contexts[name], "the build was not given the context %q", name).
					WithHint("build with --build-context %s=FOLDER", name)
			}
			st, _, err := nc.Load(ctx)
			if err != nil {
				return source.Errorf(contexts[name], "the context %s: %v", name, err)
			}
			mu.Lock()
			defer mu.Unlock()
			w.Contexts[name] = *st
			return nil
		})
	}
	return eg.Wait()
}

// missing are the names of what is wanted and not there yet. They are listed
// before anything is looked for, because finding adds to what is there.
func missing[V any](wanted map[string]source.Pos, have map[string]V) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(wanted)), func(name string) bool {
		_, ok := have[name]
		return ok
	})
}

// ways finds what a plan has to know of images beside the base's Python: the
// folders on the way to where files are put, and the environment of the images
// of stages that add to it and that the target needs.
func (b *build) ways(ctx context.Context, w llb.World, in *plan.Input) error {
	eg, ctx := newGroup(ctx)
	eg.Go(func() (err error) {
		in.Ways, err = b.folders(ctx, w, plan.Destinations(b.project))
		return err
	})
	in.ImageEnv = map[string][]string{}
	var mu sync.Mutex
	for ref, pos := range plan.StageImages(b.project, w.Target.Architecture, b.target() == llb.TargetRuntime) {
		eg.Go(func() error {
			img, err := b.image(ctx, "stage", ref, w.Target)
			if err != nil {
				return source.Errorf(pos, "%v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			in.ImageEnv[ref] = img.config.Config.Env
			return nil
		})
	}
	return eg.Wait()
}

// folders finds the folders that the base image has on the way to some paths,
// by the path that was looked for. Links are followed.
func (b *build) folders(ctx context.Context, w llb.World, to []string) (map[string]plan.Way, error) {
	found := map[string]plan.Way{}
	ref, err := b.solve(ctx, w.Base, w.Target)
	if err != nil {
		return nil, err
	}
	l := looker{ctx: ctx, ref: ref, found: found, missing: map[string]bool{}}
	for _, name := range to {
		for _, way := range plan.Ways(name) {
			if _, ok, err := l.look(way, 0); err != nil {
				return nil, fmt.Errorf("looking for %s in the base image: %w", way, err)
			} else if !ok {
				break
			}
		}
	}
	return found, nil
}

// looker looks for folders in an image.
type looker struct {
	ctx     context.Context
	ref     client.Reference
	found   map[string]plan.Way
	missing map[string]bool
}

// maxLinks is how many links are followed on the way to a folder.
const maxLinks = 40

func (l *looker) look(name string, links int) (f plan.Way, ok bool, err error) {
	if name == "/" {
		return plan.Way{Path: "/", Mode: 0o755}, true, nil
	}
	if f, ok := l.found[name]; ok {
		return f, true, nil
	}
	if l.missing[name] || links > maxLinks {
		return f, false, nil
	}
	parent, ok, err := l.look(path.Dir(name), links)
	if err != nil || !ok {
		l.missing[name] = true
		return f, false, err
	}
	base := path.Base(name)
	req := client.ReadDirRequest{Path: parent.Path}
	if !strings.ContainsAny(base, `*?[\`) {
		req.IncludePattern = base
	}
	entries, err := l.ref.ReadDir(l.ctx, req)
	if err != nil && !isNotExist(err) {
		return f, false, err
	}
	for _, e := range entries {
		if path.Base(e.Path) != base {
			continue
		}
		mode := fs.FileMode(e.Mode)
		switch {
		case mode.IsDir():
			f = plan.Way{Path: path.Join(parent.Path, base), Mode: uint32(mode.Perm()), UID: int(e.Uid), GID: int(e.Gid)}
			if mode&fs.ModeSticky != 0 {
				f.Mode |= plan.Sticky
			}
			if mode&fs.ModeSetgid != 0 {
				f.Mode |= plan.Setgid
			}
			ok = true
		case mode&fs.ModeSymlink != 0:
			target := e.Linkname
			if !path.IsAbs(target) {
				target = path.Join(parent.Path, target)
			}
			f, ok, err = l.look(path.Clean(target), links+1)
		default:
			ok = false
		}
		if ok && err == nil {
			l.found[name] = f
		}
		return f, ok, err
	}
	l.missing[name] = true
	return f, false, nil
}

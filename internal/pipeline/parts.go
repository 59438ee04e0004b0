package pipeline

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/moult-build/moult/internal/plan"
)

// places finds what a plan has to know of images beside the base's Python: the
// folders that files are put into, and the environment of the images of stages
// that add to it and that the target needs.
func (d *deciding) places(ctx context.Context) error {
	group, ctx := newGroup(ctx)
	group.Go(func() (err error) {
		d.in.ParentDirectories, err = parents(ctx, d.base, plan.Destinations(d.Project.Project))
		return err
	})
	images := plan.StageImages(d.Project.Project, d.world.Platform().Arch, d.Options.Target == plan.TargetRuntime)
	env := map[string][]string{}
	var mu sync.Mutex
	for _, ref := range slices.Sorted(maps.Keys(images)) {
		group.Go(func() error {
			img, err := d.world.Image(ctx, Question{Stage, ref, images[ref]})
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			env[ref] = img.Config().Env
			return nil
		})
	}
	err := group.Wait()
	d.in.ImageEnv = env
	return err
}

// parts asks for the images and the named contexts that a plan's files and
// stages stand on: all at once, and only those that the target needs.
func (d *deciding) parts(ctx context.Context, p *plan.Plan) error {
	images, contexts := p.Images(d.Options.Target == plan.TargetRuntime)
	group, ctx := newGroup(ctx)
	for _, ref := range slices.Sorted(maps.Keys(images)) {
		group.Go(func() error {
			_, err := d.world.Image(ctx, Question{Stage, ref, images[ref]})
			return err
		})
	}
	for _, name := range slices.Sorted(maps.Keys(contexts)) {
		group.Go(func() error { return d.world.Context(ctx, name, contexts[name]) })
	}
	return group.Wait()
}

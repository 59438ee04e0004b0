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
		d.input.ParentDirectories, err = d.parents(ctx)
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
	d.input.ImageEnv = env
	return err
}

// parents finds the folders that the image has above what is put into it. A
// distribution's packages bring folders too, and change those of the base.
func (d *deciding) parents(ctx context.Context) (map[string]plan.ParentDirectory, error) {
	to := plan.Destinations(d.Project.Project)
	packages := plan.RunPackages(d.Project.Project, d.input.Environment)
	if packages == nil || !plan.MayMakeFolders(packages, to) {
		return parents(ctx, d.base, to)
	}
	img, err := d.installed(ctx, packages)
	if err != nil {
		return nil, err
	}
	return parents(ctx, img, to)
}

// installed is the base with its packages.
func (d *deciding) installed(ctx context.Context, packages *plan.SystemPackages) (Image, error) {
	var err error
	if d.withPackages == nil {
		d.withPackages, err = d.world.Installed(ctx, d.base, packages)
	}
	return d.withPackages, err
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

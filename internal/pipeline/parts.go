package pipeline

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/moult-build/moult/internal/plan"
)

// places finds the facts about images that a plan needs in addition to the
// base's Python: the parent directories of files, and the environment
// variables of the images of stages, if a stage extends them and the target
// needs the stage.
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

// parents finds the parent directories of all files that are added to the
// image. A distribution's packages contain folders too, and change those of
// the base.
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
// stages use: all in parallel, and only those that the target needs.
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

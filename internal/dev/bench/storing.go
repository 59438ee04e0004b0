package bench

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	bkclient "github.com/moby/buildkit/client"

	"github.com/moult-build/moult/internal/dev/bench/stores"
	"github.com/moult-build/moult/internal/dev/lab"
)

// storing are the contestants whose caches are stored in all kinds of stores.
var storing = []string{Baseline, "moult"}

// storeMeasure is the first build, which writes all that it has (mode=max) to a store, and storedMeasure a build on a fresh
// builder that has only this store, after a change.
func storeMeasure(kind string) string { return "store-" + kind }

func storedMeasure(kind string, change Change) string { return "store-" + kind + "-" + string(change) }

func measuresOfStore(kind string) func(Application, Contestant) []string {
	return func(_ Application, c Contestant) []string {
		list := []string{storeMeasure(kind)}
		for _, change := range cachedChanges {
			list = append(list, storedMeasure(kind, change))
		}
		return only(slices.Contains(storing, c.Name), list...)
	}
}

// storeGroups are the groups of the stores, which are measured only if they are asked for: their programs are large.
func storeGroups() (list []group) {
	for _, kind := range stores.Kinds {
		list = append(list, group{measures: measuresOfStore(kind), take: takeStore(kind), seldom: true})
	}
	return list
}

// takeStore measures what a builder asks of a store for its cache: to fill it, and to build with nothing but it.
func takeStore(kind string) func(*runner, context.Context, *world, job) error {
	return func(r *runner, ctx context.Context, w *world, j job) error {
		data := filepath.Join(w.dir, "store")
		if err := os.MkdirAll(data, 0o755); err != nil {
			return err
		}
		store, err := stores.Start(ctx, kind, data, w.registry, *r.options.Stores)
		if err != nil {
			return err
		}
		defer func() { _ = store.End() }()
		store.To["mode"] = "max"
		first, err := r.stored(ctx, w, j, store, None, storeMeasure(kind), func(b *lab.Build) {
			b.CacheExports = []bkclient.CacheOptionsEntry{{Type: kind, Attrs: store.To}}
		})
		if err != nil {
			return err
		}
		r.put(j, storeMeasure(kind), first)
		for _, change := range cachedChanges {
			measure := storedMeasure(kind, change)
			if !r.wants(j, measure) {
				continue
			}
			s, err := r.stored(ctx, w, j, store, change, measure, func(b *lab.Build) {
				b.CacheImports = []bkclient.CacheOptionsEntry{{Type: kind, Attrs: store.From}}
			})
			if err != nil {
				return err
			}
			r.put(j, measure, s)
		}
		return nil
	}
}

// stored builds on a fresh builder, and counts what it asked of the store.
func (r *runner) stored(ctx context.Context, w *world, j job, store *stores.Store, change Change, measure string, with func(*lab.Build)) (Sample, error) {
	dir := filepath.Join(w.dir, "context")
	if err := j.app.prepare(r.options.Root, dir, j.contestant, change, measure); err != nil {
		return Sample{}, err
	}
	d, err := w.startDaemon(ctx)
	if err != nil {
		return Sample{}, err
	}
	defer func() { _ = d.end() }()
	before, err := store.Count()
	if err != nil {
		return Sample{}, err
	}
	b, err := r.build(ctx, w, d, j, dir, measure, with)
	if err != nil {
		return Sample{}, err
	}
	after, err := store.Count()
	b.Store = after.Minus(before)
	return b.Sample, err
}

package bench

import (
	"context"
	"path/filepath"

	bkclient "github.com/moby/buildkit/client"

	"github.com/moult-build/moult/internal/dev/lab"
)

// cachedChanges are the changes for fresh builders with a cache in a registry.
var cachedChanges = []Change{Code, Upgrade}

func measuresOfCache(mode string) func(Application, Contestant) []string {
	return func(_ Application, c Contestant) []string {
		var list []string
		for _, change := range cachedChanges {
			list = append(list, cacheMeasure(mode, change))
		}
		return only(!c.yardstick(), list...)
	}
}

func cacheMeasure(mode string, change Change) string { return "cache-" + mode + "-" + string(change) }

// takeCache measures fresh builders. They have nothing, not even base images, but a cache in a registry from another
// builder. The cache is not written again.
func takeCache(mode string) func(*runner, context.Context, *world, job) error {
	return func(r *runner, ctx context.Context, w *world, j job) error {
		dir := filepath.Join(w.dir, "context")
		if err := j.app.prepare(r.options.Root, dir, j.contestant, None, ""); err != nil {
			return err
		}
		entry := func(attributes map[string]string) []bkclient.CacheOptionsEntry {
			attributes["ref"] = w.registry + "/" + j.app.Name + ":cache"
			return []bkclient.CacheOptionsEntry{{Type: "registry", Attrs: attributes}}
		}
		filler, err := w.startDaemon(ctx)
		if err != nil {
			return err
		}
		first, err := r.build(ctx, w, filler, j, dir, First, func(b *lab.Build) {
			b.CacheExports = entry(map[string]string{"mode": mode})
		})
		if ended := filler.end(); err == nil {
			err = ended
		}
		if err != nil {
			return err
		}
		for _, change := range cachedChanges {
			measure := cacheMeasure(mode, change)
			if !r.wants(j, measure) {
				continue
			}
			if err := j.app.prepare(r.options.Root, dir, j.contestant, change, measure); err != nil {
				return err
			}
			d, err := w.startDaemon(ctx)
			if err != nil {
				return err
			}
			b, err := r.build(ctx, w, d, j, dir, measure, func(b *lab.Build) { b.CacheImports = entry(map[string]string{}) })
			if ended := d.end(); err == nil {
				err = ended
			}
			if err != nil {
				return err
			}
			b.Pushed, b.Fresh, b.Reused = b.since(first.image)
			r.put(j, measure, b.Sample)
		}
		return nil
	}
}

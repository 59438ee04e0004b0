package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// rolled are the changes after which a node that runs the first image takes the next one.
var rolled = []Change{Code, Upgrade}

func nodeMeasure(change Change) string { return "node-" + string(change) }

// node measures how long a machine that has the first image needs until the next one answers: it pulls the layers that it
// does not have, unpacks them and starts a container. What it pulls is in Pushed.
func (r *runner) node(ctx context.Context, w *world, d *daemon, j job, first built) error {
	if _, err := r.lab.Docker(ctx, "pull", "--quiet", first.ref); err != nil {
		return err
	}
	remove := func(ref string) { _, _ = r.lab.Docker(context.WithoutCancel(ctx), "rmi", "--force", ref) }
	defer remove(first.ref)
	dir := filepath.Join(w.dir, "context")
	for _, change := range rolled {
		measure := nodeMeasure(change)
		if !r.wants(j, measure) || !j.app.has(change) {
			continue
		}
		if err := j.app.prepare(r.options.Root, dir, j.contestant, change, fmt.Sprintf("%s-%d-0", change, j.round)); err != nil {
			return err
		}
		next, err := r.build(ctx, w, d, j, dir, measure, nil)
		if err != nil {
			return err
		}
		s := Sample{Load: load()}
		s.Pushed, s.Fresh, s.Reused = next.since(first.image)
		began := time.Now()
		if _, err := r.lab.Docker(ctx, "pull", "--quiet", next.ref); err != nil {
			return err
		}
		pulled := time.Since(began)
		started, err := r.answer(ctx, j, next.ref)
		remove(next.ref)
		if err != nil {
			return err
		}
		s.Seconds = (pulled + started).Seconds()
		r.put(j, measure, s)
	}
	return nil
}

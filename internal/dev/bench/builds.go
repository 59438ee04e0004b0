package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/moult-build/moult/internal/dev/lab"
)

// built is a build's measurement with the pushed image.
type built struct {
	Sample
	image
	ref string
}

// build runs one build with a push and measures it. change, if it is not nil, changes the lab's build before.
func (r *runner) build(ctx context.Context, w *world, d *daemon, j job, dir, tag string, change func(*lab.Build)) (built, error) {
	b, err := j.contestant.build(w, j.app, dir)
	if err != nil {
		return built{}, err
	}
	ref := w.registry + "/" + j.app.Name + ":" + tag
	b.Exports = append(b.Exports, lab.ToRegistry(ref))
	if change != nil {
		change(&b)
	}
	s := Sample{Load: load()}
	before := r.proxy.Count()
	stop := watch(d.pid)
	result, err := d.Build(ctx, b)
	used := stop()
	if err := r.trace(j, tag, result); err != nil {
		return built{}, err
	}
	if err != nil {
		return built{}, fmt.Errorf("build %s: %w\n%s", tag, err, lastLines(result.Log(), 30))
	}
	took := r.proxy.Count().Minus(before)
	if took.Missed > 0 {
		return built{}, missedError(took.Missed)
	}
	s.Seconds, s.CPU, s.Memory = result.Took.Seconds(), used.CPU, used.Memory
	s.Downloaded, s.Requests = took.Bytes, took.Requests
	i, err := readImage(ctx, d.Lab, ref)
	return built{Sample: s, image: i, ref: ref}, err
}

// builds measures the first build of a daemon, and a build after each change. Each change starts from the application
// of the first build. Contestants that share the images of this one are measured at the end.
func (r *runner) builds(ctx context.Context, w *world, j job) error {
	d, err := w.startDaemon(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = d.end() }()
	if err := d.pull(ctx, w, j.contestant.bases(r.lab, j.app)); err != nil {
		return err
	}
	f, err := r.first(ctx, w, d, j)
	if err != nil {
		return err
	}
	r.put(j, First, f.Sample)
	if r.wants(j, Size) {
		size, err := r.sizes.uncompressed(ctx, f.ref, f.image)
		if err != nil {
			return err
		}
		r.put(j, Size, Sample{Size: size, Compressed: f.compressed(), Fresh: len(f.layers)})
	}
	errs := []error{r.changes(ctx, w, d, j, f.image)}
	if r.wants(j, Start) {
		errs = append(errs, r.start(ctx, w, j, f.ref))
	}
	if len(r.wanted(measuresOfNode, j)) > 0 {
		errs = append(errs, r.node(ctx, w, d, j, f))
	}
	for _, c := range r.chosen {
		also := j
		also.contestant = c
		if c.after != j.contestant.Name || len(r.wanted(measuresOfBuilds, also)) == 0 {
			continue
		}
		// The first build pulls the frontend, and finds everything else in the cache.
		f, err := r.first(ctx, w, d, also)
		if err == nil {
			err = r.changes(ctx, w, d, also, f.image)
		}
		errs = append(errs, err)
	}
	for _, err := range errs {
		if missed := missedError(0); errors.As(err, &missed) {
			return missed
		}
	}
	return errors.Join(errs...)
}

// first builds the unchanged application.
func (r *runner) first(ctx context.Context, w *world, d *daemon, j job) (built, error) {
	dir := filepath.Join(w.dir, "context")
	if err := j.app.prepare(r.options.Root, dir, j.contestant, None, ""); err != nil {
		return built{}, err
	}
	b, err := r.build(ctx, w, d, j, dir, First, nil)
	if err == nil {
		b.Pushed, b.Fresh, b.Reused = b.since(image{})
	}
	return b, err
}

// changes measures a build with nothing changed and one after each change.
func (r *runner) changes(ctx context.Context, w *world, d *daemon, j job, before image) error {
	var missed missedError
	errs := []error{r.again(ctx, w, d, j, before, Nothing, None, repeats)}
	for _, change := range changed {
		if !j.app.has(change) {
			continue
		}
		times := 1
		if change == Code || change == Comment || change == Version {
			times = repeats
		}
		err := r.again(ctx, w, d, j, before, string(change), change, times)
		if errors.As(err, &missed) {
			return err
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// again builds the application after a change, several times, and takes the median.
func (r *runner) again(ctx context.Context, w *world, d *daemon, j job, before image, measure string, change Change, times int) error {
	if !r.wants(j, measure) {
		return nil
	}
	dir := filepath.Join(w.dir, "context")
	var all []built
	for n := range times {
		tag := measure + strconv.Itoa(n)
		if err := j.app.prepare(r.options.Root, dir, j.contestant, change, fmt.Sprintf("%s-%d-%d", measure, j.round, n)); err != nil {
			return err
		}
		b, err := r.build(ctx, w, d, j, dir, tag, nil)
		if err != nil {
			return err
		}
		all = append(all, b)
		if b.Seconds > longBuild {
			break
		}
	}
	slices.SortFunc(all, func(a, b built) int { return cmp.Compare(a.Seconds, b.Seconds) })
	b := all[len(all)/2]
	b.Pushed, b.Fresh, b.Reused = b.since(before)
	r.put(j, measure, b.Sample)
	return nil
}

// absent measures the first build of a daemon without base images.
func (r *runner) absent(ctx context.Context, w *world, j job) error {
	dir, d, err := r.begin(ctx, w, j)
	if err != nil {
		return err
	}
	defer func() { _ = d.end() }()
	b, err := r.build(ctx, w, d, j, dir, Absent, nil)
	if err != nil {
		return err
	}
	r.put(j, Absent, b.Sample)
	return nil
}

// empty measures a build that does nothing. This is the share of the daemon and the registry in all other builds.
func (r *runner) empty(ctx context.Context, w *world, j job) error {
	dir, d, err := r.begin(ctx, w, j)
	if err != nil {
		return err
	}
	defer func() { _ = d.end() }()
	if err := d.pull(ctx, w, j.contestant.bases(r.lab, j.app)); err != nil {
		return err
	}
	var all []float64
	for n := range repeats + 1 {
		b, err := r.build(ctx, w, d, j, dir, "empty"+strconv.Itoa(n), nil)
		if err != nil {
			return err
		}
		if n > 0 {
			all = append(all, b.Seconds)
		}
	}
	r.put(j, Nothing, Sample{Seconds: median(all), Load: load()})
	return nil
}

// begin prepares the application for the first build, and starts a daemon.
func (r *runner) begin(ctx context.Context, w *world, j job) (dir string, d *daemon, err error) {
	dir = filepath.Join(w.dir, "context")
	if err := j.app.prepare(r.options.Root, dir, j.contestant, None, ""); err != nil {
		return "", nil, err
	}
	d, err = w.startDaemon(ctx)
	return dir, d, err
}

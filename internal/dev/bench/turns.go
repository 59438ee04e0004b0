package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"

	"github.com/moult-build/moult/internal/dev/bench/proxy"
	"github.com/moult-build/moult/internal/dev/lab"
)

// Turns compares small builds of contestants on a machine that does other work, too: each contestant has a daemon that
// stays up, and builds after each other in every round. So what slows down one of them slows down all. It prints the
// medians, and their ratios to those of the first contestant. Each of Moult's images in frontends is a contestant.
func Turns(ctx context.Context, l *lab.Lab, o Options, frontends []string, out io.Writer) (err error) {
	chosen, err := Find(o.Contestants)
	if err != nil {
		return err
	}
	app, err := FindApplication(o.Apps[0])
	if err != nil {
		return err
	}
	p, err := proxy.Start(filepath.Join(l.Dir, "bench", "downloads"), hosts())
	if err != nil {
		return err
	}
	defer p.Close()
	if err := buildDockerfileFrontend(ctx, l, o); err != nil {
		return err
	}
	if err := prefetch(ctx, p, o, app); err != nil {
		return err
	}
	var all []*turn
	defer func() {
		for _, t := range all {
			err = errors.Join(err, t.end())
		}
	}()
	for _, c := range chosen {
		images := frontends
		if !c.isMoult() {
			images = []string{o.Frontend}
		}
		for _, image := range images {
			t := &turn{title: c.Title, samples: map[string][]Sample{}}
			if len(images) > 1 {
				t.title += ", " + image
			}
			all = append(all, t)
			to := o
			to.Frontend = image
			t.runner = &runner{lab: l, options: to, proxy: p, results: &Results{}}
			t.job = job{app: app, contestant: c}
			if err := t.begin(ctx); err != nil {
				return err
			}
		}
	}
	for round := range o.Rounds {
		for _, measure := range o.Measures {
			for _, t := range all {
				if err := t.take(ctx, measure, round); err != nil {
					return err
				}
			}
		}
	}
	return printTurns(out, o.Measures, all)
}

// turn is a contestant with its daemon.
type turn struct {
	*runner
	job
	title   string
	world   *world
	daemon  *daemon
	samples map[string][]Sample
}

func (t *turn) begin(ctx context.Context) (err error) {
	if t.world, err = newWorld(ctx, t.lab, t.options, t.proxy); err != nil {
		return err
	}
	if t.daemon, err = t.world.startDaemon(ctx); err != nil {
		return err
	}
	if err := t.daemon.pull(ctx, t.world, t.contestant.bases(t.lab, t.app)); err != nil {
		return err
	}
	t.say("%s: first build", t.title)
	_, err = t.first(ctx, t.world, t.daemon, t.job)
	return err
}

func (t *turn) end() (err error) {
	if t.daemon != nil {
		err = t.daemon.end()
	}
	if t.world != nil {
		err = errors.Join(err, t.world.close())
	}
	return err
}

func (t *turn) take(ctx context.Context, measure string, round int) error {
	change := Change(measure)
	if measure == Nothing {
		change = None
	}
	dir := filepath.Join(t.world.dir, "context")
	if err := t.app.prepare(t.options.Root, dir, t.contestant, change, fmt.Sprint(measure, "-", round)); err != nil {
		return err
	}
	b, err := t.build(ctx, t.world, t.daemon, t.job, dir, fmt.Sprint(measure, "-", round), nil)
	if err == nil {
		t.samples[measure] = append(t.samples[measure], b.Sample)
	}
	return err
}

func printTurns(out io.Writer, measures []string, all []*turn) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "measure\tcontestant\ts\tratio\tcpu s\tratio\tlowest s\tratio\t")
	for _, measure := range measures {
		r := &Results{}
		for _, t := range all {
			for _, s := range t.samples[measure] {
				s.App, s.Contestant, s.Measure = t.app.Name, t.title, measure
				r.Samples = append(r.Samples, s)
			}
		}
		of := func(t *turn, value func(Sample) float64) figure {
			f, _ := r.of(t.app.Name, t.title, measure, 0, value)
			return f
		}
		for _, t := range all {
			took, base := of(t, seconds), of(all[0], seconds)
			used, usedByBase := meanCPU(t.samples[measure]), meanCPU(all[0].samples[measure])
			fmt.Fprintf(w, "%s\t%s\t%.3f\t%.2f\t%.3f\t%.2f\t%.3f\t%.2f\t\n", measure, t.title,
				took.Median, took.Median/base.Median, used, used/usedByBase, took.Low, took.Low/base.Low)
		}
	}
	return w.Flush()
}

// meanCPU is the mean of the processor time, which is counted in hundredths of a second.
func meanCPU(samples []Sample) float64 {
	var sum float64
	for _, s := range samples {
		sum += s.CPU
	}
	return sum / float64(len(samples))
}

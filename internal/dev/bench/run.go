// Package bench compares Moult with the Dockerfiles that it replaces. The input are the applications and Dockerfiles
// below bench/ and a running lab. The output are samples. The package also prints them as a table, and writes the page
// docs/benchmarks.md with its plots.
//
// Contestants are measured in turn, A B C A B C. Each has a world of its own: an empty registry and a buildkitd with
// only the base images, both in memory by default. All downloads go through one caching proxy.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moult-build/moult/internal/dev/bench/proxy"
	"github.com/moult-build/moult/internal/dev/bench/stores"
	"github.com/moult-build/moult/internal/dev/lab"
)

// Options are those of a run.
type Options struct {
	// Root is the project's folder, Bench the folder bench in it.
	Root, Bench string
	// Frontend is the reference of Moult's image.
	Frontend string
	// Memory keeps the daemons and the registry in a tmpfs.
	Memory bool
	// Apps, Contestants, Measures by name; none means all. Names of measures are patterns, such as store-*.
	Apps, Contestants, Measures []string
	Rounds                      int
	// SlowRounds is the number of rounds that also measure builds without base images and builds with only a registry's
	// cache.
	SlowRounds int
	// All is true if all steps of the ladder get all measures. Otherwise the steps before the last one get only those of
	// the talk.
	All bool
	// Stores are the programs of the stores of caches; nil if no store is measured.
	Stores *stores.Programs
	// Forget are the contestants whose results are measured again; those of others stay.
	Forget []string
	// Packages are the sizes of the projects for measures of growth.
	Packages []int
	// Results is the file of the results. Measures that it already has are not repeated.
	Results string
	// Traces is a folder for a table of the steps of each build that is measured; none if empty.
	Traces string
	// Progress gets messages about the progress.
	Progress io.Writer
}

// The measures, by their names in results and on the command line.
const (
	First   = "first"   // first build, base images present
	Absent  = "absent"  // first build, base images absent
	Nothing = "nothing" // nothing changed
	Start   = "start"   // from docker run to the first answer
	Second  = "second"  // a second project that shares most packages
	Size    = "size"    // sizes of the first build's image
)

// changed are the measures that build again after a change.
var changed = []Change{Code, Comment, Version, Upgrade, Add, Remove, Other}

// Run takes all measures that the results do not have yet.
func Run(ctx context.Context, l *lab.Lab, o Options) (*Results, error) {
	results, err := ReadResults(o.Results)
	if err != nil {
		return nil, err
	}
	chosen, err := Find(o.Contestants)
	if err != nil {
		return nil, err
	}
	var apps []Application
	for _, a := range applications {
		if len(o.Apps) == 0 || slices.Contains(o.Apps, a.Name) {
			apps = append(apps, a)
		}
	}
	p, err := proxy.Start(filepath.Join(l.Dir, "bench", "downloads"), hosts())
	if err != nil {
		return nil, err
	}
	defer p.Close()
	machine, err := describe(ctx, l, o)
	if err != nil {
		return nil, err
	}
	results.forget(o.Forget)
	if results.Machine.Moult != machine.Moult && results.any(Contestant.isMoult) {
		// Samples of another version of Moult must not be mixed with those of this one.
		fmt.Fprintf(o.Progress, "%s is of another version of Moult; it is kept as %[1]s.old\n", o.Results)
		if err := os.Rename(o.Results, o.Results+".old"); err != nil {
			return nil, err
		}
		results = &Results{}
	}
	results.Machine = machine
	if slices.ContainsFunc(chosen, func(c Contestant) bool { return c.needsPip }) {
		if err := completeSlim(ctx, l, o); err != nil {
			return nil, err
		}
	}
	if slices.ContainsFunc(chosen, func(c Contestant) bool { return c.syntax }) {
		if err := buildDockerfileFrontend(ctx, l, o); err != nil {
			return nil, err
		}
	}
	if results.Began.IsZero() {
		results.Began = time.Now()
	}
	for _, app := range apps {
		if err := prefetch(ctx, p, o, app); err != nil {
			return nil, err
		}
	}
	r := &runner{lab: l, options: o, proxy: p, results: results, chosen: chosen, sizes: &measured{sizes: map[string]int64{}}}
	before := len(results.Samples)
	for round := 1; round <= o.Rounds; round++ {
		if err := r.round(ctx, round, apps, chosen); err != nil {
			return results, err
		}
	}
	if len(results.Samples) == before {
		r.say("nothing was left to measure; --again measures anew")
	}
	return results, nil
}

// round takes each measure once.
func (r *runner) round(ctx context.Context, round int, apps []Application, chosen []Contestant) error {
	measure := func(g group, j job) error {
		for _, c := range chosen {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			j.contestant, j.round = c, round
			if err := r.group(ctx, g, j); err != nil {
				return err
			}
		}
		return nil
	}
	all := groups
	if r.options.Stores != nil {
		all = slices.Concat(groups, storeGroups())
	}
	for _, app := range apps {
		for _, g := range all {
			if g.seldom && round > r.options.SlowRounds {
				continue
			}
			if err := measure(g, job{app: app}); err != nil {
				return err
			}
		}
	}
	named := func(app string) bool { return len(r.options.Apps) == 0 || slices.Contains(r.options.Apps, app) }
	if named(workspaceApp) && round <= r.options.SlowRounds {
		if err := measure(workspaceGroup, job{app: Application{Name: workspaceApp}}); err != nil {
			return err
		}
	}
	if !named(growthApp) {
		return nil
	}
	for _, packages := range r.options.Packages {
		if err := measure(growth, job{app: Application{Name: growthApp, Serves: "main:app"}, packages: packages}); err != nil {
			return err
		}
	}
	return nil
}

// completeSlim builds the slim base image with pip, for the contestants that need it.
func completeSlim(ctx context.Context, l *lab.Lab, o Options) error {
	b := lab.Build{
		Frontend: "dockerfile.v0", Context: filepath.Join(o.Bench, "ladder"),
		Opts: map[string]string{"filename": "slim-with-pip.Dockerfile", "build-arg:PYTHON": pythonVersion},
	}
	b.Exports = append(b.Exports, lab.ToRegistry(l.Image(slimWithPip)))
	if r, err := l.Build(ctx, b); err != nil {
		return fmt.Errorf("complete the slim base image: %w\n%s", err, r.Log())
	}
	return nil
}

// runner holds a run's state.
type runner struct {
	lab     *lab.Lab
	options Options
	proxy   *proxy.Proxy
	results *Results
	sizes   *measured
	// chosen are the contestants of the run.
	chosen []Contestant
}

// group is a number of measures that are taken in one world.
type group struct {
	// seldom is true for groups that take long. They are measured only in the first rounds, see Options.SlowRounds.
	seldom   bool
	measures func(Application, Contestant) []string
	take     func(*runner, context.Context, *world, job) error
}

// group takes a group's measures, if one is wanted. A failed build is a result too. An error means that further
// measures make no sense.
func (r *runner) group(ctx context.Context, g group, j job) error {
	wanted := r.wanted(g.measures, j)
	if len(wanted) == 0 {
		return nil
	}
	var err error
	for range attempts {
		var w *world
		if w, err = newWorld(ctx, r.lab, r.options, r.proxy); err != nil {
			return err
		}
		err = g.take(r, ctx, w, j)
		if closed := w.close(); closed != nil {
			r.say("%v", closed)
		}
		var missed missedError
		if !errors.As(err, &missed) {
			break
		}
		r.say("%s, %s: %v; once more", j.app.Name, j.contestant.Name, missed)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		r.say("%s, %s, round %d: %v", j.app.Name, j.contestant.Name, j.round, err)
		for _, m := range wanted {
			if r.wants(j, m) {
				r.put(j, m, Sample{Error: firstLines(err.Error(), 12)})
			}
		}
	}
	// The garbage collection of this process must not run during the next measurement.
	debug.FreeOSMemory()
	return r.results.Write(r.options.Results)
}

// attempts is the maximum number of attempts of a group whose builds need files that the proxy does not have. Each of
// its builds may need new ones.
const attempts = 8

// missedError is the error if files were fetched from the network, so that a time cannot be compared.
type missedError int64

func (e missedError) Error() string {
	return fmt.Sprintf("%d files were fetched from the network", int64(e))
}

// put completes a sample and stores it.
func (r *runner) put(j job, measure string, s Sample) {
	s.App, s.Contestant, s.Measure, s.Round, s.Packages = j.app.Name, j.contestant.Name, measure, j.round, j.packages
	r.results.Ended = time.Now()
	r.results.put(s)
	if s.Error == "" {
		r.say("%-10s %-14s round %d  %-18s %7.2f s  cpu %6.1f s  pushed %8.2f MB  downloaded %7.2f MB  load %.1f",
			s.App, s.Contestant, s.Round, measure, s.Seconds, s.CPU, mega(s.Pushed), mega(s.Downloaded), s.Load)
	}
}

func (r *runner) say(format string, args ...any) {
	fmt.Fprintf(r.options.Progress, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

// repeats is the number of measurements of a short build in a round. A build of longBuild seconds or more is measured
// once.
const (
	repeats   = 3
	longBuild = 5
)

// start measures the time from docker run to the first answer, with the image pulled.
func (r *runner) start(ctx context.Context, w *world, j job, ref string) error {
	if _, err := r.lab.Docker(ctx, "pull", "--quiet", ref); err != nil {
		return err
	}
	defer func() { _, _ = r.lab.Docker(context.WithoutCancel(ctx), "rmi", "--force", ref) }()
	var all []float64
	for range repeats {
		took, err := r.answer(ctx, j, ref)
		if err != nil {
			return err
		}
		all = append(all, took.Seconds())
	}
	r.put(j, Start, Sample{Seconds: median(all), Load: load()})
	return nil
}

func mega(bytes int64) float64 { return float64(bytes) / 1e6 }

// load is the machine's load average over a minute.
func load() float64 {
	data, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(data), " ")
	n, _ := strconv.ParseFloat(first, 64)
	return n
}

func firstLines(text string, n int) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[:min(n, len(lines))], "\n")
}

func lastLines(text string, n int) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

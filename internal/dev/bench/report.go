package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// limit is a target for a figure of Moult.
type limit struct {
	title string
	most  float64
	unit  string
	// reached returns the figure to compare with the limit.
	reached func(*Results) (float64, bool)
}

// ratioOf returns a function for Moult's median as a multiple of the baseline's, on the larger application.
func ratioOf(measure string, value func(Sample) float64) func(*Results) (float64, bool) {
	return ratioTo("app", Baseline, measure, value)
}

// ratioTo returns a function for Moult's median as a multiple of that of another contestant.
func ratioTo(app, contestant, measure string, value func(Sample) float64) func(*Results) (float64, bool) {
	return func(r *Results) (float64, bool) {
		f, ok := r.of(app, "moult", measure, 0, value)
		base, found := r.of(app, contestant, measure, 0, value)
		if !ok || !found || base.Median == 0 {
			return 0, false
		}
		return f.Median / base.Median, true
	}
}

func medianOf(app, contestant, measure string, packages int, value func(Sample) float64) func(*Results) (float64, bool) {
	return func(r *Results) (float64, bool) {
		f, ok := r.of(app, contestant, measure, packages, value)
		return f.Median, ok
	}
}

func rowOf(key string) func(*Results) (float64, bool) {
	return func(r *Results) (float64, bool) {
		for _, row := range rows {
			if row.key == key {
				f, ok := r.figure(row, "app", "moult")
				return f.Median, ok
			}
		}
		return 0, false
	}
}

// limits are the targets for a locked project, with the application of 93 packages.
var limits = []limit{
	{"first build, to step 6", 0.6, "", ratioOf(First, seconds)},
	{"first build, to uv", 0.6, "", ratioTo("app", "uv", First, seconds)},
	{"first build of the talk's application, to uv", 0.6, "", ratioTo("digits-api", "uv", First, seconds)},
	{"peak memory of the first build, to uv", 1, "", ratioTo("app", "uv", First, memory)},
	{"peak memory of the first build of the talk's application, to uv", 1, "", ratioTo("digits-api", "uv", First, memory)},
	{"one dependency upgraded, to step 6", 0.06, "", ratioOf(string(Upgrade), seconds)},
	{"nothing changed, to step 6 with a frontend in a container", 1.2, "", ratioTo("app", syntaxName, Nothing, seconds)},
	{"code change, to step 6 with a frontend in a container", 1.3, "", ratioTo("app", syntaxName, string(Code), seconds)},
	{"code change", 0.6, "s", medianOf("app", "moult", string(Code), 0, seconds)},
	{"pushed after an upgrade, to that package's layer alone", 1.5, "", func(r *Results) (float64, bool) {
		f, ok := r.of("app", "moult", string(Upgrade), 0, pushed)
		layer, found := r.of("app", limitName, PackageLayer, 0, pushed)
		if !ok || !found || layer.Median == 0 {
			return 0, false
		}
		return f.Median / layer.Median, true
	}},
	{"image size, to step 6", 0.97, "", ratioOf(Size, size)},
	{"fresh builder with a registry cache (min), code change, to step 6", 0.2, "", ratioOf(cacheMeasure("min", Code), seconds)},
	{"fresh builder with a registry cache (min), upgrade, to step 6", 0.3, "", ratioOf(cacheMeasure("min", Upgrade), seconds)},
	{"fresh builder with a registry cache (max), code change, to step 6", 0.2, "", ratioOf(cacheMeasure("max", Code), seconds)},
	{"fresh builder with a registry cache (max), upgrade, to step 6", 0.3, "", ratioOf(cacheMeasure("max", Upgrade), seconds)},
	{"83 members of a workspace after a change of a shared package, to one of them", 10, "", func(r *Results) (float64, bool) {
		all, ok := r.of(workspaceApp, "moult", WorkspaceAll, 0, seconds)
		one, found := r.of(workspaceApp, "moult", WorkspaceOne, 0, seconds)
		if !ok || !found || one.Median == 0 {
			return 0, false
		}
		return all.Median / one.Median, true
	}},
	{"400 packages, nothing changed", 1.5, "s", medianOf(growthApp, "moult", GrowNothing, 400, seconds)},
	{"400 packages, size of the graph", 1, "MB", medianOf(growthApp, "moult", GrowNothing, 400, graph)},
	{"first build, to the limit", 1.4, "", rowOf("first-limit")},
	{"nothing changed, above an empty Dockerfile", 0.3, "s", rowOf("nothing-empty")},
}

// behind is a row in which another contestant is better than Moult.
type behind struct {
	row           row
	ahead         Contestant
	theirs, moult figure
}

// tolerance is the difference below which two medians count as the same.
const tolerance = 0.02

// behind returns the rows of an application in which Moult, with a lock, is not better than every other contestant.
func (r *Results) behind(app string) []behind {
	var list []behind
	for _, row := range rows {
		ours, ok := r.figure(row, app, "moult")
		if !ok || row.over != "" {
			continue
		}
		best := behind{row: row, moult: ours}
		for _, c := range r.shown(app) {
			f, ok := r.figure(row, app, c.Name)
			if !ok || c.isMoult() || f.Median >= ours.Median*(1-tolerance) {
				continue
			}
			if best.ahead.Name == "" || f.Median < best.theirs.Median {
				best.ahead, best.theirs = c, f
			}
		}
		if best.ahead.Name != "" {
			list = append(list, best)
		}
	}
	return list
}

// notes returns the reasons for rows in which Moult is not the best, by the key of the row.
func notes(bench string) (map[string]string, error) {
	data, err := os.ReadFile(filepath.Join(bench, "notes.toml"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found map[string]string
	return found, toml.Unmarshal(data, &found)
}

// Page writes the page of the benchmarks with its plots: docs/benchmarks.md and docs/benchmarks/*.svg below root.
func (r *Results) Page(root string) error {
	reasons, err := notes(filepath.Join(root, "bench"))
	if err != nil {
		return err
	}
	plots, err := r.Plots(filepath.Join(root, "docs", "benchmarks"), false)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	r.introduction(&b)
	for _, app := range applications {
		if len(r.shown(app.Name)) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n", heading(app))
		r.pictured(&b, plots, "ladder-"+app.Name, "The talk's steps and Moult: image size, first build, rebuild after a code change and after a dependency change")
		r.fourFigures(&b, app)
		r.pictured(&b, plots, "peers-"+app.Name, "Other tools, step 6 and Moult, in the same four figures")
		r.allFigures(&b, app)
		r.notAhead(&b, app, reasons)
	}
	if len(r.counts()) > 0 {
		b.WriteString("\n## Growth\n\nRebuilds of projects with generated packages of the usual size of a small package: with nothing changed, and with one package upgraded.\n")
		r.pictured(&b, plots, "growth", "Time of a rebuild against the number of packages")
		r.growthTable(&b)
	}
	r.storePage(&b)
	r.targets(&b)
	b.WriteString(method)
	return os.WriteFile(filepath.Join(root, "docs", "benchmarks.md"), b.Bytes(), 0o644)
}

func heading(app Application) string {
	if app.Name == "app" {
		return "An application of 93 packages"
	}
	return "The talk's application"
}

func (r *Results) introduction(b *bytes.Buffer) {
	m := r.Machine
	fmt.Fprintf(b, "# Benchmarks\n\n<!-- Written by `bench report`; edit bench/notes.toml or internal/dev/bench instead. -->\n\n")
	fmt.Fprintf(b, "A comparison of Moult with the Dockerfiles of the talk and with other tools, measured in turn in one run on one machine.\n")
	fmt.Fprintf(b, "`make bench` measures again; `make bench-quick` takes three minutes. [Method](#method) says how.\n\n")
	fmt.Fprintf(b, "| | |\n|---|---|\n")
	fmt.Fprintf(b, "| date | %s |\n", r.Ended.UTC().Format("2 January 2006"))
	fmt.Fprintf(b, "| machine | %s, %d cores, %.0f GB, Linux %s |\n", m.Processor, m.Cores, float64(m.Memory)/1e9, m.Kernel)
	place := "on disk"
	if m.Tmpfs {
		place = "in memory"
	}
	fmt.Fprintf(b, "| builder | buildkitd %s with runc and overlayfs, %s; a registry on the loopback, %s |\n", m.Buildkit, place, place)
	fmt.Fprintf(b, "| engine | Docker %s |\n", m.Docker)
	fmt.Fprintf(b, "| Moult | commit %s |\n", m.Commit)
	rounds, low, high := 0, 0.0, 0.0
	for n, s := range r.Samples {
		rounds = max(rounds, s.Round)
		if s.Load > 0 {
			high = max(high, s.Load)
			if n == 0 || low == 0 {
				low = s.Load
			}
			low = min(low, s.Load)
		}
	}
	fmt.Fprintf(b, "| rounds | %d; figures are medians, in parentheses the lowest and the highest |\n", rounds)
	fmt.Fprintf(b, "| load | %.1f to %.1f before the measurements |\n", low, high)
}

// pictured adds a plot to the page if it was written.
func (r *Results) pictured(b *bytes.Buffer, plots []string, name, alt string) {
	if slices.Contains(plots, name) {
		fmt.Fprintf(b, "\n![%s](benchmarks/%s.svg)\n", alt, name)
	}
}

// fourFigures writes the talk's own table.
func (r *Results) fourFigures(b *bytes.Buffer, app Application) {
	fmt.Fprintf(b, "\n| | image size, MB | first build, s | code change, s | dependency change, s |\n|---|---:|---:|---:|---:|\n")
	for _, c := range r.shown(app.Name) {
		cells := []string{c.Title}
		for _, panel := range talk {
			f, ok := r.figure(panel.row, app.Name, c.Name)
			cells = append(cells, f.text(ok))
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
}

// allFigures writes the table of all rows, without the steps of the ladder before the last one.
func (r *Results) allFigures(b *bytes.Buffer, app Application) {
	var shown []Contestant
	for _, c := range r.shown(app.Name) {
		if c.Name == Baseline || !strings.HasPrefix(c.Name, "step") {
			shown = append(shown, c)
		}
	}
	b.WriteString("\n### Everything that was measured\n\n| | |")
	for _, c := range shown {
		fmt.Fprintf(b, " %s |", c.Title)
	}
	b.WriteString(" Moult to step 6 |\n|---|---|" + strings.Repeat("---:|", len(shown)+1) + "\n")
	for _, row := range slices.Concat(rows, informative) {
		cells, found := []string{row.title, row.unit}, false
		for _, c := range shown {
			f, ok := r.figure(row, app.Name, c.Name)
			found = found || ok
			cells = append(cells, f.text(ok))
		}
		if !found {
			continue
		}
		base, _ := r.figure(row, app.Name, Baseline)
		ours, ok := r.figure(row, app.Name, "moult")
		ratio := ours.ratio(base, ok && row.over == "")
		fmt.Fprintf(b, "| %s | %s |\n", strings.Join(cells, " | "), ratio)
	}
	if f, ok := r.of(app.Name, limitName, First, 0, seconds); ok {
		fmt.Fprintf(b, "\nThe limit is %s s: a plain program that fetches, unpacks, compiles and compresses the same wheels on all cores.\n", f.text(true))
	}
	if f, ok := r.of(app.Name, emptyName, Nothing, 0, seconds); ok {
		fmt.Fprintf(b, "A build of an empty Dockerfile takes %s s.\n", f.text(true))
	}
}

// notAhead writes the rows in which another contestant is better, with the reasons.
func (r *Results) notAhead(b *bytes.Buffer, app Application, reasons map[string]string) {
	if !slices.ContainsFunc(r.shown(app.Name), func(c Contestant) bool { return c.Name == "moult" }) {
		return
	}
	b.WriteString("\n### Where Moult is not ahead\n\n")
	list := r.behind(app.Name)
	if len(list) == 0 {
		b.WriteString("In none of these rows.\n")
		return
	}
	b.WriteString("| | Moult | best | why |\n|---|---:|---:|---|\n")
	for _, l := range list {
		why := strings.Join(strings.Fields(reasons[l.row.key]), " ")
		if why == "" {
			why = "not looked into yet"
		}
		fmt.Fprintf(b, "| %s | %s %s | %s %s (%s) | %s |\n",
			l.row.title, short(l.moult.Median), l.row.unit, short(l.theirs.Median), l.row.unit, l.ahead.Title, why)
	}
}

func (r *Results) growthTable(b *bytes.Buffer) {
	counts := r.counts()
	b.WriteString("\n| | |")
	for _, n := range counts {
		fmt.Fprintf(b, " %d |", n)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---:|", len(counts)) + "\n")
	for _, cells := range r.growthCells(counts) {
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
}

// growthCells are the rows of the table of growth that have a figure.
func (r *Results) growthCells(counts []int) (rows [][]string) {
	for _, g := range growthRows {
		for _, c := range contestants {
			cells, found := []string{c.Title + ", " + g.title, g.unit}, false
			for _, n := range counts {
				f, ok := r.of(growthApp, c.Name, g.measure, n, g.value)
				ok = ok && f.Median > 0
				found = found || ok
				cells = append(cells, f.text(ok))
			}
			if found {
				rows = append(rows, cells)
			}
		}
	}
	return rows
}

// targets writes the table of the limits.
func (r *Results) targets(b *bytes.Buffer) {
	b.WriteString("\n## Targets\n\n| on the application of 93 packages | at most | reached | |\n|---|---:|---:|---|\n")
	for _, t := range limits {
		reached, ok := t.reached(r)
		figure, verdict := "-", "not measured"
		if ok {
			figure, verdict = strings.TrimSpace(short(reached)+" "+t.unit), "met"
			if reached > t.most {
				verdict = "**not met**"
			}
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", t.title, strings.TrimSpace(fmt.Sprint(t.most)+" "+t.unit), figure, verdict)
	}
}

const method = `
## Method

- Contestants take turns: each is measured once in every round, in the same order.
- In each round a contestant has its own empty buildkitd and its own empty registry, which are deleted afterwards. All use the same
  base images. If they are "present", they were pulled and unpacked before. Moult's own image was not: its pull is part of the first build's time.
- Every time is that of a whole build, from the request to the end of the push. Changes of code, comments and version are measured three times in a
  round, and so is the build with nothing changed; the figure is the median.
- A figure without a range was measured in one round. This is the default for builds without base images, and with only a registry's cache. The steps below
  step 6 are measured only with the measures of the talk.
- Each change starts from the application of the first build. The new version in pyproject.toml is also written into uv.lock, as uv does.
- Every download goes through one caching proxy on the machine, under its real address and over TLS, so that neither
  the network nor the order of contestants changes the figures. A time is discarded if the proxy did not have a file. If a mirror drops the caching headers of the public
  index, on which pip's cache depends, the proxy adds them again.
- Steps 0 and 1 and Moult without a lock pin only the direct dependencies, at the versions that the lock has. If an indirect
  dependency is upgraded, they do not install it, and have no figure.
- Sizes are those of the layers' archives, unpacked and as stored. Pushed layers are those that the first build's image does not have.
- "Only a registry cache" is an empty builder, without base images, after another builder has exported its cache.
- The limit installs wheels. It adds nothing to a base image, and does not build what needs a compiler, such as the extension of the talk's application.
- Processor time and memory are buildkitd's and those of all processes below it; memory is the memory that is not backed by files, sampled four times a second.
- "step 6, # syntax" is step 6 with the line "# syntax=docker/dockerfile:1" in front. BuildKit then runs the Dockerfile frontend in a container, as it runs Moult's.
  The frontend's image is built from BuildKit's module, of the builder's version. The contestant shares the world of step 6, and has only the measures of small builds.
- mopy, Blubber, Railpack and Heroku, where a run has measured them, are Dockerfiles in ` + "`bench/ladder`" + `. The first two build the same images as these frontends; the others have the shape of what Railpack and Heroku's
  buildpack make of a project with a uv.lock, on the official images.
`

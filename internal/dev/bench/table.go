package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// row is a line of the tables: one value of one measure.
type row struct {
	// key names the row in bench/notes.toml.
	key     string
	measure string
	value   func(Sample) float64
	title   string
	unit    string
	// over says that the figure is a multiple of the limit's, or the difference from the empty Dockerfile's.
	over string
}

func pushed(s Sample) float64     { return float64(s.Pushed) / 1e6 }
func size(s Sample) float64       { return float64(s.Size) / 1e6 }
func compressed(s Sample) float64 { return float64(s.Compressed) / 1e6 }
func cpu(s Sample) float64        { return s.CPU }
func memory(s Sample) float64     { return float64(s.Memory) / 1e6 }
func downloaded(s Sample) float64 { return float64(s.Downloaded) / 1e6 }
func reused(s Sample) float64     { return float64(s.Reused) }
func graph(s Sample) float64      { return float64(s.LLB) / 1e6 }

var rows = []row{
	{key: "size", measure: Size, value: size, title: "image size", unit: "MB"},
	{key: "compressed", measure: Size, value: compressed, title: "image size, compressed", unit: "MB"},
	{key: "first", measure: First, value: seconds, title: "first build, base images present", unit: "s"},
	{key: "first-limit", measure: First, value: seconds, title: "first build, as a multiple of the limit", over: limitName},
	{key: "absent", measure: Absent, value: seconds, title: "first build, base images absent", unit: "s"},
	{key: "nothing", measure: Nothing, value: seconds, title: "nothing changed", unit: "s"},
	{key: "nothing-empty", measure: Nothing, value: seconds, title: "nothing changed, above an empty Dockerfile", unit: "s", over: emptyName},
	{key: "code", measure: string(Code), value: seconds, title: "code change", unit: "s"},
	{key: "comment", measure: string(Comment), value: seconds, title: "comment in pyproject.toml", unit: "s"},
	{key: "version", measure: string(Version), value: seconds, title: "version in pyproject.toml", unit: "s"},
	{key: "upgrade", measure: string(Upgrade), value: seconds, title: "one dependency upgraded", unit: "s"},
	{key: "add", measure: string(Add), value: seconds, title: "one dependency added", unit: "s"},
	{key: "remove", measure: string(Remove), value: seconds, title: "one dependency removed", unit: "s"},
	{key: "second", measure: Second, value: seconds, title: "a second project that shares 80 %", unit: "s"},
	{key: "pushed-code", measure: string(Code), value: pushed, title: "pushed after a code change", unit: "MB"},
	{key: "pushed-comment", measure: string(Comment), value: pushed, title: "pushed after a comment", unit: "MB"},
	{key: "pushed-version", measure: string(Version), value: pushed, title: "pushed after a new version", unit: "MB"},
	{key: "pushed-upgrade", measure: string(Upgrade), value: pushed, title: "pushed after an upgrade", unit: "MB"},
	{key: "pushed-add", measure: string(Add), value: pushed, title: "pushed after an addition", unit: "MB"},
	{key: "pushed-remove", measure: string(Remove), value: pushed, title: "pushed after a removal", unit: "MB"},
	{key: "pushed-second", measure: Second, value: pushed, title: "pushed for the second project", unit: "MB"},
	{key: "cache-min-code", measure: cacheMeasure("min", Code), value: seconds, title: "only a registry cache (min), code change", unit: "s"},
	{key: "cache-min-upgrade", measure: cacheMeasure("min", Upgrade), value: seconds, title: "only a registry cache (min), upgrade", unit: "s"},
	{key: "cache-max-code", measure: cacheMeasure("max", Code), value: seconds, title: "only a registry cache (max), code change", unit: "s"},
	{key: "cache-max-upgrade", measure: cacheMeasure("max", Upgrade), value: seconds, title: "only a registry cache (max), upgrade", unit: "s"},
	{key: "cpu-first", measure: First, value: cpu, title: "processor time of the first build", unit: "s"},
	{key: "memory-first", measure: First, value: memory, title: "peak memory of the first build", unit: "MB"},
	{key: "cpu-upgrade", measure: string(Upgrade), value: cpu, title: "processor time of an upgrade", unit: "s"},
	{key: "node-code", measure: nodeMeasure(Code), value: seconds, title: "a node with the last image, code change: pull, unpack, first answer", unit: "s"},
	{key: "node-upgrade", measure: nodeMeasure(Upgrade), value: seconds, title: "the same, one dependency upgraded", unit: "s"},
	{key: "pulled-code", measure: nodeMeasure(Code), value: pushed, title: "pulled by it, code change", unit: "MB"},
	{key: "pulled-upgrade", measure: nodeMeasure(Upgrade), value: pushed, title: "pulled by it, one dependency upgraded", unit: "MB"},
	{key: "start", measure: Start, value: seconds, title: "docker run to the first answer", unit: "s"},
}

// informative are rows without a better or worse value.
var informative = []row{
	{key: "reused-upgrade", measure: string(Upgrade), value: reused, title: "layers reused after an upgrade"},
	{key: "downloaded-first", measure: First, value: downloaded, title: "downloaded for the first build", unit: "MB"},
	{key: "downloaded-upgrade", measure: string(Upgrade), value: downloaded, title: "downloaded for an upgrade", unit: "MB"},
	{key: "downloaded-cache-min-upgrade", measure: cacheMeasure("min", Upgrade), value: downloaded, title: "downloaded for it with only a registry cache (min)", unit: "MB"},
	{key: "downloaded-cache-max-upgrade", measure: cacheMeasure("max", Upgrade), value: downloaded, title: "downloaded for it with only a registry cache (max)", unit: "MB"},
}

// figure returns the row's figure of a contestant.
func (r *Results) figure(row row, app, contestant string) (figure, bool) {
	f, ok := r.of(app, contestant, row.measure, 0, row.value)
	if !ok || row.over == "" {
		return f, ok
	}
	base, ok := r.of(app, row.over, row.measure, 0, row.value)
	switch {
	case !ok || base.Median == 0:
		return f, false
	case row.over == limitName:
		return figure{f.Median / base.Median, f.Low / base.Median, f.High / base.Median, f.N}, true
	}
	return figure{f.Median - base.Median, f.Low - base.Median, f.High - base.Median, f.N}, true
}

// shown returns the contestants that have results with an application.
func (r *Results) shown(app string) []Contestant {
	var shown []Contestant
	for _, c := range contestants {
		if !c.yardstick() && slices.ContainsFunc(r.Samples, func(s Sample) bool { return s.App == app && s.Contestant == c.Name }) {
			shown = append(shown, c)
		}
	}
	return shown
}

// Table prints the results of each application: a line for each measure, and for each contestant the median, the spread
// and the ratio to the baseline's median.
func (r *Results) Table(w io.Writer) error {
	for _, app := range applications {
		shown := r.shown(app.Name)
		if len(shown) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s (%s), with ratios to %s\n\n", app.Name, app.Title, Baseline)
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		head := []string{"", ""}
		for _, c := range shown {
			head = append(head, c.Title, "")
		}
		fmt.Fprintln(t, strings.Join(head, "\t")+"\t")
		for _, row := range slices.Concat(rows, informative) {
			base, _ := r.figure(row, app.Name, Baseline)
			cells, found := []string{row.title, row.unit}, false
			for _, c := range shown {
				f, ok := r.figure(row, app.Name, c.Name)
				found = found || ok
				ratio := ""
				if row.over == "" {
					ratio = f.ratio(base, ok)
				}
				cells = append(cells, f.text(ok), ratio)
			}
			if found {
				fmt.Fprintln(t, strings.Join(cells, "\t")+"\t")
			}
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	if counts := r.counts(); len(counts) > 0 {
		fmt.Fprintf(w, "\nmade-up packages\n\n")
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		head := []string{"", ""}
		for _, n := range counts {
			head = append(head, fmt.Sprint(n))
		}
		fmt.Fprintln(t, strings.Join(head, "\t")+"\t")
		for _, cells := range r.growthCells(counts) {
			fmt.Fprintln(t, strings.Join(cells, "\t")+"\t")
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	if err := r.storeTable(w); err != nil {
		return err
	}
	for _, s := range r.Samples {
		if s.Error != "" {
			fmt.Fprintf(w, "\nnot measured: %s, %s, %s, round %d: %s\n", s.App, s.Contestant, s.Measure, s.Round, firstLines(s.Error, 1))
		}
	}
	return nil
}

// growthRows are the lines of the table of growth.
var growthRows = []row{
	{measure: GrowFirst, value: seconds, title: "first build", unit: "s"},
	{measure: GrowNothing, value: seconds, title: "nothing changed", unit: "s"},
	{measure: GrowUpgrade, value: seconds, title: "one upgraded", unit: "s"},
	{measure: GrowNothing, value: graph, title: "size of the graph", unit: "MB"},
	{measure: GrowFirst, value: func(s Sample) float64 { return float64(s.Fresh) }, title: "layers"},
}

// counts returns the measured numbers of generated packages.
func (r *Results) counts() []int {
	var counts []int
	for _, s := range r.Samples {
		if s.Packages > 0 && s.Error == "" && !slices.Contains(counts, s.Packages) {
			counts = append(counts, s.Packages)
		}
	}
	slices.Sort(counts)
	return counts
}

// text returns a figure, with its spread if there are several rounds.
func (f figure) text(ok bool) string {
	if !ok {
		return "-"
	}
	if f.N > 1 && short(f.Low) != short(f.High) {
		return fmt.Sprintf("%s (%s-%s)", short(f.Median), short(f.Low), short(f.High))
	}
	return short(f.Median)
}

// ratio of a figure to the baseline's.
func (f figure) ratio(base figure, ok bool) string {
	if !ok || base.Median == 0 {
		return ""
	}
	r := f.Median / base.Median
	if r < 0.0995 {
		return fmt.Sprintf("%.3f", r)
	}
	return fmt.Sprintf("%.2f", r)
}

// short writes a number with about three digits.
func short(n float64) string {
	switch {
	case n >= 100 || n == 0:
		return fmt.Sprintf("%.0f", n)
	case n >= 10:
		return fmt.Sprintf("%.1f", n)
	case n >= 0.1:
		return fmt.Sprintf("%.2f", n)
	}
	return fmt.Sprintf("%.3f", n)
}

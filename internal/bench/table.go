package bench

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// row is a line of the tables.
type row struct {
	measure string
	// value of the measure's samples that is shown: seconds, bytes or a number.
	value func(Sample) float64
	title string
	unit  string
}

func pushed(s Sample) float64 { return float64(s.Pushed) / 1e6 }

var rows = []row{
	{Size, func(s Sample) float64 { return float64(s.Size) / 1e6 }, "image size", "MB"},
	{Size, func(s Sample) float64 { return float64(s.Compressed) / 1e6 }, "image size, compressed", "MB"},
	{First, seconds, "first build", "s"},
	{Absent, seconds, "first build, base images absent", "s"},
	{Nothing, seconds, "nothing changed", "s"},
	{string(Code), seconds, "code change", "s"},
	{string(Comment), seconds, "comment in pyproject.toml", "s"},
	{string(Version), seconds, "version in pyproject.toml", "s"},
	{string(Upgrade), seconds, "one dependency upgraded", "s"},
	{string(Add), seconds, "one dependency added", "s"},
	{string(Remove), seconds, "one dependency removed", "s"},
	{string(Code), pushed, "pushed after a code change", "MB"},
	{string(Comment), pushed, "pushed after a comment", "MB"},
	{string(Version), pushed, "pushed after a new version", "MB"},
	{string(Upgrade), pushed, "pushed after an upgrade", "MB"},
	{string(Add), pushed, "pushed after an addition", "MB"},
	{string(Remove), pushed, "pushed after a removal", "MB"},
	{cacheMeasure("min", Code), seconds, "only a registry cache (min), code change", "s"},
	{cacheMeasure("min", Upgrade), seconds, "only a registry cache (min), upgrade", "s"},
	{cacheMeasure("max", Code), seconds, "only a registry cache (max), code change", "s"},
	{cacheMeasure("max", Upgrade), seconds, "only a registry cache (max), upgrade", "s"},
	{First, func(s Sample) float64 { return s.CPU }, "processor time of the first build", "s"},
	{First, func(s Sample) float64 { return float64(s.Memory) / 1e6 }, "peak memory of the first build", "MB"},
	{string(Upgrade), func(s Sample) float64 { return s.CPU }, "processor time of an upgrade", "s"},
	{Start, seconds, "docker run to the first answer", "s"},
}

// Table prints the results of each application: a line for each measure, a column for each contestant, and below each
// figure its ratio to the baseline's.
func (r *Results) Table(w io.Writer) error {
	for _, app := range applications {
		var shown []Contestant
		for _, c := range contestants {
			if r.any(app.Name, c.Name) {
				shown = append(shown, c)
			}
		}
		if len(shown) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s (%s)\n\n", app.Name, app.Title)
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		head := []string{"", ""}
		for _, c := range shown {
			head = append(head, c.Title, "")
		}
		fmt.Fprintln(t, strings.Join(head, "\t")+"\t")
		for _, row := range rows {
			base, _ := r.of(app.Name, Baseline, row.measure, 0, row.value)
			cells := []string{row.title, row.unit}
			found := false
			for _, c := range shown {
				f, ok := r.of(app.Name, c.Name, row.measure, 0, row.value)
				found = found || ok
				cells = append(cells, f.text(ok), f.ratio(base, ok))
			}
			if found {
				fmt.Fprintln(t, strings.Join(cells, "\t")+"\t")
			}
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// any reports whether a contestant has samples of an application.
func (r *Results) any(app, contestant string) bool {
	for _, s := range r.Samples {
		if s.App == app && s.Contestant == contestant && s.Packages == 0 {
			return true
		}
	}
	return false
}

// text is a figure with its spread where there are several rounds.
func (f figure) text(ok bool) string {
	if !ok {
		return "-"
	}
	if f.N > 1 && f.High-f.Low > 0.005*f.Median {
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

// short writes a number with three digits or so.
func short(n float64) string {
	switch {
	case n >= 100:
		return fmt.Sprintf("%.0f", n)
	case n >= 10:
		return fmt.Sprintf("%.1f", n)
	case n >= 1 || n == 0:
		return fmt.Sprintf("%.2f", n)
	}
	return fmt.Sprintf("%.3f", n)
}

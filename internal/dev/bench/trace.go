package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/dev/lab"
)

// trace writes the steps of a build into a file of the folder of traces, in the order of their starts: the start of
// each, in seconds after the first one, and its time in seconds. Steps may overlap.
func (r *runner) trace(j job, tag string, build *lab.Result) error {
	if r.options.Traces == "" {
		return nil
	}
	var ran []lab.Vertex
	for _, v := range build.Vertexes {
		if !v.Cached && !v.Started.IsZero() {
			ran = append(ran, v)
		}
	}
	slices.SortStableFunc(ran, func(a, b lab.Vertex) int { return a.Started.Compare(b.Started) })
	var text strings.Builder
	fmt.Fprintf(&text, "took %.3f s\n%8s %8s\n", build.Took.Seconds(), "began", "took")
	for _, v := range ran {
		fmt.Fprintf(&text, "%8.3f %8.3f %s\n", v.Started.Sub(ran[0].Started).Seconds(), v.Took.Seconds(), v.Name)
	}
	if err := os.MkdirAll(r.options.Traces, 0o755); err != nil {
		return err
	}
	name := fmt.Sprintf("%s-%s-%s-%d.txt", j.app.Name, j.contestant.Name, tag, j.round)
	return os.WriteFile(filepath.Join(r.options.Traces, name), []byte(text.String()), 0o644)
}

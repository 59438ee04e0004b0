package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/dev/lab"
)

// trace writes which steps a build ran into a file of the folder of traces: when each began and how long it took, in
// seconds from the first one, in the order of their beginnings. Steps that run at the same time overlap.
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

package bench

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/moult-build/moult/internal/dev/bench/stores"
)

// storeHead is the head of the table of the stores, one line for a store and a contestant.
var storeHead = []string{
	"store", "", "blobs written", "MB written", "requests to write", "first build, s",
	"requests, code change", "MB read", "s", "requests, upgrade", "MB read", "s",
}

// storeCells are the lines of that table.
func (r *Results) storeCells(app string) (lines [][]string) {
	for _, kind := range stores.Kinds {
		for _, name := range storing {
			c, _ := Find([]string{name})
			cell := func(measure string, value func(Sample) float64) string {
				f, ok := r.of(app, name, measure, 0, value)
				return f.text(ok)
			}
			if _, ok := r.of(app, name, storeMeasure(kind), 0, seconds); !ok {
				continue
			}
			requests := func(s Sample) float64 { return float64(s.Store.Requests) }
			line := []string{
				kind, c[0].Title,
				cell(storeMeasure(kind), func(s Sample) float64 { return float64(s.Store.Blobs) }),
				cell(storeMeasure(kind), func(s Sample) float64 { return mega(s.Store.Sent) }),
				cell(storeMeasure(kind), requests), cell(storeMeasure(kind), seconds),
			}
			for _, change := range cachedChanges {
				measure := storedMeasure(kind, change)
				line = append(line, cell(measure, requests), cell(measure, func(s Sample) float64 { return mega(s.Store.Received) }), cell(measure, seconds))
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// storePage writes the table for the page.
func (r *Results) storePage(b *bytes.Buffer) {
	lines := r.storeCells("app")
	if len(lines) == 0 {
		return
	}
	b.WriteString("\n## Stores of caches\n\nWhat a builder asks of each store of `--cache-to` with `mode=max`, for the application of 93 packages: the first build fills the store, then a fresh builder\n" +
		"that has only the store builds after a change. A folder is copied whole by the client and gets no requests. The image's layers are pushed to a registry, also where the cache is elsewhere.\n" +
		"GitHub's service is the benchmark's own, which speaks its protocol; MinIO and Azurite are the stores of S3 and Azure. All are on this machine, where a request takes no time.\n\n")
	fmt.Fprintf(b, "| %s |\n|---|---|%s\n", strings.Join(storeHead, " | "), strings.Repeat("---:|", len(storeHead)-2))
	for _, line := range lines {
		fmt.Fprintf(b, "| %s |\n", strings.Join(line, " | "))
	}
}

// storeTable prints it.
func (r *Results) storeTable(w io.Writer) error {
	lines := r.storeCells("app")
	if len(lines) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\nstores of caches, mode=max\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, strings.Join(storeHead, "\t")+"\t")
	for _, line := range lines {
		fmt.Fprintln(t, strings.Join(line, "\t")+"\t")
	}
	return t.Flush()
}

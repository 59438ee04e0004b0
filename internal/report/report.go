// Package report prints decisions for people and for programs: a plan, the
// sizes of an image, the summary of a build, its bill of materials.
//
// The input are plans and facts about their images; the output is text and
// JSON. Like package llb it comes after internal/plan in the flow. The
// frontend's answers and the command line use it. It does not talk to
// BuildKit, and the same input gives the same bytes.
package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/docker/go-units"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/plan"
)

// Build is the input of the reports.
type Build struct {
	// Target is the build target.
	Target string `json:"target"`
	// Lock is the lock that was used; nil if pip has resolved.
	Lock *Lock `json:"lock,omitempty"`
	// Platforms are the plans, one for each platform.
	Platforms []Platform `json:"platforms"`
}

// Lock is a lock file.
type Lock struct {
	// File is its name in the context, Format that of its kind.
	File   string `json:"file"`
	Format string `json:"format"`
	// Tool is the program that wrote it, if the lock names it.
	Tool string `json:"tool,omitempty"`
}

// Platform is the plan for one platform and what is known of its images.
type Platform struct {
	// Platform is "linux/arm64".
	Platform string `json:"platform"`
	// Base is the base image, pinned by its digest; empty if the base is not an
	// image, such as a named context.
	Base string `json:"base,omitempty"`
	// Plan are all decisions for the platform.
	Plan *plan.Plan `json:"plan"`
	// Layers are those of the target above its base, in order.
	Layers []plan.Layer `json:"layers"`
	// Compiled counts the application's compiled files; nil if they were not counted.
	Compiled *Compiled `json:"-"`
	// Measured are sizes that were measured in the base and the context.
	Measured Measured `json:"-"`
	// System are the base image's own packages, if they were read.
	System []SystemPackage `json:"-"`
}

// Printer is a report. Its JSON has the fields of the type.
type Printer interface {
	// Text writes the report for people.
	Text(io.Writer) error
}

// Print returns a report as text and as JSON.
func Print(p Printer) (text, data []byte, err error) {
	var t, d bytes.Buffer
	if err := p.Text(&t); err != nil {
		return nil, nil, err
	}
	e := json.NewEncoder(&d)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(p); err != nil {
		return nil, nil, err
	}
	return t.Bytes(), bytes.TrimRight(d.Bytes(), "\n"), nil
}

// printer writes text and keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// table writes rows in columns, each line indented by two blanks.
func (p *printer) table(rows [][]string) {
	if p.err != nil || len(rows) == 0 {
		return
	}
	var all bytes.Buffer
	tw := tabwriter.NewWriter(&all, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	if p.err = tw.Flush(); p.err != nil {
		return
	}
	for _, line := range strings.Split(strings.TrimRight(all.String(), "\n"), "\n") {
		p.line("%s", strings.TrimRight("  "+line, " "))
	}
}

// size is a number of bytes as a text; a dash if it is unknown.
func size(n int64) string {
	if n <= 0 {
		return "-"
	}
	return units.CustomSize("%.3g %s", float64(n), 1000, []string{"B", "kB", "MB", "GB", "TB"})
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// describe is an environment in a few words.
func describe(e environment.Environment) string {
	version := e.Python.Full
	if version == "" {
		version = e.Python.Name()
	}
	parts := []string{"Python " + version}
	if e.Libc.Family != "" {
		parts = append(parts, fmt.Sprintf("%s %d.%d", e.Libc.Family, e.Libc.Major, e.Libc.Minor))
	}
	if e.Distribution.ID != "" {
		parts = append(parts, strings.TrimSpace(e.Distribution.ID+" "+e.Distribution.Version))
	}
	return strings.Join(parts, ", ")
}

package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// table is the page that a run of the matrix writes.
type table struct {
	newest  string
	rows    []row
	columns []string
	// cells by row and column.
	cells map[string][]string
	notes []string
}

func newTable(t *testing.T, newest *engine, rows []row) *table {
	t.Helper()
	return &table{newest: newest.version(t), rows: rows, cells: map[string][]string{}}
}

// version says what an engine is, as itself tells.
func (e *engine) version(t *testing.T) string {
	t.Helper()
	if !e.docker() {
		info, err := e.Client.Info(t.Context())
		if err != nil {
			// Older than the request.
			return "BuildKit " + e.name
		}
		return "BuildKit " + info.BuildkitVersion.Version
	}
	var answer struct{ Server struct{ Version string } }
	if err := json.Unmarshal([]byte(e.must(t, "", "docker", "version", "--format", "{{json .}}")), &answer); err != nil {
		t.Fatal(err)
	}
	version, _, _ := strings.Cut(answer.Server.Version, "+")
	return fmt.Sprintf("Docker %s, %s", version, map[bool]string{true: "graph driver", false: "containerd"}[e.graph()])
}

func (p *table) column(t *testing.T, e *engine) { p.columns = append(p.columns, e.version(t)) }

// cell enters a result, or why there is none.
func (p *table) cell(row, text string) {
	if text != "yes" && text != "**no**" {
		n := slices.Index(p.notes, text)
		if n < 0 {
			n = len(p.notes)
			p.notes = append(p.notes, text)
		}
		text = fmt.Sprintf("– (%d)", n+1)
	}
	p.cells[row] = append(p.cells[row], text)
}

func (p *table) write(t *testing.T, name string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "# Engines\n\n`make test-engines` writes this page. A cell is a test that runs on that engine and on %s, and compares the results:\n"+
		"the files of images with modes, owners, sizes and times, the answers to `--call`, the lists of packages.\n\n| |", p.newest)
	for _, column := range p.columns {
		b.WriteString(" " + column + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(p.columns)) + "\n")
	for _, row := range p.rows {
		b.WriteString("| " + row.name + " | " + strings.Join(p.cells[row.name], " | ") + " |\n")
	}
	b.WriteString("\n")
	for n, note := range p.notes {
		fmt.Fprintf(&b, "%d. %s\n", n+1, note)
	}
	b.WriteString(notOnThePage)
	if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
		t.Error(err)
	}
}

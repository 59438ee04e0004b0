package integration

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moult-build/moult/internal/dev/lab/daemons"
)

// enginesPage is the page that `make test-engines` writes, and enginesResults the folder with what it is made of: one file
// for each engine, because the engines run one after another, and not all of them on the same day.
const (
	enginesPage    = "../../../docs/engines.md"
	enginesResults = "testdata/engines"
)

// column is what a run of the matrix on one engine gave.
type column struct {
	// Engine is what the engine says of itself, Newest the BuildKit that it was compared with.
	Engine string `json:"engine"`
	Newest string `json:"newest"`
	// Date is that of the run, and Commit that of Moult.
	Date   string `json:"date"`
	Commit string `json:"commit"`
	// Cells are by the rows' names: yes, no, or why the engine has nothing like it.
	Cells map[string]string `json:"cells"`
}

const (
	passed = "yes"
	failed = "**no**"
)

// newColumn begins the results of a run. Those of runs on the same day stay, where this one leaves rows out.
func newColumn(t *testing.T, newest, e *engine) *column {
	t.Helper()
	commit, err := exec.CommandContext(t.Context(), "git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		t.Fatal(err)
	}
	c := &column{
		Engine: e.version(t), Newest: newest.version(t), Date: time.Now().UTC().Format(time.DateOnly),
		Commit: strings.TrimSpace(string(commit)), Cells: map[string]string{},
	}
	if earlier, ok := readColumn(t, e.name); ok && earlier.Engine == c.Engine && earlier.Newest == c.Newest && earlier.Date == c.Date {
		c.Cells = earlier.Cells
		if !slices.Contains(strings.Fields(earlier.Commit), c.Commit) {
			c.Commit = earlier.Commit + " " + c.Commit
		}
	}
	return c
}

// readColumn reads the results of an engine, if there are any.
func readColumn(t *testing.T, name string) (c column, ok bool) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(enginesResults, name+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return c, false
	}
	if err := errors.Join(err, json.Unmarshal(content, &c)); err != nil {
		t.Fatal(err)
	}
	return c, true
}

// described says how the newest BuildKit is run, by the name of the engine.
var described = map[string]string{
	"rootless": "rootless, by rootlesskit", "containerd-worker": "with containerd's worker", "docker-container": "by buildx's driver docker-container",
	"tls": "on a port, with TLS", clustered: "by buildx's driver kubernetes", "proxy-network": "with a proxy network",
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
		version := "BuildKit " + info.BuildkitVersion.Version
		if how := described[e.name]; how != "" {
			version += ", " + how
		}
		return version
	}
	var answer struct{ Server struct{ Version string } }
	if err := json.Unmarshal([]byte(e.must(t, "", "docker", "version", "--format", "{{json .}}")), &answer); err != nil {
		t.Fatal(err)
	}
	version, _, _ := strings.Cut(answer.Server.Version, "+")
	return fmt.Sprintf("Docker %s, %s", version, map[bool]string{true: "graph driver", false: "containerd"}[e.graph()])
}

// write stores the results of a run on an engine, and makes the page anew from those of all engines.
func (c *column) write(t *testing.T, name string) {
	t.Helper()
	content, err := json.MarshalIndent(c, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(enginesResults, name+".json"), string(content)+"\n")
	write(t, enginesPage, pageOfEngines(t))
}

// pageOfEngines is the page for the results that are there, a column for each engine.
func pageOfEngines(t *testing.T) string {
	t.Helper()
	var columns []column
	for _, name := range daemons.Engines() {
		if c, ok := readColumn(t, name); ok {
			columns = append(columns, c)
		}
	}
	var b strings.Builder
	b.WriteString("# Engines\n\n`make test-engines` writes this page. A cell is a test that runs on that engine and on the newest BuildKit, and compares the results:\n" +
		"the files of images with modes, owners, sizes and times, the answers to `--call`, the lists of packages.\n\n| |")
	for _, c := range columns {
		b.WriteString(" " + c.Engine + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	var notes []string
	for _, row := range slices.Concat(always, matrix) {
		b.WriteString("| " + row.name + " |")
		for _, c := range columns {
			text, ok := c.Cells[row.name]
			switch {
			case !ok:
				text = "not run"
			case text != passed && text != failed:
				n := slices.Index(notes, text)
				if n < 0 {
					n = len(notes)
					notes = append(notes, text)
				}
				text = fmt.Sprintf("– (%d)", n+1)
			}
			b.WriteString(" " + text + " |")
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	for n, note := range notes {
		fmt.Fprintf(&b, "%d. %s\n", n+1, note)
	}
	b.WriteString("\n| engine | run on | at commit | compared with |\n|---|---|---|---|\n")
	for _, c := range columns {
		fmt.Fprintf(&b, "| %s | %s | `%s` | %s |\n", c.Engine, c.Date, c.Commit, c.Newest)
	}
	b.WriteString(notOnThePage)
	return b.String()
}

var update = flag.Bool("update", false, "write the page of the engines from the results")

func TestThePageOfEnginesShowsTheRuns(t *testing.T) {
	if *update {
		write(t, enginesPage, pageOfEngines(t))
	}
	content, err := os.ReadFile(enginesPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(content) != pageOfEngines(t) {
		t.Error("docs/engines.md is not what the results in testdata/engines give: make test-engines writes it")
	}
}

func TestTheNightlyRunHasAllEngines(t *testing.T) {
	content, err := os.ReadFile("../../../.github/workflows/nightly.yml")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(content), "        engine:\n")
	list, _, _ = strings.Cut(list, "    steps:")
	if names := strings.Fields(strings.ReplaceAll(list, "- ", "")); !slices.Equal(names, daemons.Engines()) {
		t.Errorf("the workflow runs %q, the lab has %q", names, daemons.Engines())
	}
}

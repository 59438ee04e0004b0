package lock

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
)

// pinsFormat is a format of this test: a table of names, versions and digests.
// It is all that a new format needs beside its row.
type pinsFormat struct{ plain }

func (pinsFormat) refresh(*Lock) string { return "make pins" }

func (pinsFormat) read(file *source.File, _ Options) (*Lock, error) {
	l := &Lock{Format: "pins.csv", File: file, Tool: "make"}
	rows, err := csv.NewReader(strings.NewReader(string(file.Data))).ReadAll()
	if err != nil {
		return nil, source.Errorf(source.Pos{File: file}, "%w", err)
	}
	for n, r := range rows {
		p := &Package{Name: pep503.Normalize(r[0]), Version: r[1], Pos: source.Pos{File: file, Line: n + 1}, Source: Source{Kind: FromIndex}}
		if p.Parsed, err = pep440.Parse(r[1]); err != nil {
			return nil, source.Errorf(p.Pos, "%w", err)
		}
		p.Hashes = []string{"sha256:" + r[2]}
		l.Packages = append(l.Packages, p)
	}
	return l, nil
}

func TestANewFormatIsOneTypeAndOneRow(t *testing.T) {
	old := formats
	formats = append(formats[:len(formats):len(formats)], row{"pins.csv", pinsFormat{}, isNamed("pins.csv"), []string{"pins.csv"}, maxSize})
	t.Cleanup(func() { formats = old })

	if name, others := Detect([]string{"pins.csv", "Pipfile.lock"}); name != "Pipfile.lock" || len(others) != 1 || others[0] != "pins.csv" {
		t.Errorf("found %s, then %v", name, others)
	}
	if !slices.Contains(Patterns(), "pins.csv") {
		t.Errorf("the locks are %q", Patterns())
	}
	data := "Idna,3.7," + strings.Repeat("a", 64) + "\nsix,1.17.0," + strings.Repeat("b", 64) + "\n"
	l, err := Read(&source.File{Name: "app/pins.csv", Data: []byte(data)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	env := linux("3.13.1", "x86_64")
	chosen, err := Select(l, Selection{}, env)
	if err != nil || pins(chosen) != "idna==3.7 six==1.17.0" {
		t.Errorf("%s (%v)", pins(chosen), err)
	}
	project := readProject(t, "uv")
	project.Main = project.Main[:1]
	if err := Check(l, project, Selection{}, env, chosen); err != nil {
		t.Error(err)
	}
	chosen[0].Package.Parsed = mustVersion(t, "4.0")
	if err := Check(l, project, Selection{}, env, chosen); err == nil || !strings.Contains(err.Error(), "run: make pins") {
		t.Errorf("%v", err)
	}
	if _, err := Select(l, Selection{Groups: []string{"dev"}}, env); err == nil || !strings.Contains(err.Error(), "no dependency group") {
		t.Errorf("%v", err)
	}
}

func TestANameThatIsNoLocksIsAnError(t *testing.T) {
	_, err := Read(&source.File{Name: "cargo.lock"}, Options{})
	want := "cargo.lock: cargo.lock is not the name of a lock file; Moult reads pylock.toml, uv.lock, poetry.lock, pdm.lock, Pipfile.lock, pylock.<name>.toml and requirement files (*.txt)"
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

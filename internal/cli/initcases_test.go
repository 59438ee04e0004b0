package cli

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/textfiles"
	"github.com/moult-build/moult/internal/project"
)

var update = flag.Bool("update", false, "write what comes out as what is expected")

// TestInitCarriesDockerfilesOver runs "moult init" on each project of
// testdata/init. A case is one text file (package textfiles): the project's files,
// then the files that init writes, named "want NAME", and what it says, named
// "notes".
func TestInitCarriesDockerfilesOver(t *testing.T) {
	cases, err := filepath.Glob("testdata/init/*.txt")
	if err != nil || len(cases) == 0 {
		t.Fatal(err, "no cases")
	}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			before, order := textfiles.Split(string(content))
			dir, notes := t.TempDir(), ""
			for _, file := range order {
				if file == "notes" || strings.HasPrefix(file, "want ") {
					continue
				}
				at := filepath.Join(dir, file)
				if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(at, []byte(before[file]), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			notes = initNotes(t, dir)
			got := map[string]string{"notes": notes}
			for _, file := range changed(t, dir, before) {
				after, err := os.ReadFile(filepath.Join(dir, file))
				if err != nil {
					t.Fatal(err)
				}
				got["want "+file] = string(after)
			}
			if *update {
				writeCase(t, name, before, order, got)
				return
			}
			for _, section := range order {
				if (section == "notes" || strings.HasPrefix(section, "want ")) && got[section] != before[section] {
					t.Errorf("%s: got\n%s\nwant\n%s", section, got[section], before[section])
				}
			}
			for section := range got {
				if _, ok := before[section]; !ok {
					t.Errorf("%s was not expected:\n%s", section, got[section])
				}
			}
		})
	}
}

// initNotes runs "moult init" in a folder and gives what it could not carry over.
// The build file that it writes can be read.
func initNotes(t *testing.T, dir string) string {
	t.Helper()
	c := New("test")
	var out bytes.Buffer
	c.SetOut(&out)
	c.SetErr(&out)
	c.SetArgs([]string{"init", "--syntax", "none", dir})
	if err := c.Execute(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	name := "moult.toml"
	if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
		name = "pyproject.toml"
	}
	if _, err := project.Read(project.FS(os.DirFS(dir)), name, project.Options{}); err != nil {
		t.Errorf("the build file cannot be read: %v", err)
	}
	_, notes, _ := strings.Cut(out.String(), "Not carried over, or changed:\n")
	notes, _, _ = strings.Cut(notes, "\nNext:")
	return notes
}

// changed gives the files that are new or changed, sorted.
func changed(t *testing.T, dir string, before map[string]string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(name)
		if was, ok := before[rel]; !ok || was != string(content) {
			all = append(all, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(all)
	return all
}

func writeCase(t *testing.T, name string, before map[string]string, order []string, got map[string]string) {
	t.Helper()
	var b strings.Builder
	for _, section := range order {
		if section != "notes" && !strings.HasPrefix(section, "want ") {
			b.WriteString("-- " + section + " --\n" + before[section])
		}
	}
	var sorted []string
	for section := range got {
		sorted = append(sorted, section)
	}
	sort.Sort(sort.Reverse(sort.StringSlice(sorted)))
	for _, section := range sorted {
		b.WriteString("-- " + section + " --\n" + got[section])
	}
	if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

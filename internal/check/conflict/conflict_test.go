package conflict

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/wheel"
)

const site = "opt/venv/lib/python3.13/site-packages"

// lay writes packages into a layer: by dist-info name the files with their
// content, which also stands for the hash.
func lay(t *testing.T, packages map[string]map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, files := range packages {
		rows := []wheel.Row{{Path: name + ".dist-info/RECORD", Size: -1}}
		for file, content := range files {
			rows = append(rows, wheel.Row{Path: file, Hash: "sha256=" + content, Size: int64(len(content))})
			if !strings.HasPrefix(file, "../") {
				write(t, filepath.Join(dir, site, file), content)
			}
		}
		record, err := wheel.FormatRecord(rows)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, site, name+".dist-info", "RECORD"), string(record))
	}
	return dir
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestConflicts(t *testing.T) {
	type files = map[string]string
	for _, test := range []struct {
		says   string
		layers []map[string]files
		want   []Conflict
	}{
		{"packages with files of their own", []map[string]files{{"a-1": {"a.py": "1"}}, {"b-1": {"b.py": "2"}}}, []Conflict{}},
		{"the same bytes are no conflict", []map[string]files{{"a-1": {"x.py": "1"}}, {"b-1": {"x.py": "1"}}}, []Conflict{}},
		{"the later layer wins", []map[string]files{{"b-1": {"x.py": "1"}}, {"a-1": {"x.py": "2"}}},
			[]Conflict{{Path: "x.py", Loser: "b", Winner: "a", Module: true}}},
		{"in one layer the later name wins", []map[string]files{{"A_b-1": {"x.so": "1"}, "b-1": {"x.so": "2"}}},
			[]Conflict{{Path: "x.so", Loser: "a-b", Winner: "b", Module: true}}},
		{"a file where another package has a folder", []map[string]files{{"a-1": {"x/y/z.txt": "1"}}, {"b-1": {"x/y": "2"}}},
			[]Conflict{{Path: "x/y", Loser: "a", Winner: "b", Module: true}}},
		{"a folder where another package has a file", []map[string]files{{"a-1": {"x/y": "1"}}, {"b-1": {"x/y/z.txt": "2", "x/y/w.txt": "3"}}},
			[]Conflict{{Path: "x/y", Loser: "a", Winner: "b", Module: true}}},
		{"folders that both have", []map[string]files{{"a-1": {"x/y/z.txt": "1", "../../../bin/a": "1"}}, {"b-1": {"x/y/w.txt": "2", "../../../bin/b": "1"}}}, []Conflict{}},
		{"tests at the top are nobody's module", []map[string]files{{"a-1": {"tests/__init__.py": "1"}}, {"b-1": {"tests/__init__.py": "2"}}},
			[]Conflict{{Path: "tests/__init__.py", Loser: "a", Winner: "b"}}},
		{"a shared namespace", []map[string]files{{"a-1": {"ns/__init__.py": "1"}},
			{"b-1": {"ns/__init__.py": "__path__ = __import__('pkgutil').extend_path(__path__, __name__)"}}},
			[]Conflict{{Path: "ns/__init__.py", Loser: "a", Winner: "b"}}},
		{"a command", []map[string]files{{"a-1": {"../../../bin/run": "1"}}, {"b-1": {"../../../bin/run": "2"}}},
			[]Conflict{{Path: "../../../bin/run", Loser: "a", Winner: "b"}}},
		{"a data file", []map[string]files{{"a-1": {"LICENSE": "1"}}, {"b-1": {"LICENSE": "2"}}},
			[]Conflict{{Path: "LICENSE", Loser: "a", Winner: "b"}}},
	} {
		t.Run(test.says, func(t *testing.T) {
			var layers []string
			for _, l := range test.layers {
				layers = append(layers, lay(t, l))
			}
			read, err := Read(layers, site)
			got := Find(read)
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("got %+v %v, want %+v", got, err, test.want)
			}
			dir := t.TempDir()
			if err := Write(dir, got); err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(filepath.Join(dir, AnswerFile))
			if err != nil {
				t.Fatal(err)
			}
			if again, err := Parse(content); err != nil || !slices.Equal(again, got) {
				t.Errorf("read again: %+v %v", again, err)
			}
		})
	}
}

package fromdockerfile

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

var update = flag.Bool("update", false, "write what comes out as what is expected")

const image = "registry.example.com/moult:1"

// TestDockerfiles reads each Dockerfile of testdata and compares what it makes of
// the project beside it, and what it could not carry over.
func TestDockerfiles(t *testing.T) {
	for _, name := range []string{"classic", "stages", "alpine"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("testdata", name)
			p, err := FromDockerfile("Dockerfile", read(t, filepath.Join(dir, "Dockerfile")), Project{})
			if err != nil {
				t.Fatal(err)
			}
			before := read(t, filepath.Join(dir, "pyproject.toml"))
			after, err := Edit("pyproject.toml", before, image, p)
			if err != nil {
				t.Fatal(err)
			}
			var notes strings.Builder
			for _, n := range p.Notes {
				notes.WriteString(n.String() + "\n")
			}
			golden(t, filepath.Join(dir, "want.toml"), after)
			golden(t, filepath.Join(dir, "want.txt"), []byte(notes.String()))
			if !bytes.Contains(after, bytes.TrimPrefix(before, []byte("\xef\xbb\xbf"))) {
				t.Error("the user's own text has changed")
			}
			readable(t, "pyproject.toml", after)
		})
	}
}

func TestEditing(t *testing.T) {
	empty := &Proposal{}
	t.Run("a table that is there is left alone", func(t *testing.T) {
		_, err := Edit("pyproject.toml", []byte("[tool.moult]\n"), image, empty)
		if !errors.Is(err, ErrPresent) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a table that cannot be extended is refused", func(t *testing.T) {
		if out, err := Edit("pyproject.toml", []byte("tool = {x = 1}\n"), image, empty); err == nil {
			t.Errorf("got %s", out)
		}
	})
	for name, test := range map[string]struct{ before, after string }{
		"a syntax line that is there stays":    {"# syntax=a/b:1\n[project]\n", "# syntax=a/b:1\n[project]\n\n[tool.moult]\n"},
		"it may follow another directive":      {"# check=skip=X\n# syntax=a/b:1\n", "# check=skip=X\n# syntax=a/b:1\n\n[tool.moult]\n"},
		"one below a comment does not count":   {"# hello\n# syntax=a/b:1\n", "# syntax=" + image + "\n# hello\n# syntax=a/b:1\n\n[tool.moult]\n"},
		"an empty file":                        {"", "# syntax=" + image + "\n[tool.moult]\n"},
		"line ends are those of the file":      {"[project]\r\n", "# syntax=" + image + "\r\n[project]\r\n\r\n[tool.moult]\r\n"},
		"a last line without an end is ended":  {"[project]", "# syntax=" + image + "\n[project]\n\n[tool.moult]\n"},
		"a schema line comes after the syntax": {"#:schema x.json\n", "# syntax=" + image + "\n#:schema x.json\n\n[tool.moult]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Edit("pyproject.toml", []byte(test.before), image, empty)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.after {
				t.Errorf("got\n%q\nwant\n%q", got, test.after)
			}
		})
	}
}

func TestStringsAreQuoted(t *testing.T) {
	p := &Proposal{Labels: []Variable{{"a.b", "say \"hi\"\\\n\x01"}}}
	readable(t, "moult.toml", New("", p))
}

// FuzzDockerfile makes sure that whatever can be read as a Dockerfile gives a
// file that can be read as TOML.
func FuzzDockerfile(f *testing.F) {
	for _, name := range []string{"classic", "stages", "alpine"} {
		content, err := os.ReadFile(filepath.Join("testdata", name, "Dockerfile"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		p, err := FromDockerfile("Dockerfile", content, Project{})
		if err != nil {
			return
		}
		if _, err := Edit("pyproject.toml", []byte("[project]\nname = \"x\"\n"), image, p); err != nil {
			t.Errorf("%v\n%s", err, p.TOML(true))
		}
	})
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := read(t, name); !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// readable makes sure that Moult reads what was proposed.
func readable(t *testing.T, name string, content []byte) {
	t.Helper()
	if _, err := project.Read(oneFile{name, content}, name, project.Options{}); err != nil {
		t.Errorf("%v\n%s", err, content)
	}
}

// oneFile is a project of a build file and whatever else is asked for.
type oneFile struct {
	name    string
	content []byte
}

func (f oneFile) ReadFile(name string) ([]byte, error) {
	if path.Clean(name) == f.name {
		return f.content, nil
	}
	if name == "requirements.txt" {
		return []byte("flask\n"), nil
	}
	return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
}

func (f oneFile) Exists(name string) (bool, error) {
	_, err := f.ReadFile(name)
	return err == nil, nil
}

func (f oneFile) ReadDir(string) ([]string, error) { return nil, fs.ErrNotExist }

func (f oneFile) Below(...string) (map[string][]byte, error) { return nil, nil }

func TestNamesDoNotBecomeKeys(t *testing.T) {
	p := &Proposal{Guessed: "a guess: a\nuser = \"root\"\n.py makes app", Cmd: []string{"x"}, Expose: []string{"", "080", "80/tcp", "\x1b"}}
	text := string(New("", p))
	root, err := toml.Parse(&source.File{Name: "moult.toml", Data: []byte(text)})
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if root.Get("user") != nil || !strings.Contains(text, `expose = ["080", 80, `) {
		t.Errorf("got\n%s", text)
	}
	n := Note{File: "Dockerfile", Text: "RUN \x1b[2J" + strings.Repeat("ä", 100), Why: "w"}.String()
	if strings.Contains(n, "\x1b") || !utf8.ValidString(n) {
		t.Errorf("got %q", n)
	}
}

package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/moult-build/moult/internal/project"
)

var update = flag.Bool("update", false, "write the schemas and the tables of the page")

const (
	pageFile   = "../../../docs/build-file.md"
	schemaFile = "../../../schema/moult.schema.json"
	pyproject  = "../../../schema/pyproject.schema.json"
)

func TestEveryKeyIsSaid(t *testing.T) {
	for table := range project.Tables() {
		list, err := fields(table)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range list {
			names = append(names, f.name)
			k, ok := find(table, f.name)
			if !ok || k.text == "" {
				t.Errorf("%s: nothing is said about %s", table, f.name)
			}
			if f.required != strings.HasSuffix(k.text, "required") {
				t.Errorf("%s: %s is said to be required, or not, wrongly", table, f.name)
			}
		}
		for _, k := range keys[table] {
			if !slices.Contains(names, k.name) {
				t.Errorf("%s: there is no key %s", table, k.name)
			}
		}
	}
}

func TestThePageAndTheSchemasAreUpToDate(t *testing.T) {
	page, err := os.ReadFile(pageFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []struct {
		name string
		make func() ([]byte, error)
	}{
		{pageFile, func() ([]byte, error) { return Page(page) }},
		{schemaFile, Schema},
		{pyproject, PyprojectSchema},
	} {
		want, err := file.make()
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.MkdirAll(filepath.Dir(file.name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file.name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, _ := os.ReadFile(file.name); !bytes.Equal(got, want) {
			t.Errorf("%s is out of date: run go test ./internal/cli/schema -update", strings.TrimPrefix(file.name, "../../../"))
		}
	}
}

// compile gives the schema of a pyproject.toml, ready to judge.
func compile(t *testing.T, make func() ([]byte, error)) *jsonschema.Schema {
	t.Helper()
	data, err := make()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("s.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("s.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// judge validates a TOML document.
func judge(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	var v map[string]any
	if err := toml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

func TestTheExamplesFitTheSchema(t *testing.T) {
	inPyproject, alone := compile(t, PyprojectSchema), compile(t, Schema)
	found := 0
	err := filepath.WalkDir("../../../examples", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".toml" {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		s := inPyproject
		switch {
		case bytes.Contains(data, []byte("tool.moult")):
		case filepath.Base(name) == "moult.toml":
			s = alone
		default:
			return nil
		}
		found++
		if err := judge(t, s, string(data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 3 {
		t.Errorf("only %d examples were found", found)
	}
}

// TestAFileWithEveryKeyIsTaken has the schema and the reader take one file.
func TestAFileWithEveryKeyIsTaken(t *testing.T) {
	data, err := os.ReadFile("testdata/everything.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if err := judge(t, compile(t, PyprojectSchema), text); err != nil {
		t.Error(err)
	}
	if err := read(text); err != nil {
		t.Error(err)
	}
	var v struct {
		Tool struct{ Moult any }
	}
	if err := toml.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	alone, err := toml.Marshal(v.Tool.Moult)
	if err != nil {
		t.Fatal(err)
	}
	if err := judge(t, compile(t, Schema), string(alone)); err != nil {
		t.Error(err)
	}
	for table := range project.Tables() {
		list, err := fields(table)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			if !regexp.MustCompile(`(?m)[\[{., ^\n]` + f.name + `( =|[.\]])`).MatchString(text) {
				t.Errorf("%s: the file does not have the key %s", table, f.name)
			}
		}
	}
}

var block = regexp.MustCompile("(?s)```toml\n(.*?)```")

var shortened = regexp.MustCompile(`"[0-9a-f]*\.\.\."`)

// TestTheDocumentsBlocksFitTheSchema also reads each block as a build file, for
// which the files that it names are there.
func TestTheDocumentsBlocksFitTheSchema(t *testing.T) {
	s := compile(t, PyprojectSchema)
	pages, err := filepath.Glob("../../../docs/*.md")
	if err != nil || len(pages) < 3 {
		t.Fatalf("the pages are %q, %v", pages, err)
	}
	for _, name := range pages {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range block.FindAllStringSubmatch(string(data), -1) {
			if !strings.Contains(m[1], "tool.moult") {
				continue
			}
			if err := judge(t, s, m[1]); err != nil {
				t.Errorf("%s: %v\n%s", name, err, m[1])
			}
			// Digests are cut short on a page, and so are projects.
			text := shortened.ReplaceAllString(m[1], `"`+strings.Repeat("0", 64)+`"`)
			if !strings.Contains(text, "[project]") {
				text = "[project]\nname = \"x\"\ndynamic = [\"optional-dependencies\"]\n" + text
			}
			if err := read(text); err != nil {
				t.Errorf("%s: %v\n%s", name, err, m[1])
			}
		}
	}
}

// read reads a build file in whose context every file is there.
func read(text string) error {
	_, err := project.Read(everywhere{text}, "services/api/pyproject.toml", project.Options{Describe: true})
	return err
}

type everywhere struct{ text string }

func (e everywhere) ReadFile(name string) ([]byte, error) {
	switch {
	case name == "services/api/pyproject.toml":
		return []byte(e.text), nil
	case strings.HasSuffix(name, ".txt"):
		return nil, nil
	}
	return nil, fs.ErrNotExist
}

func (everywhere) Exists(string) (bool, error)      { return true, nil }
func (everywhere) ReadDir(string) ([]string, error) { return nil, nil }

func (everywhere) Below(...string) (map[string][]byte, error) { return nil, nil }

func TestTheSchemaRefusesWhatTheReaderRefuses(t *testing.T) {
	s := compile(t, PyprojectSchema)
	for _, text := range []string{
		`copy = []`, `python = 3.13`, `extras = "x"`, `init = "tini"`, `user = {uid = 1}`, `lock = true`, `writable = [{mode = "0755"}]`,
		`files = [{from = "x"}]`, `files = [{to = "/x", in = "venv"}]`, `files = [{to = "/x", mode = "u+x"}]`, `steps = [{name = "x"}]`,
		`steps = [{run = "x"}]`, `stage.x.steps = [{run = 1}]`, `apt.run = [1]`, `target.x.copy = []`, `target.x.target = {}`, `args.X = 1`,
		`env.X = 1`, `healthcheck = true`, `app.include = "x"`, `build.env.X = true`, `package.a.no-binary = 1`,
	} {
		if err := judge(t, s, "[tool.moult]\n"+text); err == nil {
			t.Errorf("the schema takes %s", text)
		}
		if err := read("[tool.moult]\n" + text); err == nil {
			t.Errorf("the reader takes %s", text)
		}
	}
}

package lock

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

func TestAProjectThatHasChangedIsAnErrorWithTheCommand(t *testing.T) {
	for _, c := range []struct{ file, command string }{
		{"uv/uv.lock", "run: uv lock"},
		{"pylock-uv/pylock.toml", "run: uv export"},
		{"poetry/poetry.lock", "run: poetry lock"},
		{"poetry1/poetry.lock", "run: poetry lock"},
		{"pdm/pdm.lock", "run: pdm lock"},
		{"pdm-graph/pdm.lock", "run: pdm lock"},
		{"pipenv/Pipfile.lock", "run: pipenv lock"},
		{"requirements/requirements.txt", "run: uv pip compile"},
	} {
		folder, _, _ := strings.Cut(c.file, "/")
		l := readTestdata(t, c.file)
		env := linux("3.11.7", "x86_64")
		before := readProject(t, folder)
		if folder == "poetry1" {
			before = poetryProject(t)
		}
		sel := Selection{Project: before}
		chosen, err := Select(l, sel, env)
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		if err := Check(l, before, sel, env, chosen); err != nil {
			t.Errorf("%s is said not to match: %v", c.file, err)
		}
		after := changed(t, folder, before)
		err = Check(l, after, sel, env, chosen)
		if err == nil || !strings.Contains(err.Error(), "does not match the project any more") || !strings.Contains(err.Error(), c.command) {
			t.Errorf("%s: got %v", c.file, err)
		}
	}
}

// changed is the project after one more dependency.
func changed(t *testing.T, folder string, before *Project) *Project {
	t.Helper()
	after := *before
	r, _ := pep508.ParseRequirement("attrs>=23")
	after.Main = append(append([]Requirement(nil), before.Main...), Requirement{Requirement: r})
	name, old, added := "pyproject.toml", `"psutil==5.9.8",`, `"psutil==5.9.8", "attrs>=23",`
	switch folder {
	case "pipenv":
		name, old, added = "Pipfile", "[packages]\n", "[packages]\nattrs = \"*\"\n"
	case "poetry1":
		old, added = `psutil = "5.9.8"`, "psutil = \"5.9.8\"\nattrs = \"*\""
	}
	text := string(testdata(t, folder+"/"+name).Data)
	if !strings.Contains(text, old) {
		t.Fatalf("%s has no %q", folder, old)
	}
	root, err := toml.Parse(&source.File{Name: name, Data: []byte(strings.Replace(text, old, added, 1))})
	if err != nil {
		t.Fatal(err)
	}
	if folder == "pipenv" {
		after.Pipfile = root
	} else {
		after.Pyproject = root
	}
	return &after
}

func TestUVSaysWhichRequirementDiffers(t *testing.T) {
	l := readTestdata(t, "uv/uv.lock")
	env := linux("3.11.7", "x86_64")
	for _, c := range []struct {
		change func(*Project)
		want   string
	}{
		{func(p *Project) { p.Main = p.Main[1:] }, "it was made for idna<4,>=3.4, which the project does not ask for"},
		{func(p *Project) { p.Main[0].Requirement, _ = pep508.ParseRequirement("idna>=3.5,<4") }, "pyproject.toml:6:5: uv.lock does not match the project any more: the project asks for idna<4,>=3.5, the lock was made for idna<4,>=3.4"},
		{func(p *Project) { p.Main[0].Requirement, _ = pep508.ParseRequirement("IDNA <4.0, >=3.4.0") }, ""},
		{func(p *Project) { p.Main[0].Extras = []string{"all"} }, "the project asks for idna[all]<4,>=3.4, the lock was made for idna<4,>=3.4"},
		{func(p *Project) { p.RequiresPython = ">=3.10" }, "the project is for Python >=3.10"},
		{func(p *Project) { p.Extras[0].Requirements = nil }, "in the extra http"},
		{func(p *Project) { p.Groups[0].Name = "test" }, "in the group test"},
		{func(p *Project) { p.Name = "other" }, `it does not know the project "other"`},
		{func(p *Project) { p.Dynamic, p.Main = true, nil }, ""},
	} {
		p := readProject(t, "uv")
		c.change(p)
		err := Check(l, p, Selection{}, env, nil)
		if (c.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func TestJSONIsWrittenAsPythonDoes(t *testing.T) {
	root, err := toml.Parse(&source.File{Name: "t.toml", Data: []byte(
		"s = \"\u00e9\\u007F\\\"\\\\\\b\\f\U0001F40D/\"\nf = [1.0, 1e16, 1e-5, 0.1, 123456789.125, -0.0, inf, nan]\nb = true\ni = 0x10\n[t]\nz = 1\na = {}\n")})
	if err != nil {
		t.Fatal(err)
	}
	got, err := dumpPython(root, false)
	want := `{"b": true, "f": [1.0, 1e+16, 1e-05, 0.1, 123456789.125, -0.0, Infinity, NaN], "i": 16, ` +
		`"s": "\u00e9\u007f\"\\\b\f\ud83d\udc0d/", "t": {"a": {}, "z": 1}}`
	if err != nil || got != want {
		t.Errorf("got  %s (%v)\nwant %s", got, err, want)
	}
	if got, _ := dumpPython(map[string]any{"a": nil, "b": []any{}}, true); got != `{"a":null,"b":[]}` {
		t.Error(got)
	}
}

func TestAStaleLockNamesTheOneThatWasPassedOver(t *testing.T) {
	l := readTestdata(t, "pylock-uv/pylock.toml")
	l.Others = []string{"uv.lock"}
	project := readProject(t, "pylock-uv")
	project.Main[0].Specifier = mustSpecifiers(t, ">=99")
	env := linux("3.13.1", "x86_64")
	chosen, err := Select(l, Selection{}, env)
	if err != nil {
		t.Fatal(err)
	}
	want := "; run: uv export --format pylock.toml -o pylock.toml; or remove pylock.toml, so that uv.lock is read"
	if err := Check(l, project, Selection{}, env, chosen); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v", err)
	}
}

func mustSpecifiers(t *testing.T, text string) pep440.SpecifierSet {
	t.Helper()
	set, err := pep440.ParseSpecifierSet(text)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

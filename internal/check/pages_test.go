package check_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/check/conflict"
	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

var update = flag.Bool("update", false, "write the index of the pages")

const pages = "../../docs/rules"

// example is an example of a page: files, the project's folder as far as it is
// shown, and build arguments.
type example struct {
	files  fstest.MapFS
	folder []string
	args   map[string]string
}

var (
	fileName = regexp.MustCompile("^`([^`]+)`:$")
	buildArg = regexp.MustCompile(`--build-arg (\w+)=(\S+)`)
)

// readPage reads the examples of a page.
func readPage(t *testing.T, content string) (bad, good example) {
	t.Helper()
	bad = example{files: fstest.MapFS{}, args: map[string]string{}}
	good = example{files: fstest.MapFS{}, args: map[string]string{}}
	var at *example
	name, fence := "", ""
	var text strings.Builder
	for line := range strings.Lines(content) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case fence != "":
			if line != "```" {
				text.WriteString(line + "\n")
				continue
			}
			switch {
			case at == nil:
				t.Fatal("an example stands under no heading")
			case fence == "sh":
				for _, m := range buildArg.FindAllStringSubmatch(text.String(), -1) {
					at.args[m[1]] = m[2]
				}
			case name == "":
				at.folder = strings.Fields(text.String())
			default:
				at.files[name] = &fstest.MapFile{Data: []byte(text.String())}
			}
			fence, name = "", ""
			text.Reset()
		case strings.HasPrefix(line, "```"):
			fence = line[3:]
		case line == "## Bad":
			at = &bad
		case line == "## Good":
			at = &good
		case fileName.MatchString(line):
			name = fileName.FindStringSubmatch(line)[1]
		}
	}
	return bad, good
}

// program is a file that an image can start. An example without a command is about something else.
const program = "if __name__ == \"__main__\":\n    print()\n"

// find runs every rule on an example, as the frontend does.
func (e example) find(t *testing.T) []check.Finding {
	t.Helper()
	const name = "pyproject.toml"
	options, err := check.ReadOptions(&source.File{Name: name, Data: e.files[name].Data})
	if err != nil {
		t.Fatal(err)
	}
	if e.files["main.py"] == nil {
		e.files["main.py"] = &fstest.MapFile{Data: []byte(program)}
	}
	p, d, err := worldtest.Decide(t.Context(), worldtest.Files(e.files), name, project.Options{Args: e.args}, worldtest.World{Programs: []string{"/usr/bin/sh"}})
	all, rest := check.Errors(err)
	if len(rest) > 0 {
		t.Fatalf("the example cannot be planned: %v", rest)
	}
	all = append(all, check.Project{
		Project: p.Project, Options: options, Python: p.Chosen, Command: p.Command, Locks: p.Locks, Args: e.args, Today: check.Today,
	}.Check()...)
	if d == nil {
		return all
	}
	env := d.Plan.Environment
	all = append(all, check.Plan{Project: p.Project, Python: p.Chosen, Environment: env, Plan: d.Plan, Today: check.Today}.Check()...)

	positions := map[string]source.Pos{}
	for _, pkg := range d.Plan.Packages {
		positions[pkg.Name] = cmp.Or(check.RequiredAt(p.Project, pkg.Name), pkg.Pos)
	}
	layers := installed(t, d.Plan)
	all = append(all, check.Conflicts(conflict.Find(layers), positions)...)
	all = append(all, check.Libraries(missing(t, layers, p.Project, env), env, positions)...)
	all = append(all, e.programs(t, p.Project, d, layers)...)
	all = append(all, e.modules(t, p.Project, d.Plan, layers)...)
	all = append(all, e.compiled(t, p.Project, d.Plan)...)
	all = append(all, check.EmptyPatterns(e.withoutMatch(t, plan.ContextPatterns(p.Project, d.Plan)))...)
	all = append(all, check.DeletingNames(slices.DeleteFunc(slices.Clone(e.folder), func(name string) bool { return !plan.InApp(p.Project, name) }), p.Settings.Pos)...)
	files := e.suspects(t, p.Project)
	all = append(all, check.Databases(files, d.Plan, p.Settings.Pos)...)
	return append(all, check.Files(files, p.Settings.Pos)...)
}

func TestEveryRuleHasAPageWithExamplesThatShowIt(t *testing.T) {
	for _, rule := range check.Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			content, err := os.ReadFile(pages + "/" + rule.Page() + ".md")
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(content), "# "+rule.Name+"\n\n"+rule.Description+"\n") {
				t.Error("the page does not begin with the rule's name and description")
			}
			bad, good := readPage(t, string(content))
			var hit *check.Finding
			for _, f := range bad.find(t) {
				if f.Rule == rule {
					hit = &f
				}
			}
			if hit == nil {
				t.Fatalf("the bad example does not break it; found: %v", check.Texts(bad.find(t)))
			}
			if hit.Msg == "" || strings.HasSuffix(hit.Text(), ".") {
				t.Errorf("its message is %q", hit.Text())
			}
			// What the command line alone says has no line.
			if rule != check.SecretInArgument && !hit.Pos.IsValid() {
				t.Errorf("%q has no place", hit.Msg)
			}
			for _, f := range good.find(t) {
				if f.Rule == rule {
					t.Errorf("the good example breaks it: %s", f.Text())
				}
			}
		})
	}
}

func TestTheIndexOfThePagesHasEveryRule(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(`# Rules

` + "`docker buildx build --check -f pyproject.toml .`" + ` checks a project by these rules. It prints what it finds with the lines, and fails if it finds anything. A check compiles nothing.
Five rules read the files of the packages: FileConflict, ModuleConflict, MissingLibrary, MissingModule and MissingProgram. A check fetches the wheels for them if the lock has a wheel for every package.
For other projects a build reports these five. Only a build reports InvalidSyntax. A build also reports the findings of all other rules, as warnings.

A comment at the head of the build file, before its first key, configures the rules:

` + "```toml" + `
# syntax=registry.example.com/moult:1
# check=skip=NoLock,DevTool;error=true
` + "```" + `

` + "`skip=all`" + ` skips all warnings, and ` + "`error=true`" + ` makes every warning end the build. The build argument ` + "`BUILDKIT_DOCKERFILE_CHECK`" + ` has the same form and replaces the comment. A rule of the level "error" ends
a build, and is skipped only by its own name. A rule that is marked "fixed" cannot be skipped, because a build that breaks it cannot go on.

| rule | what it finds | level |
|---|---|---|
`)
	for _, r := range check.Rules() {
		level := "warning"
		if r.Level == check.Error {
			level = "error"
		}
		if r.Fixed {
			level += ", fixed"
		}
		fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s |\n", r.Name, r.Page(), r.Description, level)
	}
	name := pages + "/README.md"
	if *update {
		if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(content, b.Bytes()) {
		t.Errorf("docs/rules/README.md is not up to date (go test ./internal/check -update): %v", err)
	}
	entries, err := os.ReadDir(pages)
	if err != nil || len(entries) != len(check.Rules())+1 {
		t.Errorf("docs/rules has %d files for %d rules: %v", len(entries), len(check.Rules()), err)
	}
}

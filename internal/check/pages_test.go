package check

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/check/conflict"
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/start"
	"github.com/moult-build/moult/internal/source"
)

var update = flag.Bool("update", false, "write the index of the pages")

const pages = "../../docs/rules"

// today is the day of the tests, by which the examples were chosen.
const today = "2026-11-23"

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

// bases are distributions by the end of an image's name.
var bases = map[string]environment.Distribution{
	"-buster": {ID: "debian", Version: "10"}, "-bookworm": {ID: "debian", Version: "12"}, "": {ID: "debian", Version: "13"},
}

// find runs every rule on an example, as the frontend does.
func (e example) find(t *testing.T) []Finding {
	t.Helper()
	file := &source.File{Name: "pyproject.toml", Data: e.files["pyproject.toml"].Data}
	options, err := ReadOptions(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []Finding
	failed := func(err error) bool {
		found, rest := Errors(err)
		if len(rest) > 0 {
			t.Fatalf("the example cannot be read: %v", rest)
		}
		all = append(all, found...)
		return err != nil
	}
	p, err := project.Read(project.FS(e.files), file.Name, project.Options{Args: e.args})
	stop := failed(err)
	in := Project{Project: p, Options: options, Args: e.args, Today: today}
	if !stop {
		in.Python, err = project.ChoosePython(p)
		stop = failed(err)
	}
	if !stop {
		if requested, err := project.Requirements(p, project.Selection{}); err == nil {
			// An example without a command is about something else.
			in.Command, _ = start.Command(start.Input{Project: p, Files: start.FS(e.files), Has: start.Installed(requested),
				Copied: func(name string) bool { return plan.InApp(p, name) }})
		}
		in.Locks = e.locks(t, p)
	}
	all = append(all, in.Check()...)
	if stop || in.Locks.Used != nil && in.Locks.Used.Format == lock.Requirements {
		return all // a lock without addresses is planned after the index was asked
	}
	env := environment.Environment{
		Platform: environment.Platform{OS: "linux", Arch: "amd64"},
		Python:   environment.Python{Major: in.Python.X, Minor: in.Python.Y, Full: in.Python.Minor + ".5"},
		Libc:     environment.Libc{Family: "glibc", Major: 2, Minor: 36},
		Manager:  environment.Apt,
	}
	for suffix, d := range bases {
		if p.Settings.Base == nil && suffix == "" || p.Settings.Base != nil && strings.HasSuffix(p.Settings.Base.V, suffix) {
			if suffix != "" || env.Distribution.ID == "" {
				env.Distribution = d
			}
		}
	}
	planned := plan.Input{Project: p, Python: in.Python, Environment: env}
	l := plan.Locked{Lock: in.Locks.Used}
	markers := env.Markers()
	if planned.Requested, err = project.Requirements(p, project.Selection{Groups: p.Settings.Groups, Environment: &markers}); err != nil {
		t.Fatal(err)
	}
	if l.Lock != nil {
		selection := lock.Selection{Member: p.Name.V, Project: plan.LockProject(p, nil, nil)}
		if l.Chosen, err = lock.Select(l.Lock, selection, markers); err != nil {
			t.Fatal(err)
		}
		failed(lock.Check(l.Lock, selection.Project, selection, markers, l.Chosen))
		planned.Resolution = l
	}
	decided, err := plan.New(planned)
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, Plan{Project: p, Python: in.Python, Environment: env, Plan: decided, Today: today}.Check()...)

	positions := map[string]source.Pos{}
	for _, pkg := range decided.Packages {
		positions[pkg.Name] = cmp.Or(RequiredAt(p, pkg.Name), pkg.Pos)
	}
	layers := installed(t, decided)
	all = append(all, Conflicts(conflict.Find(layers), positions)...)
	all = append(all, Libraries(missing(t, layers, p, env), env, positions)...)
	return append(all, Files(e.suspects(t, p), p.Settings.Pos)...)
}

// locks finds an example's lock as the frontend does.
func (e example) locks(t *testing.T, p *project.Project) *lock.Found {
	t.Helper()
	locks := &lock.Found{}
	var beside []string
	for name := range e.files {
		beside = append(beside, name)
	}
	name, others := lock.Detect(beside)
	if p.Settings.Lock.File != "" {
		name, others = p.Settings.Lock.File, nil
	}
	if name == "" && len(p.RequirementFiles) == 1 && len(p.Dependencies) == 0 {
		name = p.RequirementFiles[0].Name.V
	}
	if name == "" {
		return locks
	}
	locks.Others = others
	l, err := lock.Read(&source.File{Name: name, Data: e.files[name].Data}, lock.Options{})
	if errors.Is(err, lock.ErrNotLocked) {
		errors.As(err, &locks.NotLocked)
		return locks
	}
	if err != nil {
		t.Fatal(err)
	}
	locks.Used = l
	return locks
}

func TestEveryRuleHasAPageWithExamplesThatShowIt(t *testing.T) {
	for _, rule := range Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			content, err := os.ReadFile(pages + "/" + rule.Page() + ".md")
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(content), "# "+rule.Name+"\n\n"+rule.Description+"\n") {
				t.Error("the page does not begin with the rule's name and description")
			}
			bad, good := readPage(t, string(content))
			var hit *Finding
			for _, f := range bad.find(t) {
				if f.Rule == rule {
					hit = &f
				}
			}
			if hit == nil {
				t.Fatalf("the bad example does not break it; found: %v", texts(bad.find(t)))
			}
			if hit.Msg == "" || strings.HasSuffix(hit.Text(), ".") {
				t.Errorf("its message is %q", hit.Text())
			}
			// What the command line alone says has no line.
			if rule != SecretInArgument && !hit.Pos.IsValid() {
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

func texts(found []Finding) []string {
	var all []string
	for _, f := range found {
		all = append(all, fmt.Sprintf("%s: %s: %s", f.Pos, f.Rule.Name, f.Text()))
	}
	return all
}

func TestTheIndexOfThePagesHasEveryRule(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(`# Rules

` + "`docker buildx build --check -f pyproject.toml .`" + ` checks a project by these rules. It prints what it finds with the lines, and fails if it finds anything. A check compiles nothing.
Three rules read the files of the packages: FileConflict, ModuleConflict and MissingLibrary. A check fetches the wheels for them if the lock has a wheel for every package.
For other projects a build reports these three. A build also reports the findings of all other rules, as warnings.

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
	for _, r := range Rules() {
		level := "warning"
		if r.Level == Error {
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
	if err != nil || len(entries) != len(Rules())+1 {
		t.Errorf("docs/rules has %d files for %d rules: %v", len(entries), len(Rules()), err)
	}
}

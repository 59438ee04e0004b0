package fromdockerfile

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/distribution/reference"
	"github.com/google/shlex"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// FromDockerfile reads what a Dockerfile says into a proposal. Of several
// stages the last is the image, and the others count as its builder.
func FromDockerfile(name string, content []byte) (*Proposal, error) {
	ast, err := parser.Parse(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	stages, args, err := instructions.Parse(ast.AST, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(stages) == 0 {
		return nil, fmt.Errorf("%s has no FROM", name)
	}
	d := &dockerfile{
		Proposal: &Proposal{}, name: name, lex: shell.NewLex(ast.EscapeToken), args: map[string]string{},
		workdir: "/", users: map[string]bool{}, stages: map[string]*instructions.Stage{},
	}
	for _, a := range args {
		for _, v := range a.Args {
			if v.Value != nil {
				d.args[v.Key] = d.expand(*v.Value, d.args)
			}
		}
	}
	for n := range stages {
		if stages[n].Name != "" {
			d.stages[strings.ToLower(stages[n].Name)] = &stages[n]
		}
	}
	final := &stages[len(stages)-1]
	d.read(stages, final)
	d.finish()
	return d.Proposal, nil
}

// dockerfile is a Dockerfile being read.
type dockerfile struct {
	*Proposal
	name    string
	lex     *shell.Lex
	args    map[string]string
	stages  map[string]*instructions.Stage
	workdir string
	users   map[string]bool
	declare []Variable
	// apk is whether the image is Alpine's.
	apk bool
}

func (d *dockerfile) note(at []parser.Range, text, why string) {
	n := Note{File: d.name, Text: text, Why: why}
	if len(at) > 0 {
		n.Line = at[0].Start.Line
	}
	d.Notes = append(d.Notes, n)
}

// expand replaces variables that are known; others stay.
func (d *dockerfile) expand(word string, env map[string]string) string {
	if out, _, err := d.lex.ProcessWord(word, getter(env)); err == nil {
		return out
	}
	return word
}

type getter map[string]string

func (g getter) Get(key string) (string, bool) { v, ok := g[key]; return v, ok }
func (g getter) Keys() []string {
	var all []string
	for k := range g {
		all = append(all, k)
	}
	return all
}

// chain is a stage with those it stands on, the first first.
func (d *dockerfile) chain(s *instructions.Stage) []*instructions.Stage {
	all := []*instructions.Stage{s}
	for len(all) < 20 {
		parent := d.stages[strings.ToLower(d.expand(all[0].BaseName, d.args))]
		if parent == nil || slices.Contains(all, parent) {
			break
		}
		all = append([]*instructions.Stage{parent}, all...)
	}
	return all
}

func (d *dockerfile) read(stages []instructions.Stage, final *instructions.Stage) {
	image := d.chain(final)
	base := d.expand(image[0].BaseName, d.args)
	d.apk = strings.Contains(base, "alpine")
	d.base(base)
	for n := range stages {
		s := &stages[n]
		if slices.Contains(image, s) {
			continue
		}
		if !d.pythonStage(s) {
			d.note(s.Location, s.OrigCmd+" "+s.BaseName+as(s.Name), "write it as [tool.moult.stage."+cmpOr(s.Name, "NAME")+"] with its steps and outputs")
			continue
		}
		for _, c := range s.Commands {
			if run, ok := c.(*instructions.RunCommand); ok {
				d.run(run, true)
			}
		}
	}
	for _, s := range image {
		for _, c := range s.Commands {
			d.command(c)
		}
	}
}

func as(name string) string {
	if name == "" {
		return ""
	}
	return " AS " + name
}

func cmpOr(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// pythonStage reports whether a stage builds the environment, as Moult's
// builder does, and is not something of its own.
func (d *dockerfile) pythonStage(s *instructions.Stage) bool {
	base := d.expand(d.chain(s)[0].BaseName, d.args)
	if strings.Contains(base, "python") || strings.Contains(base, "astral-sh/uv") {
		return true
	}
	for _, c := range s.Commands {
		if run, ok := c.(*instructions.RunCommand); ok && installer.MatchString(strings.Join(run.CmdLine, " ")) {
			return true
		}
	}
	return false
}

// installer recognises the tools that install Python packages.
var installer = regexp.MustCompile(`\b(pip3?|uv|poetry|pdm|pipenv)\s+(install|sync|pip|export|venv)\b|-m\s+(pip|venv)\b`)

// official are the tags of the official images that Moult chooses by itself.
var official = regexp.MustCompile(`^(?:docker\.io/)?(?:library/)?python:(\d+\.\d+)(?:\.\d+)?(-slim)?(?:-(?:bookworm|trixie|bullseye))?$`)

// base reads the image's base. The official images are what Moult takes by
// itself; then the version of Python says it all.
func (d *dockerfile) base(ref string) {
	if m := official.FindStringSubmatch(ref); m != nil {
		d.Python = m[1]
		if m[2] == "" {
			// The full image is there for its compilers, which stay in the
			// builder.
			d.Notes = append(d.Notes, Note{File: d.name, Text: "FROM " + ref,
				Why: "the image stands on python:" + m[1] + `-slim instead, compilers are in the builder alone; base = "` + ref + `" keeps it`})
		}
		return
	}
	if _, err := reference.ParseNormalizedNamed(ref); err == nil && ref != "scratch" {
		d.Base = ref
		return
	}
	d.Notes = append(d.Notes, Note{File: d.name, Text: "FROM " + ref, Why: "name the image as base"})
}

// command reads an instruction of the image's stages.
func (d *dockerfile) command(c instructions.Command) {
	at := c.Location()
	switch c := c.(type) {
	case *instructions.EnvCommand:
		for _, kv := range c.Env {
			d.env(kv.Key, kv.Value, at)
		}
	case *instructions.LabelCommand:
		for _, kv := range c.Labels {
			d.Labels = set(d.Labels, kv.Key, d.unquote(kv.Value))
		}
	case *instructions.ArgCommand:
		for _, a := range c.Args {
			value := ""
			if a.Value != nil {
				value = d.unquote(*a.Value)
			} else if v, ok := d.args[a.Key]; ok {
				value = v
			}
			d.declare = set(d.declare, a.Key, value)
		}
	case *instructions.ExposeCommand:
		for _, p := range c.Ports {
			d.Expose = append(d.Expose, d.expand(p, d.args))
		}
	case *instructions.WorkdirCommand:
		d.workdir = clean(d.workdir, d.expand(c.Path, d.args))
	case *instructions.UserCommand:
		d.User = c.User
	case *instructions.VolumeCommand:
		d.Volumes = append(d.Volumes, c.Volumes...)
	case *instructions.StopSignalCommand:
		d.StopSignal = c.Signal
	case *instructions.CmdCommand:
		d.Cmd = d.words(c.ShellDependantCmdLine, at, "CMD")
	case *instructions.EntrypointCommand:
		d.Entrypoint = d.words(c.ShellDependantCmdLine, at, "ENTRYPOINT")
		// As in a Dockerfile: an entrypoint resets the command of the base.
	case *instructions.HealthCheckCommand:
		d.healthcheck(c, at)
	case *instructions.RunCommand:
		d.run(c, false)
	case *instructions.CopyCommand:
		d.copy(c)
	case *instructions.AddCommand:
		if len(c.SourcePaths) == 1 && isURL(c.SourcePaths[0]) {
			d.note(at, c.String(), "write it as [[tool.moult.files]] with url and sha256")
			return
		}
		d.copyPaths(c.SourcesAndDest, at, c.String())
	case *instructions.ShellCommand, *instructions.MaintainerCommand:
	default:
		d.note(at, fmt.Sprint(c), "there is no twin of it")
	}
}

// unquote takes the quotes off a value and writes its variables as ${NAME}.
func (d *dockerfile) unquote(v string) string {
	if len(v) >= 2 && (v[0] == '"' || v[0] == '\'') && v[len(v)-1] == v[0] {
		v = v[1 : len(v)-1]
	}
	return braces.ReplaceAllString(v, "${$1}")
}

// braces finds variables written without them.
var braces = regexp.MustCompile(`\$([A-Za-z_][A-Za-z0-9_]*)`)

// ours are variables that Moult sets, or that only speak to tools that are not
// in the image; patterns end with a star.
var ours = []string{"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "PIP_*", "UV_*", "POETRY_*", "PDM_*", "PIPENV_*", "DEBIAN_FRONTEND", "PYTHON_VERSION"}

func (d *dockerfile) env(name, value string, at []parser.Range) {
	for _, o := range ours {
		if prefix, ok := strings.CutSuffix(o, "*"); ok && strings.HasPrefix(name, prefix) || name == o {
			return
		}
	}
	value = d.unquote(value)
	if name == "PATH" {
		// The environment's programs are found without it.
		folders := slices.DeleteFunc(strings.Split(value, ":"), func(dir string) bool {
			return strings.Contains(dir, "venv") || strings.Contains(dir, "VIRTUAL_ENV") || strings.Contains(dir, "/.local/bin") || strings.Contains(dir, "poetry")
		})
		if slices.Equal(folders, []string{"${PATH}"}) {
			return
		}
		value = strings.Join(folders, ":")
	}
	if name == "PYTHONPATH" && (value == "/app" || value == d.workdir || value == ".") {
		d.note(at, "ENV PYTHONPATH="+value, "kept; the working directory is on the path of python -m and of most servers anyway")
	}
	d.Env = set(d.Env, name, value)
}

func set(all []Variable, name, value string) []Variable {
	for n := range all {
		if all[n].Name == name {
			all[n].Value = value
			return all
		}
	}
	return append(all, Variable{name, value})
}

// words is a command as a list. A shell form that only a shell understands
// keeps its shell.
func (d *dockerfile) words(c instructions.ShellDependantCmdLine, at []parser.Range, what string) []string {
	if !c.PrependShell {
		return c.CmdLine
	}
	line := strings.Join(c.CmdLine, " ")
	rest := strings.TrimPrefix(strings.TrimSpace(line), "exec ")
	if !strings.ContainsAny(rest, "$&|;<>`(){}*?~\n") {
		if words, err := shlex.Split(rest); err == nil && len(words) > 0 && !strings.Contains(words[0], "=") {
			return words
		}
	}
	d.note(at, what+" "+line, `carried over with its shell; a list without "sh" would pass signals on to the program`)
	return []string{"sh", "-c", line}
}

func (d *dockerfile) healthcheck(c *instructions.HealthCheckCommand, at []parser.Range) {
	h := c.Health
	if h == nil || len(h.Test) == 0 || h.Test[0] == "NONE" {
		return
	}
	out := &Healthcheck{Retries: h.Retries, Interval: duration(h.Interval), Timeout: duration(h.Timeout), StartPeriod: duration(h.StartPeriod)}
	if h.Test[0] == "CMD" {
		out.Cmd = h.Test[1:]
	} else {
		line := regexp.MustCompile(`\s*\|\|\s*exit\s+1\s*$`).ReplaceAllString(strings.Join(h.Test[1:], " "), "")
		out.Cmd = d.words(instructions.ShellDependantCmdLine{CmdLine: []string{line}, PrependShell: true}, at, "HEALTHCHECK")
	}
	d.Healthcheck = out
}

func duration(t time.Duration) string {
	if t == 0 {
		return ""
	}
	s := t.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// finish puts together what several instructions say.
func (d *dockerfile) finish() {
	if d.workdir != "/app" && d.workdir != "/" {
		d.Folder = d.workdir
	}
	name, _, _ := strings.Cut(d.User, ":")
	switch {
	case d.User == "" || strings.Trim(d.User, "0123456789:") == "":
		if d.User == "" {
			d.Notes = append(d.Notes, Note{File: d.name, Text: "no USER", Why: `the image ran as root; now it runs as 65532, and user = "root" takes that back`})
		}
	case d.users[name]:
		d.User, d.NewUser = "", name
	}
	used := func(name string) bool {
		in := func(all []Variable) bool {
			return slices.ContainsFunc(all, func(v Variable) bool { return strings.Contains(v.Value, "${"+name) })
		}
		return in(d.Env) || in(d.Labels)
	}
	for _, a := range d.declare {
		if used(a.Name) {
			d.Args = append(d.Args, a)
		}
	}
	for _, list := range []*[]string{&d.AptBuild, &d.AptRun, &d.ApkBuild, &d.ApkRun} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	d.Requirements = slices.Compact(d.Requirements)
}

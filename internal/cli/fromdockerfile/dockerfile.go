package fromdockerfile

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// FromDockerfile makes a proposal from a Dockerfile. The last stage is the
// image; the stages from which it copies are its builder. The error is that of
// a Dockerfile that cannot be parsed.
func FromDockerfile(name string, content []byte, project Project) (*Proposal, error) {
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
		Proposal: &Proposal{}, name: name, lex: shell.NewLex(ast.EscapeToken), args: map[string]string{}, project: project,
		stages: map[string]*instructions.Stage{},
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
		d.stages[strconv.Itoa(n)] = &stages[n]
	}
	d = d.fresh()
	final := &stages[len(stages)-1]
	d.image(stages, final)
	d.targets(stages, final)
	// The notes of single lines come first, in their order.
	slices.SortStableFunc(d.Notes, func(a, b Note) int { return cmp.Compare(a.order(name), b.order(name)) })
	return d.Proposal, nil
}

// dockerfile is the state of reading a Dockerfile.
type dockerfile struct {
	*Proposal
	name    string
	project Project
	// variant is true for an image that becomes a target.
	variant bool
	lex     *shell.Lex
	args    map[string]string
	stages  map[string]*instructions.Stage

	// users and groups are those that the Dockerfile creates, by their names.
	users  map[string]Account
	groups map[string]int
	// systemUsers and systemGroups are the numbers of users and groups that got a
	// system number.
	systemUsers, systemGroups int
	declare                   []Variable
	// bare is true if the base has no Python; release is its distribution.
	bare    bool
	release distribution
	// home is the application's folder in the Dockerfile's image.
	home string
	// made are folders that the Dockerfile creates, owned are paths that a user
	// may write.
	made     []string
	owned    []owned
	required []required
	// added are package repositories and keys their keys, network files of the
	// network.
	added   []addedRepository
	keys    []signingKey
	network []networkFile
	// built are commands of the project in the stages of the builder, of which
	// current is the one that is read.
	built   []builtStep
	current *instructions.Stage
	// full is true for a full official image as the base, which becomes the slim one.
	// started are the programs that the image starts, also by its scripts.
	full    bool
	started []string
	// gitForBuilds tell that git is for builds alone, unless a script starts it.
	gitForBuilds []func()
	// told are the files that were reported. toldOwner is true if it was reported
	// that the application belongs to root.
	told      []string
	toldOwner bool
	// toldElsewhere is true if it was reported that the project is in another
	// folder.
	toldElsewhere bool
	// development are the groups for development that were installed.
	development map[string][]parser.Range
	// inStages are the files of the context in the stages of the builder.
	inStages map[*instructions.Stage][]place
	// arguments are the names of all ARGs.
	arguments map[string]bool

	// The state of the current stage: whether it belongs to the builder, its
	// working directory, its variables, and its files of the context.
	builder bool
	// ownCmd is true if it has a CMD. scriptDepth is the number of scripts that
	// have led to the current command.
	scriptDepth int
	// shell is the command of SHELL; nil is that of the base.
	shell   []string
	ownCmd  bool
	workdir string
	vars    map[string]string
	copies  []place
}

// fresh returns a new state for the same Dockerfile.
func (d *dockerfile) fresh() *dockerfile {
	return &dockerfile{
		Proposal: &Proposal{}, name: d.name, project: d.project, lex: d.lex, args: d.args, stages: d.stages,
		users: map[string]Account{}, groups: map[string]int{}, inStages: map[*instructions.Stage][]place{},
		arguments: map[string]bool{},
	}
}

// stage finds a stage by its name or number.
func (d *dockerfile) stage(name string) *instructions.Stage { return d.stages[strings.ToLower(name)] }

// note records a line that was not carried over. at is nil if no single
// instruction has it.
func (d *dockerfile) note(at []parser.Range, text, why string) {
	n := Note{File: d.name, Text: text, Why: why}
	if len(at) > 0 {
		n.Line = at[0].Start.Line
	}
	d.Notes = append(d.Notes, n)
}

// expand replaces known variables; others stay.
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

// command reads an instruction of the image's stages.
func (d *dockerfile) command(c instructions.Command) {
	at := c.Location()
	// A value refers to variables of earlier instructions.
	defer d.scope(c)
	switch c := c.(type) {
	case *instructions.EnvCommand:
		for _, kv := range c.Env {
			d.env(kv.Key, kv.Value, at)
		}
	case *instructions.LabelCommand:
		for _, kv := range c.Labels {
			name := d.expand(kv.Key, d.vars)
			if name == "" || strings.ContainsAny(name, " \t\r\n=") {
				d.note(at, "LABEL "+kv.Key, "a label's name has no spaces")
				continue
			}
			d.Labels = set(d.Labels, name, d.value(kv.Value))
		}
	case *instructions.ArgCommand:
		for _, a := range c.Args {
			value := ""
			if a.Value != nil {
				value = d.value(*a.Value)
			} else if v, ok := d.args[a.Key]; ok {
				value = v
			}
			d.declare = set(d.declare, a.Key, value)
		}
	case *instructions.ExposeCommand:
		for _, p := range c.Ports {
			d.Expose = append(d.Expose, d.expand(p, d.vars))
		}
	case *instructions.WorkdirCommand:
	case *instructions.UserCommand:
		d.User = d.expand(c.User, d.vars)
	case *instructions.VolumeCommand:
		for _, v := range c.Volumes {
			d.Volumes = append(d.Volumes, clean("/", d.expand(v, d.vars)))
		}
	case *instructions.StopSignalCommand:
		d.StopSignal = d.expand(c.Signal, d.vars)
	case *instructions.CmdCommand:
		d.Cmd, d.ownCmd = d.words(c.ShellDependantCmdLine, at, "CMD"), true
	case *instructions.EntrypointCommand:
		d.Entrypoint = d.words(c.ShellDependantCmdLine, at, "ENTRYPOINT")
		// As in a Dockerfile, an entrypoint resets the command of the parent stage.
		if !d.ownCmd {
			d.Cmd = nil
		}
	case *instructions.HealthCheckCommand:
		d.healthcheck(c, at)
	case *instructions.RunCommand:
		d.run(c, false)
	case *instructions.CopyCommand:
		d.copy(c)
	case *instructions.AddCommand:
		d.add(c)
	case *instructions.ShellCommand:
		d.shell = c.Shell
	case *instructions.MaintainerCommand:
	default:
		d.note(at, fmt.Sprint(c), "there is no twin of it")
	}
}

// ours are variables that Moult sets, or that only tools outside of the image
// read. Patterns end with a star.
var ours = []string{"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "PIP_*", "UV_*", "POETRY_*", "PDM_*", "PIPENV_*", "DEBIAN_FRONTEND", "PYTHON_VERSION"}

// isOurs reports whether a variable is one of ours.
func isOurs(name string) bool {
	return slices.ContainsFunc(ours, func(o string) bool {
		prefix, ok := strings.CutSuffix(o, "*")
		return ok && strings.HasPrefix(name, prefix) || name == o
	})
}

// namesOurs reports whether a text has a reference to a variable that the image
// does not get, because it is one of ours.
func namesOurs(text string) bool {
	return slices.ContainsFunc(referenceForm.FindAllStringSubmatch(text, -1), func(m []string) bool { return isOurs(m[1]) })
}

var referenceForm = regexp.MustCompile(`\$\{?([A-Za-z_]\w*)`)

func (d *dockerfile) env(name, value string, at []parser.Range) {
	if isOurs(name) {
		return
	}
	value = d.value(value)
	if !variableName.MatchString(name) {
		d.note(at, "ENV "+name, "a variable's name has letters, digits and _")
		return
	}
	if name == "PATH" {
		// PATH finds the environment's programs without this entry.
		folders := slices.DeleteFunc(strings.Split(value, ":"), func(dir string) bool {
			return strings.Contains(dir, "venv") || strings.Contains(dir, "VIRTUAL_ENV") || strings.Contains(dir, "/.local/bin") || strings.Contains(dir, "poetry") || namesOurs(dir)
		})
		if slices.Equal(folders, []string{"${PATH}"}) {
			return
		}
		value = strings.Join(folders, ":")
	}
	if namesOurs(value) {
		d.note(at, "ENV "+name+"="+value, "left out: it stands on a variable of a tool that the image does not have")
		return
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

// finish makes the entries that depend on several instructions.
func (d *dockerfile) finish() {
	if d.home != defaultFolder && d.home != "/" {
		d.Folder = d.home
	}
	if d.workdir != d.home && d.workdir != "/" {
		d.Workdir = d.workdir
	}
	d.fromRoot()
	d.stepsInHome()
	d.initProcess()
	d.writeRepositories()
	d.writeNetwork()
	d.unbuilt()
	d.startedPrograms()
	d.startedFile()
	d.absent()
	d.folders()
	d.user()
	d.python()
	d.requirements()
	d.developed()
	d.Extras, d.Groups, d.Include, d.Executable = unique(d.Extras), unique(d.Groups), unique(d.Include), unique(d.Executable)
	if slices.Contains(d.Include, "**") {
		d.Include = []string{"**"}
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
	for _, v := range d.Env {
		// The installer of Microsoft's packages reads it.
		if v.Name == "ACCEPT_EULA" && len(d.AptBuild)+len(d.AptRun) > 0 {
			d.AptEnv = set(d.AptEnv, v.Name, v.Value)
		}
	}
	for _, list := range []*[]string{&d.AptBuild, &d.AptRun, &d.ApkBuild, &d.ApkRun} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
}

// fromRoot changes the paths of an image whose project is in the root folder to
// the paths in the application's folder.
func (d *dockerfile) fromRoot() {
	if d.home != "/" {
		return
	}
	if d.Workdir != "" && d.project.known() && d.project.folder(d.Workdir[1:]) {
		d.Workdir = path.Join(defaultFolder, d.Workdir)
	}
	for _, command := range [][]string{d.Entrypoint, d.Cmd} {
		for n, w := range command {
			if from, ok := d.source(w); ok && strings.HasPrefix(w, "/") && from != "." {
				command[n] = path.Join(defaultFolder, from)
				d.note(nil, w, "the project is at "+defaultFolder+" and not at the image's root: "+command[n])
			}
		}
	}
}

package fromdockerfile

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/google/shlex"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// command is a command of a RUN.
type command struct {
	at    []parser.Range
	text  string
	words []string
	env   []Variable
	// cwd is its working directory. soft is true if it may fail, builder if its
	// stage is not the image.
	cwd           string
	soft, builder bool
	mounts        []*instructions.Mount
	// ofStage are variables that only its stage has.
	ofStage []Variable
}

func (c command) line() string { return "RUN " + c.text }

// run reads the commands of a RUN. Commands that install packages become keys
// of the build file, or Moult does their work by default. Commands that clean
// up are not needed. All others become notes for the user.
func (d *dockerfile) run(c *instructions.RunCommand, builder bool) {
	mounts := d.mounts(c)
	defer d.showFiles(mounts)()
	if !c.PrependShell && len(c.Files) == 0 {
		d.runOne(command{at: c.Location(), text: strings.Join(c.CmdLine, " "), words: slices.Clone(c.CmdLine), cwd: d.workdir, builder: builder, mounts: mounts})
		return
	}
	text := strings.Join(c.CmdLine, " ")
	for _, f := range c.Files {
		text = f.Data
	}
	repository := d.repositories(text, c.Location())
	cwd := d.workdir
	for _, p := range commands(text) {
		line := activation.ReplaceAllString(p.text+" && ", "")
		line = strings.TrimSuffix(line, " && ")
		words, err := shlex.Split(line)
		if err != nil {
			d.note(c.Location(), "RUN "+line, "write it as a step: [[tool.moult.steps]]")
			continue
		}
		if len(words) == 0 || repository && (ofRepository.MatchString(line) || nodeScript.MatchString(line)) {
			continue
		}
		if len(words) == 2 && words[0] == "cd" {
			cwd = clean(cwd, d.expand(words[1], d.vars))
			continue
		}
		env, words := assignments(words)
		if m := substituted.FindStringSubmatch(line); m != nil {
			// The shell of the step reads the assignment.
			if rest, err := shlex.Split(m[1]); err == nil {
				env, words = nil, rest
			}
		}
		if len(words) > 0 {
			d.runOne(command{at: c.Location(), text: line, words: words, env: env, cwd: cwd, soft: p.soft, builder: builder, mounts: mounts})
		}
	}
}

// substituted matches an assignment from a command's output, before a command.
var substituted = regexp.MustCompile(`^(?:[A-Za-z_]\w*=\S*\s+)*[A-Za-z_]\w*="?\$\([^()]*\)"?\s+(.+)$`)

func (d *dockerfile) runOne(c command) {
	if len(c.words) > 1 && c.words[0] == "sudo" {
		c.words = c.words[1:]
	}
	if len(c.words) == 0 || d.housekeeping(c) {
		return
	}
	if installsTool.MatchString(c.text) {
		return
	}
	c.words = d.unwrap(c.words, c.at)
	if name := c.words[0]; path.Ext(name) == ".py" && !path.IsAbs(name) {
		c.words = append([]string{"python", path.Clean(name)}, c.words[1:]...)
		c.text = strings.Replace(c.text, name, "python "+path.Clean(name), 1)
	}
	tool := c.words[0]
	if tool == "if" || tool == "for" || tool == "while" || tool == "case" || strings.HasPrefix(tool, "(") || strings.HasPrefix(tool, "{") {
		if installer.MatchString(c.text) {
			d.note(c.at, c.line(), "Moult installs what the project and its lock say; name extras and groups that are conditional under extras, groups or a target")
			return
		}
		d.note(c.at, c.line(), `write it as a step: [[tool.moult.steps]] run = ["sh", "-c", "..."]; network = true if it needs one`)
		return
	}
	if installer.MatchString(strings.Join(c.words, " ")) || slices.Contains([]string{"poetry", "pipenv", "pdm", "uv"}, tool) {
		d.install(c)
		return
	}
	if d.setupScript(c) || d.uninstalls(c) || d.step(c) {
		return
	}
	if c.builder {
		d.note(c.at, c.line(), ofWheel)
		return
	}
	if debFile(firstURL(c.words)) || tool == "dpkg" {
		d.note(c.at, c.line(), packageFile)
		return
	}
	if isURL(firstURL(c.words)) && tool != "git" || tool == "curl" || tool == "wget" {
		d.note(c.at, c.line(), "write it as [[tool.moult.files]] with url and sha256, unpack = true for an archive")
		return
	}
	d.note(c.at, c.line(), "write it as a step: [[tool.moult.steps]] run = [...]; network = true if it needs one")
}

// installsTool matches commands that install pip, Poetry, uv or PDM from the
// network. The image needs none of them.
var installsTool = regexp.MustCompile(`get-pip\.py|install\.python-poetry\.org|get-poetry\.py|astral\.sh/uv|uv-installer|install-poetry\.py|pdm-project\.org/install|install-pdm`)

// housekeeping reads commands that do not belong to the project.
func (d *dockerfile) housekeeping(c command) bool {
	switch c.words[0] {
	case "apt-get", "apt", "apt-mark", "apk", "dnf", "microdnf", "yum":
		d.systemPackages(c.words, c.builder, func(why string) { d.note(c.at, c.line(), why) })
		for _, v := range c.env {
			if !isOurs(v.Name) {
				d.AptEnv = set(d.AptEnv, v.Name, d.expand(v.Value, d.vars))
			}
		}
	case "rm", "set", "true", "cd", "export", "exit", ":", "update-ca-certificates", "ldconfig", "update-alternatives", "add-apt-repository", "pwd", "ls":
		if c.words[0] == "add-apt-repository" && !strings.Contains(c.text, "deadsnakes") {
			d.note(c.at, c.line(), "write it as [[tool.moult.apt.repositories]] with url, suite and key")
		}
	case "find":
		return strings.Contains(c.text, "-delete") || strings.Contains(c.text, "rm ")
	case "echo":
		return !strings.ContainsAny(c.text, ">|")
	case "mkdir":
		for _, w := range c.words[1:] {
			if strings.HasPrefix(w, "-") || c.builder || strings.Trim(w, "0123456789") == "" {
				continue
			}
			for _, name := range alternatives(d.expand(w, d.vars)) {
				if strings.ContainsAny(name, "$`") {
					d.note(c.at, c.line(), "folders to write to are named by writable = [...]")
					continue
				}
				d.made = append(d.made, clean(c.cwd, name))
			}
		}
	case "install":
		return d.installFolder(c)
	case "conda", "mamba", "micromamba":
		d.note(c.at, c.line(), "the image has no conda: name what it installs as requirements of the project, and libraries under apt.run")
	case "chown", "chmod":
		if !c.builder {
			d.mode(c.cwd, c.words, c.at, c.text)
		}
	case "useradd", "adduser", "groupadd", "addgroup":
		d.account(c.words)
	default:
		return false
	}
	return true
}

// programs are programs of Python packages that Dockerfiles run in a build.
var programs = []string{"playwright", "django-admin", "flask", "pybabel", "spacy", "nltk", "crawl4ai-setup", "reflex", "prisma", "alembic", "camoufox"}

// downloads matches commands that probably fetch something.
var downloads = regexp.MustCompile(`(?i)download|pretrained|fetch|https?:|\binstall\b|\bpull\b|\.load|snapshot|Transformer\(|Model\(|_hub|get_encoding|setup`)

// pythonProgram matches Python by its name or a usual path.
var pythonProgram = regexp.MustCompile(`^(?:/usr/(?:local/)?bin/)?python(?:3(?:\.\d+)?)?$`)

// step adds a command of the project itself as a step.
func (d *dockerfile) step(c command) bool {
	python := pythonProgram.MatchString(c.words[0])
	if !python && !slices.Contains(programs, c.words[0]) || strings.Contains(c.text, "<<") {
		return false
	}
	if c.builder {
		d.remember(c)
		return true
	}
	words := c.words
	if python {
		words = append([]string{"python"}, words[1:]...)
	}
	if _, ok := below(d.home, c.cwd); ok && c.cwd != d.home || c.soft || needsShell(c.text) {
		text := d.unwrapText(c.text, c.at)
		if c.soft {
			text += " || true"
		}
		if c.cwd != d.home {
			text = "cd " + c.cwd + " && " + text
		}
		words, c.env = []string{"sh", "-c", text}, nil
	}
	inHome := c.cwd == d.home
	if len(c.words) > 2 && c.words[0] == "playwright" && slices.Contains(c.words, "--with-deps") {
		d.note(c.at, c.line(), "the step cannot install the distribution's packages: leave --with-deps out, and name them under apt.run")
	}
	s := Step{Run: words, Env: append(c.env, c.ofStage...), inHome: inHome, Network: downloads.MatchString(strings.Join(words, " ")) && !strings.Contains(c.text, "collectstatic")}
	d.mounted(&s, c.mounts)
	if s.Network {
		d.note(c.at, c.line(), "a step with network = true; take that out where it needs none")
	}
	d.Steps = append(d.Steps, s)
	return true
}

// stepsInHome has the steps of the application's folder run there, if a later
// WORKDIR is another one, where all steps run.
func (d *dockerfile) stepsInHome() {
	if d.Workdir == "" {
		return
	}
	home := d.home
	if home == "/" {
		home = defaultFolder
	}
	for n := range d.Steps {
		if s := &d.Steps[n]; s.inHome {
			s.Run = []string{"sh", "-c", shellText([]string{"cd", home}) + " && " + shellText(s.Run)}
		}
	}
}

func firstURL(words []string) string {
	for _, w := range words {
		if isURL(w) {
			return w
		}
	}
	return ""
}

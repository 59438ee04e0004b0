package fromdockerfile

import (
	"regexp"
	"strings"

	"github.com/google/shlex"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// run reads the commands of a RUN. Those that install are what Moult does by
// itself, or what it is told in a word; those that clean up after them are not
// needed; what remains is left to the user.
func (d *dockerfile) run(c *instructions.RunCommand, builder bool) {
	text := strings.Join(c.CmdLine, " ")
	for _, f := range c.Files {
		text = f.Data
	}
	for _, line := range commands(text) {
		words, err := shlex.Split(line)
		if err != nil || len(words) == 0 {
			d.note(c.Location(), "RUN "+line, "write it as a step: [[tool.moult.steps]]")
			continue
		}
		env, words := assignments(words)
		if len(words) == 0 {
			continue
		}
		d.runOne(c, line, env, words, builder)
	}
}

func (d *dockerfile) runOne(c *instructions.RunCommand, line string, env []Variable, words []string, builder bool) {
	at := c.Location()
	tool := words[0]
	if tool == "sudo" && len(words) > 1 {
		words, tool = words[1:], words[1]
	}
	switch tool {
	case "apt-get", "apt", "apt-mark", "apk", "dnf", "microdnf", "yum":
		d.systemPackages(words, builder, func(why string) { d.note(at, "RUN "+line, why) })
		return
	case "rm", "set", "mkdir", "true", "cd", "export", "chown", "chmod", "find", "ln", "echo", "exit", ":", "update-ca-certificates", "ldconfig":
		if tool == "chown" || tool == "chmod" {
			d.note(at, "RUN "+line, "the application belongs to root and is readable by all; folders to write to are named by writable = [...]")
		}
		return
	case "useradd", "adduser", "groupadd", "addgroup":
		if tool == "useradd" || tool == "adduser" {
			if name := words[len(words)-1]; !strings.HasPrefix(name, "-") {
				d.users[name] = true
			}
		}
		return
	}
	if installer.MatchString(line) || tool == "poetry" || tool == "pipenv" || tool == "pdm" || tool == "uv" {
		d.pip(c, line, words)
		return
	}
	if builder {
		d.note(at, "RUN "+line, "if a wheel needs it, put it into a stage: [tool.moult.stage.NAME]")
		return
	}
	// A command of the project itself runs as it is.
	if (tool == "python" || tool == "python3") && !strings.ContainsAny(line, "$&|;<>`*?~") {
		d.Steps = append(d.Steps, Step{Run: append([]string{"python"}, words[1:]...), Env: env})
		return
	}
	if isURL(firstURL(words)) || tool == "curl" || tool == "wget" {
		d.note(at, "RUN "+line, "write it as [[tool.moult.files]] with url and sha256, unpack = true for an archive")
		return
	}
	d.note(at, "RUN "+line, "write it as a step: [[tool.moult.steps]] run = [...]; network = true if it needs one")
}

func firstURL(words []string) string {
	for _, w := range words {
		if isURL(w) {
			return w
		}
	}
	return ""
}

var (
	// between are what stands between two commands of a line.
	between = regexp.MustCompile(`\s*(?:&&|\|\||;|\n)\s*`)
	control = regexp.MustCompile(`\b(if|for|while|case)\b.*\b(fi|done|esac)\b`)
)

// commands splits a shell's line into its commands; one with control flow
// stays whole.
func commands(text string) []string {
	text = strings.ReplaceAll(text, "\\\n", " ")
	if control.MatchString(strings.ReplaceAll(text, "\n", " ")) {
		return []string{strings.TrimSpace(text)}
	}
	var all []string
	for _, part := range between.Split(text, -1) {
		if part = strings.TrimSpace(part); part != "" && !strings.HasPrefix(part, "#") {
			all = append(all, part)
		}
	}
	return all
}

// assignments takes NAME=value in front of a command apart from it.
func assignments(words []string) (env []Variable, command []string) {
	for len(words) > 0 && assignment.MatchString(words[0]) {
		name, value, _ := strings.Cut(words[0], "=")
		env, words = append(env, Variable{name, value}), words[1:]
	}
	return env, words
}

var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

// compilerPackages are those that an image needs only to build.
var compilerPackages = regexp.MustCompile(`-dev$|-devel$|^(gcc|g\+\+|make|cmake|build-essential|build-base|musl-dev|pkg-config|pkgconf|cargo|rustc|rust|git|gfortran|clang|llvm|swig|autoconf|automake|libtool|patch|ninja-build|python3-dev|linux-headers)$`)

// systemPackages reads apt-get install and its like.
func (d *dockerfile) systemPackages(words []string, builder bool, note func(string)) {
	manager := words[0]
	var verb string
	var names []string
	skip := false
	for _, w := range words[1:] {
		switch {
		case skip:
			skip = false
		case w == "-t" || w == "--target-release" || w == "-o" || w == "--repository" || w == "-X" || w == "--virtual":
			skip = true
		case strings.HasPrefix(w, "-"):
		case verb == "":
			verb = w
		case strings.HasPrefix(w, "."):
			// apk's name of a group that is removed again
		default:
			names = append(names, w)
		}
	}
	if verb != "install" && verb != "add" {
		return // updates and cleaning, which Moult does
	}
	if manager == "dnf" || manager == "microdnf" || manager == "yum" {
		note("name the packages under [tool.moult.dnf]")
		return
	}
	for _, name := range names {
		if strings.ContainsAny(name, "$`*/") {
			note("name the package " + name + " under [tool.moult.apt]")
			continue
		}
		build := builder || compilerPackages.MatchString(name)
		switch {
		case manager == "apk" && build:
			d.ApkBuild = append(d.ApkBuild, name)
		case manager == "apk":
			d.ApkRun = append(d.ApkRun, name)
		case build:
			d.AptBuild = append(d.AptBuild, name)
		default:
			d.AptRun = append(d.AptRun, name)
		}
	}
}

// tools are packages that install others, and are not needed any more.
var tools = regexp.MustCompile(`^(pip|setuptools|wheel|uv|poetry|poetry-core|pipenv|pdm|virtualenv)\b`)

// pip reads the installation of Python packages: Moult reads the project and
// its lock instead, so only what stands in neither is of interest.
func (d *dockerfile) pip(c *instructions.RunCommand, line string, words []string) {
	verb := -1
	for n, w := range words {
		if w == "install" {
			verb = n
			break
		}
	}
	if verb < 0 {
		return // uv sync, poetry export, python -m venv, ...
	}
	if words[0] == "poetry" || words[0] == "pdm" || words[0] == "pipenv" {
		for n, w := range words {
			if (w == "--with" || w == "--extras" || w == "-E" || w == "--group") && n+1 < len(words) {
				d.note(c.Location(), "RUN "+line, `name them: groups = ["`+words[n+1]+`"] or extras`)
			}
		}
		return
	}
	takes := false
	var packages []string
	for _, w := range words[verb+1:] {
		switch {
		case takes:
			takes = false
			d.Requirements = append(d.Requirements, strings.TrimPrefix(strings.TrimPrefix(w, "./"), "/"))
		case w == "-r" || w == "--requirement":
			takes = true
		case strings.HasPrefix(w, "-r"):
			d.Requirements = append(d.Requirements, strings.TrimPrefix(w, "-r"))
		case strings.HasPrefix(w, "-"), w == ".", strings.HasPrefix(w, "./"), strings.HasPrefix(w, ".["), strings.HasPrefix(w, "/"):
		case tools.MatchString(w):
		default:
			packages = append(packages, w)
		}
	}
	if len(packages) > 0 {
		d.note(c.Location(), "RUN "+line, "add to the project's dependencies: "+strings.Join(packages, ", "))
	}
}

package fromdockerfile

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/moult-build/moult/internal/pypkg/pep503"
)

// installer matches commands of tools that install Python packages.
var installer = regexp.MustCompile(`\b(pip3?|uv|poetry|pdm|pipenv)(?:\s+-\S+(?:\s+[^-\s]\S*)??)*\s+(install|sync|pip|export|venv|wheel|download)\b|-m\s+(pip|venv|virtualenv)\b|^virtualenv\b`)

// tools matches packages that install others, which the image does not need.
var tools = regexp.MustCompile(`^(pip|setuptools|wheel|build|uv|poetry|poetry-core|poetry-plugin-export|pipenv|pdm|virtualenv|keyrings?[._-].*)([<>=~!\[].*)?$`)

// pipValues are pip's options that take a value.
var pipValues = []string{
	"-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-c", "--constraint", "-t", "--target", "--prefix", "--timeout", "--default-timeout", "--retries",
	"--trusted-host", "--root", "--python", "-p", "--cache-dir", "--platform", "--python-version", "-w", "--wheel-dir", "--index", "--default-index", "--no-binary", "--only-binary",
	"--index-strategy", "--progress-bar", "--root-user-action", "--src", "--upgrade-strategy", "--extra", "--group", "--torch-backend", "--link-mode",
}

// install reads a command that installs Python packages. Moult installs the
// packages of the project and its lock, so only packages that are in neither
// matter.
func (d *dockerfile) install(c command) {
	d.secretsOfInstall(c)
	if c.words = d.expandedWords(c); len(c.words) == 0 {
		return // a variable that is empty
	}
	verb := slices.IndexFunc(c.words, func(w string) bool { return w == "install" || w == "wheel" && slices.Contains(c.words, "pip") })
	if c.words[0] == "uv" && len(c.words) > 1 && c.words[1] == "pip" {
		verb = slices.IndexFunc(c.words, func(w string) bool { return w == "install" || w == "sync" })
	}
	if tool := c.words[0]; tool == "poetry" || tool == "pdm" || tool == "pipenv" || tool == "uv" && (len(c.words) < 2 || c.words[1] != "pip") {
		d.selection(c.words, c.at)
		if tool == "uv" && len(c.words) > 2 && c.words[1] == "tool" {
			d.note(c.at, c.line(), "add it to the project's dependencies, or copy it from an image: [[tool.moult.files]]")
		}
		if tool == "uv" && len(c.words) > 3 && c.words[1] == "python" && d.bare && pythonNumber.MatchString(c.words[3]) {
			d.Python = c.words[3]
		}
		if tool == "pipenv" && verb >= 0 {
			d.pip(c, verb, true)
		}
		return
	}
	if verb < 0 {
		return // python -m venv and the like
	}
	d.pip(c, verb, false)
}

// expandedWords replaces the variables in the words of a command. A word without
// quotes may become several.
func (d *dockerfile) expandedWords(c command) (all []string) {
	for _, w := range c.words {
		if !strings.Contains(w, "$") || strings.Contains(w, "$(") {
			all = append(all, w)
			continue
		}
		for _, m := range referenceForm.FindAllStringSubmatch(w, -1) {
			if d.arguments[m[1]] && !isOurs(m[1]) {
				d.note(c.at, c.line(), "the default of the argument "+m[1]+" counts: to choose by --build-arg, name it under [tool.moult.args] and write ${"+m[1]+"} into the list")
			}
		}
		all = append(all, strings.Fields(d.expand(w, d.vars))...)
	}
	return all
}

// setupScript reads "python setup.py install", which installs a folder.
func (d *dockerfile) setupScript(c command) bool {
	if len(c.words) < 3 || !pythonProgram.MatchString(c.words[0]) || path.Base(c.words[1]) != "setup.py" || c.words[2] != "install" && c.words[2] != "develop" {
		return false
	}
	d.local(path.Dir(c.words[1]), c)
	return true
}

// uninstalls reads "pip uninstall".
func (d *dockerfile) uninstalls(c command) bool {
	verb := slices.Index(c.words, "uninstall")
	if verb < 1 || !strings.HasPrefix(c.words[verb-1], "pip") {
		return false
	}
	for _, w := range c.words[verb+1:] {
		if requirementName.FindString(w) == w && path.Ext(w) != ".txt" && !tools.MatchString(w) {
			d.note(c.at, c.line(), "[tool.moult.package."+w+"] install = false leaves it out")
		}
	}
	return true
}

// versioned matches a requirement with a version, which is no redirection.
var versioned = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9._,-]+\])?[<>=!~]=?[A-Za-z0-9.*,<>=!~]+$`)

var pythonNumber = regexp.MustCompile(`^3\.\d+$`)

// pip reads the arguments of "pip install".
func (d *dockerfile) pip(c command, verb int, pipenv bool) {
	var packages []string
	for n := verb + 1; n < len(c.words); n++ {
		w := d.expand(c.words[n], d.vars)
		option, value, joined := strings.Cut(w, "=")
		if strings.HasPrefix(w, "-r") && len(w) > 2 && !strings.HasPrefix(w, "--") {
			d.requirementFile(w[2:], c)
			continue
		}
		if c.words[verb] == "sync" && !strings.HasPrefix(w, "-") {
			d.requirementFile(w, c)
			continue
		}
		takes := option == "-r" || option == "--requirement" || option == "-e" || option == "--editable" || slices.Contains(pipValues, option)
		if takes && !joined && n+1 < len(c.words) {
			n++
			value = d.expand(c.words[n], d.vars)
		}
		if strings.HasPrefix(w, "-") {
			d.pipOption(option, value, c)
			continue
		}
		switch {
		case tools.MatchString(w), pipenv:
		case strings.HasPrefix(w, "."), strings.HasPrefix(w, "/"), strings.HasSuffix(w, ".whl") && !isURL(w) && !strings.Contains(w, "@"):
			d.local(w, c)
		case versioned.MatchString(w):
			packages = append(packages, w)
		case strings.ContainsAny(w, "$`>|&("):
			d.note(c.at, c.line(), "add what it installs to the project's dependencies")
			return
		default:
			packages = append(packages, w)
		}
	}
	d.require(packages, c.at, c.line())
}

// pipOption reads an option of pip for packages or their indexes.
func (d *dockerfile) pipOption(option, value string, c command) {
	switch option {
	case "-r", "--requirement":
		d.requirementFile(value, c)
	case "-e", "--editable":
		d.local(value, c)
	case "--extra":
		d.extra(value, c.at)
	case "--group":
		d.group(value, c.at)
	case "-i", "--index-url", "--extra-index-url", "--index", "--default-index":
		if isURL(value) {
			d.note(c.at, option+" "+value, `write it as [[tool.moult.index]] with name and url, unless the project names it; secret = "..." gives its password`)
		}
	case "-c", "--constraint", "-f", "--find-links":
		if (option == "-f" || option == "--find-links") && !isURL(value) {
			from, ok := d.source(clean(c.cwd, value))
			if !ok || !d.project.folder(from) {
				return // wheels that another stage has built
			}
			value = "./" + from
		}
		d.note(c.at, option+" "+value, "write the option into the requirement file")
	case "--no-binary":
		d.note(c.at, option+" "+value, "write it as [tool.moult.package.NAME] no-binary = true")
	}
}

// requirementFile adds the file of "-r FILE" to the key requirements, by its
// name in the context.
func (d *dockerfile) requirementFile(name string, c command) {
	if isURL(name) {
		d.note(c.at, "-r "+name, "copy the file into the project and name it: requirements = [...]")
		return
	}
	full := clean(c.cwd, name)
	from, ok := d.source(full)
	if rel, inApp := below(d.workdir, full); !ok && inApp {
		from, ok = rel, true
	}
	if !ok {
		from = strings.TrimPrefix(full, "/")
	}
	base := path.Base(from)
	if strings.HasPrefix(base, "pylock.") && strings.HasSuffix(base, ".toml") {
		d.Lock = from
		return
	}
	if base == "pyproject.toml" {
		return // read anyway
	}
	if !d.project.exists(from) {
		if alone := path.Base(from); d.project.exists(alone) {
			from = alone
		} else {
			d.note(c.at, "-r "+name, "the project has no such file; where it was made from a lock, Moult reads that lock")
			return
		}
	}
	d.Requirements = append(d.Requirements, from)
}

// local reads the installation of a folder, which may be the project itself.
func (d *dockerfile) local(name string, c command) {
	name, extras, _ := strings.Cut(name, "[")
	full := clean(c.cwd, name)
	from, ok := d.source(full)
	if rel, inApp := below(d.home, full); !ok && inApp && d.home != "" && full != d.home {
		from, ok = rel, true
	}
	if !ok && (full == d.workdir || full == d.home) || from == "." {
		// the project itself, or wheels that another stage has built
		if extras != "" {
			d.extra(strings.TrimSuffix(extras, "]"), c.at)
		}
		return
	}
	if extras != "" {
		extras = "[" + extras
	}
	if wheels := d.project.matching(from); ok && strings.ContainsAny(from, "*?") && len(wheels) > 0 {
		for _, wheel := range wheels {
			d.require([]string{"./" + wheel}, c.at, c.line())
		}
		return
	}
	if !ok || strings.ContainsAny(from, "*$`") || !d.project.exists(from) {
		if !strings.ContainsAny(name, "*") {
			d.note(c.at, c.line(), "if the project does not ask for it: name it in a requirement file")
		}
		return
	}
	d.require([]string{"./" + from + extras}, c.at, c.line())
}

// require adds requirements that only the Dockerfile names to the project's
// requirement file, if it has one.
func (d *dockerfile) require(names []string, at []parser.Range, text string) {
	if len(names) > 0 {
		d.required = append(d.required, required{names, at, text})
	}
}

type required struct {
	names []string
	at    []parser.Range
	text  string
}

// Addition has lines to append to a file of the project.
type Addition struct {
	File  string
	Lines []string
}

var requirementName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*`)

// requirements decides to which file requirements are added that only the
// Dockerfile has.
func (d *dockerfile) requirements() {
	d.Requirements = unique(d.Requirements)
	d.lockedWithout()
	if d.variant {
		return
	}
	file := ""
	if n := len(d.Requirements); n > 0 {
		file = d.Requirements[n-1]
	} else if !d.project.Declared && d.project.known() && d.project.exists("requirements.txt") {
		file = "requirements.txt"
	}
	content, readable := d.project.text(file)
	if file == "" && len(d.required) > 0 && d.withoutRequirements() {
		// A new file: only the Dockerfile has the requirements.
		file, readable = "requirements.txt", true
	}
	add := Addition{File: file}
	for _, r := range d.required {
		missing := slices.DeleteFunc(slices.Clone(r.names), func(name string) bool { return hasLine(content, name) })
		for _, name := range r.names {
			if !slices.Contains(missing, name) && strings.ContainsAny(name, "=<>~") && !strings.Contains(content, name) {
				d.note(r.at, r.text, "what "+file+" says of it counts, and not "+name)
			}
		}
		if len(missing) == 0 {
			continue
		}
		list := strings.Join(missing, ", ")
		switch {
		case file == "" || !readable:
			d.note(r.at, r.text, "add to the project's dependencies: "+list)
		case strings.Contains(content, "--hash=") || strings.Contains(content, "\x00"):
			d.note(r.at, r.text, "add with its hashes to "+file+": "+list)
		default:
			// The path of a folder is relative to the requirement file.
			for n, name := range missing {
				if local, ok := strings.CutPrefix(name, "./"); ok && path.Dir(file) != "." {
					missing[n] = strings.Repeat("../", strings.Count(path.Dir(file), "/")+1) + local
				}
			}
			add.Lines = append(add.Lines, missing...)
			d.note(r.at, r.text, "added to "+file+": "+list)
		}
	}
	if len(add.Lines) > 0 {
		add.Lines = unique(add.Lines)
		d.Additions = append(d.Additions, add)
	}
}

// withoutRequirements reports whether no file of the project can have
// requirements.
func (d *dockerfile) withoutRequirements() bool {
	return d.project.known() && d.Lock == "" && !slices.ContainsFunc([]string{
		"pyproject.toml", "requirements.txt", "Pipfile", "setup.py", "setup.cfg", "pylock.toml", "moult.toml", "environment.yml",
	}, d.project.exists)
}

// hasLine reports whether a requirement file has a line for a package or
// folder.
func hasLine(content, name string) bool {
	for line := range strings.Lines(content) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "-e "))
		if line == name {
			return true
		}
		a, b := requirementName.FindString(line), requirementName.FindString(name)
		if a != "" && pep503.Normalize(a) == pep503.Normalize(b) {
			return true
		}
	}
	return false
}

// lockedWithout looks for a lock of the project that lacks what the Dockerfile's
// requirement files ask for. pip did not read the lock there, so that it may be
// of another time, and a build with it would end with an error.
func (d *dockerfile) lockedWithout() {
	if d.Lock != "" {
		return
	}
	for _, lock := range []string{"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"} {
		locked, ok := d.project.text(lock)
		if !ok || !d.project.known() {
			continue
		}
		for _, file := range d.Requirements {
			content, _ := d.project.text(file)
			for line := range strings.Lines(content) {
				name := pep503.Normalize(requirementName.FindString(strings.TrimSpace(line)))
				url := strings.Contains(line, "://") && !strings.Contains(line, "@")
				if name == "" || url || lockedForm(name).MatchString(locked) {
					continue
				}
				d.Unlocked = true
				d.note(nil, lock, name+" of "+file+" is not in it: lock = false has pip resolve everything, as the Dockerfile does")
				return
			}
		}
		return
	}
}

// lockedForm matches the entry of a package in a lock, whose name may be written
// in several forms.
func lockedForm(name string) *regexp.Regexp {
	form := strings.ReplaceAll(regexp.QuoteMeta(name), "-", "[-_.]+")
	return regexp.MustCompile(`(?i)name = "` + form + `"|"` + form + `": *\{`)
}

package fromdockerfile

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/moult-build/moult/internal/project/argv"
)

// Programs that run others in an environment of their own ("uv run uvicorn")
// are not in the image: its environment is first in PATH.

// runners are the programs whose command "run" starts a program of the
// environment.
var runners = []string{"uv", "poetry", "pipenv", "pdm", "rye", "hatch"}

// withValue are options of "run" that take a value.
var withValue = []string{
	"--with", "--with-editable", "--with-requirements", "--extra", "--group", "--no-group", "--only-group", "--env-file", "--project", "--directory",
	"--python", "-p", "--package", "--index", "--index-url", "--default-index", "--extra-index-url", "--find-links", "--cache-dir", "--config-file", "-C", "-P",
}

// virtual matches the path of a program in an environment, which the image has
// at another path.
var virtual = regexp.MustCompile(`^(?:.*/)?(?:\.?venv|virtualenv|env)/bin/([A-Za-z0-9_.-]+)$`)

// unwrap removes the runner and its options from a command.
func (d *dockerfile) unwrap(words []string, at []parser.Range) []string {
	if len(words) == 0 {
		return words
	}
	if m := virtual.FindStringSubmatch(words[0]); m != nil {
		words = append([]string{m[1]}, words[1:]...)
	}
	if words = withoutConda(words); len(words) > 2 && strings.HasPrefix(words[0], "python") && words[1] == "-m" && slices.Contains(runners, words[2]) {
		words = words[2:]
	}
	if len(words) < 2 || !slices.Contains(runners, path.Base(words[0])) || words[1] != "run" {
		return words
	}
	tool, rest := path.Base(words[0]), words[2:]
	for len(rest) > 0 && strings.HasPrefix(rest[0], "-") {
		option, value, joined := strings.Cut(rest[0], "=")
		if option == "--" {
			rest = rest[1:]
			break
		}
		if option == "-m" || option == "--module" {
			return append([]string{"python", "-m"}, rest[1:]...)
		}
		rest = rest[1:]
		if slices.Contains(withValue, option) && !joined && len(rest) > 0 {
			value, rest = rest[0], rest[1:]
		}
		d.runOption(option, value, at)
	}
	if len(rest) == 0 {
		return words
	}
	if strings.HasSuffix(rest[0], ".py") && (tool == "uv" || tool == "pdm" || tool == "rye") {
		return append([]string{"python"}, rest...)
	}
	return d.script(tool, rest, at)
}

// withoutConda removes "conda run" and its options.
func withoutConda(words []string) []string {
	if len(words) < 3 || !slices.Contains([]string{"conda", "mamba", "micromamba"}, path.Base(words[0])) || words[1] != "run" {
		return words
	}
	rest := words[2:]
	for len(rest) > 1 && strings.HasPrefix(rest[0], "-") {
		takes := slices.Contains([]string{"-n", "--name", "-p", "--prefix", "--cwd", "-r", "--root-prefix", "-e", "--env", "-a", "--attach"}, rest[0])
		if rest = rest[1:]; takes {
			rest = rest[1:]
		}
	}
	if len(rest) == 0 {
		return words
	}
	return rest
}

// runOption reads an option of "uv run" that has an effect on the environment.
func (d *dockerfile) runOption(option, value string, at []parser.Range) {
	switch option {
	case "--extra":
		d.extra(value, at)
	case "--group", "--only-group":
		d.group(value, at)
	case "--all-extras":
		d.allExtras()
	case "--with", "--with-editable":
		d.require(strings.Split(value, ","), at, "uv run --with "+value)
	case "--env-file":
		d.note(at, "--env-file "+value, "pass the file when the container starts: docker run --env-file "+value)
	case "--directory", "-C", "--project", "--package":
		d.note(at, option+" "+value, `the command runs in the working directory; workdir = "..." names another`)
	}
}

// prefix matches runners in a text for a shell.
var prefix = regexp.MustCompile(`\b(?:python3? -m )?(uv|poetry|pipenv|pdm) run((?:\s+(?:(?:` + options() + `)[ =][^\s;&|]+|--?[a-z][a-z-]*(?:=[^\s;&|]+)?))*)\s+(?:--\s+)?("\$@"|[^\s;&|"'` + "`" + `)]+)`)

// options returns the options with a value, as alternatives of a pattern.
func options() string {
	all := make([]string, len(withValue))
	for n, o := range withValue {
		all[n] = regexp.QuoteMeta(o)
	}
	// The longest are first, because --index is a prefix of --index-url.
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return strings.Join(all, "|")
}

// activation finds the activation of an environment, and programs by their path
// in one.
var (
	activation = regexp.MustCompile(`(?:source|\.)\s+\S*\bactivate\b\s*(?:&&|;)\s*`)
	inVirtual  = regexp.MustCompile(`(?:[\w./-]*/)?\.?venv/bin/`)
)

// unwrapText removes runners from a text for a shell.
func (d *dockerfile) unwrapText(text string, at []parser.Range) string {
	text = activation.ReplaceAllString(text, "")
	text = prefix.ReplaceAllStringFunc(text, func(found string) string {
		m := prefix.FindStringSubmatch(found)
		words := append([]string{m[1], "run"}, strings.Fields(m[2])...)
		module := len(words) > 2 && (words[len(words)-1] == "-m" || words[len(words)-1] == "--module")
		rest := d.unwrap(append(words, m[3]), at)
		if module {
			return "python -m " + m[3]
		}
		if len(rest) == 1 {
			return rest[0]
		}
		return shellText(rest)
	})
	return inVirtual.ReplaceAllString(text, "")
}

// inScript matches commands in a script of programs that the image does not
// have.
var inScript = regexp.MustCompile(`\b(uv|poetry|pipenv|pdm)\s+(run|sync|install|shell)\b|\b(uvx|pipx|conda|mamba|micromamba)\s|\bpip3?\s+install\b|/activate(?:$|[^\w.-])|\bvenv/bin/`)

// scripts reads the project's scripts that a command starts, and reports their
// lines that do not work in the image.
func (d *dockerfile) scripts(words []string) {
	d.starts(commandLine(words))
	before := ""
	for _, w := range words {
		for _, field := range strings.Fields(w) {
			read := argv.IsShell(path.Base(before)) // what a shell reads may have no first line with an interpreter
			before = field
			name, ok := d.source(clean(d.workdir, field))
			if !ok && !path.IsAbs(field) {
				name, ok = path.Clean(field), true
			}
			if !ok || slices.Contains(d.told, name) || strings.HasSuffix(name, ".py") || strings.HasPrefix(name, "..") {
				continue
			}
			text, ok := d.project.text(name)
			if !ok || !read && !strings.HasPrefix(text, "#!") && !strings.HasSuffix(name, ".sh") {
				continue
			}
			d.told = append(d.told, name)
			d.starts(text)
			for n, line := range strings.Split(text, "\n") {
				line = strings.TrimSpace(line)
				if strings.HasPrefix(line, "#") || !inScript.MatchString(line) {
					continue
				}
				d.Notes = append(d.Notes, Note{File: name, Line: n + 1, Text: line, Why: d.inScriptHint(line)})
			}
		}
	}
}

func (d *dockerfile) inScriptHint(line string) string {
	m := inScript.FindStringSubmatch(line)
	switch {
	case m[2] == "run":
		silent := d.fresh()
		if plain := silent.unwrapText(line, nil); plain != line {
			return fmt.Sprintf("the image has no %s; write: %s", m[1], plain)
		}
		return fmt.Sprintf("the image has no %s, and needs none: write the command alone", m[1])
	case m[3] != "":
		return fmt.Sprintf("the image has no %s: add what the line starts to the requirements, and start it by its name", m[3])
	case m[1] != "" || strings.Contains(m[0], "install"):
		return "everything is installed when the image is built: remove the line"
	}
	return "the environment is first in PATH: remove the activation, and name programs without their path"
}

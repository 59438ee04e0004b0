package fromdockerfile

import (
	"regexp"
	"strings"

	"github.com/google/shlex"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// scriptTables are the tables of scripts of runners, each by file and keys.
var scriptTables = map[string][]string{
	"pipenv": {"Pipfile", "scripts"},
	"pdm":    {"pyproject.toml", "tool", "pdm", "scripts"},
	"hatch":  {"pyproject.toml", "tool", "hatch", "envs", "default", "scripts"},
	"rye":    {"pyproject.toml", "tool", "rye", "scripts"},
}

// script replaces the name of a runner's script by its command, because the
// image does not have the runner.
func (d *dockerfile) script(tool string, words []string, at []parser.Range) []string {
	table := scriptTables[tool]
	if table == nil || d.scriptDepth > 5 {
		return words
	}
	text, ok := d.project.text(table[0])
	if !ok {
		return words
	}
	root, err := toml.Parse(&source.File{Name: table[0], Data: []byte(text)})
	if err != nil {
		return words // the build reports the error
	}
	node := root.Get(table[1:]...)
	if node == nil || node.Kind != toml.Table || node.Get(words[0]) == nil {
		return words
	}
	s := toolScripts{node, 0}
	out, ok := s.command(words)
	if !ok {
		d.note(at, tool+" run "+strings.Join(words, " "), "write out what the script "+words[0]+" of "+table[0]+" does: the image has no "+tool)
		return words
	}
	if env := node.Get(words[0], "env"); env != nil || node.Get(words[0], "env_file") != nil {
		d.note(at, tool+" run "+words[0], "the script's variables are not carried over: write them under env")
	}
	d.scriptDepth++ // a script may start others, and itself
	defer func() { d.scriptDepth-- }()
	return d.unwrap(out, at)
}

// toolScripts is a table of scripts.
type toolScripts struct {
	table *toml.Node
	// depth is how many scripts have led to this one.
	depth int
}

// placeholder matches the place of the arguments in a script.
var placeholder = regexp.MustCompile(`\{args(?::([^}]*))?\}`)

// insertArgs replaces the placeholder in a text by the arguments, or by its
// default if there are none. rest are the arguments if there is no placeholder.
func insertArgs(text string, args []string) (with string, rest []string) {
	m := placeholder.FindStringSubmatch(text)
	if m == nil {
		return text, args
	}
	more := m[1]
	if len(args) > 0 {
		more = shellText(args)
	}
	return strings.Replace(text, m[0], more, 1), nil
}

// command returns the command of a script with further arguments.
func (s toolScripts) command(words []string) ([]string, bool) {
	if s.depth > 10 {
		return nil, false
	}
	s.depth++
	node := s.table.Get(words[0])
	if node != nil && node.Kind == toml.Table {
		for _, kind := range []string{"cmd", "shell", "call", "composite", "chain"} {
			if inner := node.Get(kind); inner != nil {
				return s.ofKind(kind, inner, words[1:])
			}
		}
		return nil, false
	}
	if node != nil && node.Kind == toml.Array {
		return s.ofKind("composite", node, words[1:])
	}
	return s.ofKind("cmd", node, words[1:])
}

// ofKind returns the command of a script whose kind is the name of its key.
func (s toolScripts) ofKind(kind string, node *toml.Node, args []string) ([]string, bool) {
	if node == nil {
		return nil, false
	}
	if node.Kind == toml.Array {
		var list []string
		for _, n := range node.Elements() {
			if n.Kind != toml.String {
				return nil, false
			}
			list = append(list, n.Text())
		}
		if kind == "composite" || kind == "chain" {
			return s.composite(list, args)
		}
		return append(list, args...), len(list) > 0
	}
	if node.Kind != toml.String {
		return nil, false
	}
	text := node.Text()
	if kind == "call" {
		if module, call, ok := strings.Cut(text, ":"); ok {
			if !strings.HasSuffix(call, ")") {
				call += "()"
			}
			name, _, _ := strings.Cut(call, "(")
			return append([]string{"python", "-c", "from " + module + " import " + name + "; " + call}, args...), true
		}
	}
	return shellWords(text, args, kind == "shell")
}

// composite returns a command that runs several commands. Each may be a script.
func (s toolScripts) composite(list, args []string) ([]string, bool) {
	var parts []string
	for n, line := range list {
		line, args = insertArgs(line, args)
		words, err := shlex.Split(line)
		if err != nil || len(words) == 0 {
			return nil, false
		}
		if n == len(list)-1 {
			words = append(words, args...)
		}
		if s.table.Get(words[0]) != nil {
			var ok bool
			if words, ok = s.command(words); !ok {
				return nil, false
			}
		}
		parts = append(parts, shellText(words))
	}
	if len(parts) == 0 {
		return nil, false
	}
	parts[len(parts)-1] = "exec " + strings.TrimPrefix(parts[len(parts)-1], "exec ")
	return []string{"sh", "-c", strings.Join(parts, " && ")}, true
}

// shellWords returns a text and its arguments as words. A text that needs a
// shell gets one.
func shellWords(text string, args []string, shell bool) ([]string, bool) {
	text, args = insertArgs(text, args)
	words, err := shlex.Split(text)
	if err != nil || len(words) == 0 {
		return nil, false
	}
	if shell || needsShell(text) || strings.Contains(words[0], "=") {
		if len(args) > 0 {
			text += " " + shellText(args)
		}
		return []string{"sh", "-c", text}, true
	}
	return append(words, args...), true
}

// shellText returns words as a text for a shell.
func shellText(words []string) string {
	if len(words) == 3 && words[0] == "sh" && words[1] == "-c" {
		return words[2]
	}
	all := make([]string, len(words))
	for n, w := range words {
		all[n] = w
		if w == "" || strings.ContainsAny(w, " \t\n'\"\\;&|<>()*?[]#~") {
			all[n] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(all, " ")
}

// Package argv reads argument lists: the commands in them, and the program of
// each. An argument list may be a script for a shell, of which only commands that
// run one after another are understood.
package argv

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source/regex"
)

// IsShell reports whether a program, by its name without a folder, runs a script
// that is an argument: the text of one, or its file.
func IsShell(program string) bool {
	return slices.Contains([]string{"sh", "bash", "dash", "ash", "ksh", "zsh"}, program)
}

// installers are programs that may install others.
var installers = []string{"pip", "pip3", "uv", "poetry", "pipenv", "pdm"}

// unknown are words of a shell after which it is not known what runs, in which
// folder and with which search path.
var unknown = []string{
	"cd", "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "export", "set", "eval", "trap", "alias", "function",
	".", "source", "[", "[[", "test", "!", "{", "}", "command", "type", "which", "unset", "local", "read",
	"pushd", "popd",
}

// Commands are the commands of an argument list. complete is false if a script
// does more than run commands one after another; then they are those that
// certainly run first. It is false, too, if a command may install programs.
func Commands(args []string) (all [][]string, complete bool) {
	script, ok := Script(args)
	if !ok {
		return [][]string{args}, true
	}
	if strings.ContainsAny(script, "|<>()`\\\n") || strings.Contains(script, "$(") {
		return nil, false
	}
	all, complete = split(script)
	for _, words := range all {
		complete = complete && !slices.Contains(installers, path.Base(Program(words)))
	}
	return all, complete
}

// split reads a script up to the first word that is not understood. A semicolon in
// quotes does not end a command: what follows it is text.
func split(script string) (all [][]string, complete bool) {
	var command []string
	var word strings.Builder
	var quote byte
	begun, understood := false, true
	endWord := func() {
		if begun {
			understood = understood && !slices.Contains(unknown, word.String()) && !strings.HasPrefix(word.String(), "#")
			command = append(command, word.String())
		}
		word.Reset()
		begun = false
	}
	end := func() {
		endWord()
		if len(command) > 0 && understood {
			all = append(all, command)
		}
		command = nil
	}
	for n := 0; n < len(script) && understood; n++ {
		switch c := script[n]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '"' || c == '\'':
			quote, begun = c, true
		case c == ' ' || c == '\t':
			endWord()
		case c == ';':
			end()
		case c == '&' && strings.HasPrefix(script[n:], "&&"):
			end()
			n++
		case c == '&':
			return all, false // the next command does not wait for this one
		default:
			begun = true
			word.WriteByte(c)
		}
	}
	if quote != 0 {
		return all, false
	}
	end()
	return all, understood
}

// Script is the script in an argument list such as ["sh", "-c", "..."].
func Script(args []string) (script string, ok bool) {
	if len(args) != 3 || !IsShell(path.Base(args[0])) || strings.Trim(args[1], "-cel") != "" || !strings.HasSuffix(args[1], "c") {
		return "", false
	}
	return args[2], true
}

var assignment = regex.New(`^[A-Za-z_]\w*=`)

// WithoutPrefix is a command without the variables that it sets, "exec" and
// "env".
func WithoutPrefix(words []string) []string {
	for len(words) > 0 && (assignment.MatchString(words[0]) || words[0] == "exec" || path.Base(words[0]) == "env" && len(words) > 1 && !strings.HasPrefix(words[1], "-")) {
		words = words[1:]
	}
	return words
}

// Program is the first word of a command after what precedes it; "" if there is
// none.
func Program(words []string) string {
	if words = WithoutPrefix(words); len(words) > 0 {
		return words[0]
	}
	return ""
}

package fromdockerfile

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project/argv"
)

// fullPrograms are programs that the full official images have and the slim ones
// lack, with Debian's package of each.
var fullPrograms = map[string]string{
	"make": "make", "git": "git", "curl": "curl", "wget": "wget", "gcc": "gcc", "g++": "g++", "patch": "patch", "ssh": "openssh-client", "scp": "openssh-client",
	"unzip": "unzip", "file": "file", "convert": "imagemagick", "hg": "mercurial", "svn": "subversion", "ps": "procps", "pgrep": "procps", "pkill": "procps",
}

// startedPrograms keeps, for the image, the packages of programs that its start
// needs: those that the full base has and the slim one lacks, and those that are
// else installed for builds alone, such as make in an entry script.
func (d *dockerfile) startedPrograms() {
	for _, name := range unique(d.started) {
		pkg := name
		if d.full {
			pkg = fullPrograms[name]
		}
		for _, list := range []struct{ build, run *[]string }{{&d.AptBuild, &d.AptRun}, {&d.ApkBuild, &d.ApkRun}} {
			is := func(entry string) bool { return plainName(entry) == pkg }
			n := slices.IndexFunc(*list.build, is)
			if slices.ContainsFunc(*list.run, is) || n < 0 && (!d.full || pkg == "" || list.run != &d.AptRun) {
				continue
			}
			if n >= 0 {
				pkg = (*list.build)[n]
			}
			*list.run = append(*list.run, pkg)
		}
	}
	if slices.Contains(d.started, "git") {
		return
	}
	for _, tell := range d.gitForBuilds {
		tell()
	}
}

// starts records the programs that a command, or a script for a shell, starts. It
// takes nothing for a program that the script prints or writes into a file.
func (d *dockerfile) starts(text string) {
	document := "" // the word that ends a text for a command's input
	for _, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if document != "" || strings.HasPrefix(trimmed, "#") {
			if trimmed == document {
				document = ""
			}
			continue
		}
		if m := hereDocument.FindStringSubmatch(line); m != nil {
			document = m[1]
		}
		line = casePattern.ReplaceAllString(quotedText.ReplaceAllStringFunc(line, unquoted), "")
		for _, command := range commandEnd.Split(comment.ReplaceAllString(line, ""), -1) {
			if words := withoutWrappers(strings.Fields(command)); len(words) > 0 {
				d.started = append(d.started, path.Base(words[0]))
			}
		}
	}
}

var (
	// commandEnd matches what separates the commands of a shell.
	commandEnd   = regexp.MustCompile("&&|\\|\\||[;|&(){}`]")
	hereDocument = regexp.MustCompile(`<<-?\s*["'\\]?(\w+)`)
	casePattern  = regexp.MustCompile(`^\s*[\w.*?|-]+\)`)
	comment      = regexp.MustCompile(`(?:^|\s)#.*$`)
	// quotedText matches what a shell does not split, and its variables.
	quotedText = regexp.MustCompile(`\\.|'[^']*'|"(?:\\.|[^"\\])*"|\$\{[^{}]*\}`)
)

// unquoted is a text without its quotes if it may be a program or runs one;
// otherwise a word that is none.
func unquoted(text string) string {
	inner := strings.Trim(text, `"'`)
	switch {
	case text[0] == '"' && strings.ContainsAny(inner, "`") || text[0] == '"' && strings.Contains(inner, "$("):
		return inner
	case text[0] == '$' || text[0] == '\\' || strings.ContainsAny(inner, " ;|&(){}`#<"):
		return "_"
	}
	return inner
}

// beforeProgram are words that may stand before the name of a program, and wrappers
// programs that start another one, with the number of their own arguments.
var (
	beforeProgram = []string{"if", "then", "elif", "else", "while", "until", "do", "!", "exec", "command", "env", "sudo", "nohup", "time"}
	wrappers      = map[string]int{"timeout": 1, "gosu": 1, "su-exec": 1, "tini": 0, "dumb-init": 0, "xargs": 0}
)

// withoutWrappers is a command without what starts its program.
func withoutWrappers(words []string) []string {
	for len(words) > 1 {
		arguments, wraps := wrappers[path.Base(words[0])]
		switch {
		case strings.Contains(words[0], "=") || slices.Contains(beforeProgram, words[0]):
			words = words[1:]
		case wraps:
			for words = words[1:]; len(words) > 0 && strings.HasPrefix(words[0], "-"); words = words[1:] {
			}
			words = words[min(arguments, len(words)):]
		default:
			return words
		}
	}
	return words
}

// commandLine is a command as a text for a shell, which may be its argument.
func commandLine(words []string) string {
	if len(words) == 1 {
		return words[0] // the shell form
	}
	for n := 2; n < len(words) && argv.IsShell(path.Base(words[0])); n++ {
		if option := words[n-1]; strings.HasPrefix(option, "-") && strings.HasSuffix(option, "c") {
			return words[n]
		}
	}
	all := slices.Clone(words)
	for n, word := range all {
		if strings.ContainsAny(word, " \t\n;|&(){}`'\"#<$") {
			all[n] = "_"
		}
	}
	return strings.Join(all, " ")
}

package fromdockerfile

import (
	"path"
	"regexp"
	"slices"
	"strings"
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

// starts records the programs that a command, or a script for a shell, starts.
func (d *dockerfile) starts(text string) {
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for _, command := range commandEnd.Split(line, -1) {
			words := strings.Fields(command)
			for len(words) > 1 && (strings.Contains(words[0], "=") || slices.Contains(beforeProgram, words[0])) {
				words = words[1:]
			}
			if len(words) > 0 {
				d.started = append(d.started, path.Base(words[0]))
			}
		}
	}
}

// commandEnd matches what separates the commands of a shell.
var commandEnd = regexp.MustCompile("&&|\\|\\||[;|&(){}`]")

// beforeProgram are words that may stand before the name of a program.
var beforeProgram = []string{"if", "then", "elif", "else", "while", "until", "do", "!", "exec", "command", "env", "sudo", "nohup", "time"}

// Package fromdockerfile proposes a build file for a project that has none. The
// input is the project's Dockerfile and facts about the project. The output is
// a Proposal, which is written as TOML. Edit changes no existing byte of the
// user's file.
package fromdockerfile

import (
	"fmt"
	"math"
	"path"
	"strings"
	"unicode"
)

// Proposal is the result, in the terms of [tool.moult].
type Proposal struct {
	Python, Base, Builder string
	// PythonFrom is the image whose Python is added to a base without one.
	PythonFrom   string
	Requirements []string
	Lock         string
	// Unlocked is true if the project's lock does not have what the requirement
	// files ask for.
	Unlocked       bool
	Extras, Groups []string
	// AptBuild and AptRun are Debian's packages, ApkBuild and ApkRun Alpine's.
	AptBuild, AptRun, ApkBuild, ApkRun []string
	// AptEnv are variables for the installation of Debian's packages alone.
	AptEnv       []Variable
	Repositories []Repository
	Args         []Variable
	Env, Labels  []Variable
	// User is a number or a name; NewUser is a user to add.
	User    string
	NewUser Account
	// Folder is the application's folder in the image, empty for the default.
	// Include and Executable are patterns of its files.
	Folder              string
	Include, Executable []string
	// Workdir is the working directory if it is not the application's folder.
	Workdir         string
	Entrypoint, Cmd []string
	// Init is true if the command starts under an init process.
	Init    bool
	Expose  []string
	Volumes []string
	// Writable are folders that the user may write.
	Writable    []string
	StopSignal  string
	Healthcheck *Healthcheck
	Files       []File
	Steps       []Step
	Targets     []Target
	// Additions are lines for other files of the project.
	Additions []Addition
	// Comments are parts of the build file that are incomplete, for instance
	// without a digest. The first line of each says what is missing.
	Comments [][]string
	// Absent are the lines of a command that starts a missing file. The first line
	// says so.
	Absent []string
	// Guessed is the reason for a command that is a guess; otherwise "".
	Guessed string
	// Notes are the lines that could not be carried over.
	Notes []Note
}

// Variable is a name with its value; Optional build arguments have none.
type Variable struct{ Name, Value string }

// Healthcheck is the command of the image's health check.
type Healthcheck struct {
	Cmd                            []string
	Interval, Timeout, StartPeriod string
	StartInterval                  string
	Retries                        int
}

// File is an entry of files: of the project, of an image, or from a URL with its
// digest.
type File struct {
	Image, From, To, Mode, Owner string
	URL, SHA256                  string
	Unpack                       bool
}

// Step is an entry of steps.
type Step struct {
	Run []string
	// Env is for this step only.
	Env []Variable
	// Network is true if it has the network, SSH if it has the client's agent.
	Network, SSH bool
	// Secrets are entries of its list, in TOML; Caches are folders.
	Secrets, Caches []string
	// inHome is true if the command runs in the application's folder.
	inHome bool
}

// Note is a line of a file that was not carried over.
type Note struct {
	// File and Line are its position, Text is its text.
	File string
	Line int
	Text string
	// Why is the reason, or says what to write instead.
	Why string
}

// order is the note's place among those of a Dockerfile.
func (n Note) order(dockerfile string) int {
	if n.File != dockerfile || n.Line == 0 {
		return math.MaxInt
	}
	return n.Line
}

// String returns the note on one line.
func (n Note) String() string {
	at := n.File
	if n.Line > 0 {
		at = fmt.Sprintf("%s:%d", n.File, n.Line)
	}
	text := []rune(strings.Join(strings.Fields(n.Text), " "))
	if len(text) > 70 {
		text = append(text[:67:67], []rune("...")...)
	}
	return printable(fmt.Sprintf("%s: %s: %s", at, string(text), n.Why))
}

// printable returns a text on one line, without control characters.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, text)
}

// TOML writes the proposal as the keys of a moult.toml, or, with inPyproject,
// as the table [tool.moult] with what belongs below it.
func (p *Proposal) TOML(inPyproject bool) string {
	w := &writer{}
	prefix := ""
	if inPyproject {
		w.line("[tool.moult]")
		prefix = "tool.moult."
	}
	w.keys(prefix, p)
	w.tables(prefix, p)
	for _, t := range p.Targets {
		w.target(prefix, t)
	}
	for _, c := range p.Comments {
		w.line("")
		for _, l := range c {
			w.line("# " + printable(strings.ReplaceAll(l, "PREFIX", prefix)))
		}
	}
	return strings.TrimPrefix(w.b.String(), "\n")
}

// inline returns the account as an inline table.
func (a Account) inline() string {
	text := "{name = " + quote(a.Name)
	if a.UID > 0 {
		text += fmt.Sprintf(", uid = %d", a.UID)
	}
	if a.GID != 0 {
		text += fmt.Sprintf(", gid = %d", max(a.GID, 0))
	}
	if a.Home != "" {
		text += ", home = " + quote(a.Home)
	}
	return text + "}"
}

// clean returns an absolute path in the image.
func clean(workdir, name string) string {
	if !path.IsAbs(name) {
		name = path.Join(workdir, name)
	}
	return path.Clean(name)
}

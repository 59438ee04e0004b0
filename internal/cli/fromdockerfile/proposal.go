// Package fromdockerfile proposes a build file for a project that has none. The
// input is the project's Dockerfile and facts about the project. The output is
// a Proposal, which is written as TOML. Edit changes no existing byte of the
// user's file.
package fromdockerfile

import (
	"fmt"
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
	Args                               []Variable
	Env, Labels                        []Variable
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
	Expose          []string
	Volumes         []string
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

// File is an entry of files.
type File struct{ Image, From, To, Mode, Owner string }

// Step is an entry of steps.
type Step struct {
	Run []string
	// Env is for this step only.
	Env []Variable
	// Network is true if it has the network.
	Network bool
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
	if p.PythonFrom != "" {
		w.line("python = {version = " + quote(p.Python) + ", from = " + quote(p.PythonFrom) + "}")
	} else {
		w.text("python", p.Python)
	}
	w.text("base", p.Base)
	w.text("builder", p.Builder)
	w.list("requirements", p.Requirements)
	w.text("lock", p.Lock)
	if p.Unlocked {
		w.line("lock = false")
	}
	w.list("extras", p.Extras)
	w.list("groups", p.Groups)
	if p.NewUser.Name != "" {
		w.line("user = " + p.NewUser.inline())
	} else {
		w.text("user", p.User)
	}
	w.list("writable", p.Writable)
	w.text("workdir", p.Workdir)
	w.ports(p.Expose)
	w.list("volumes", p.Volumes)
	w.text("stopsignal", p.StopSignal)
	for _, l := range p.Absent {
		w.line("# " + printable(strings.ReplaceAll(l, "PREFIX", prefix)))
	}
	w.list("entrypoint", p.Entrypoint)
	if p.Guessed != "" {
		w.line("# " + printable(p.Guessed)) // it may hold the name of a file
	}
	if p.Cmd != nil {
		w.line("cmd = " + array(p.Cmd))
	}
	if p.Folder != "" || p.Include != nil || p.Executable != nil {
		w.line("")
		w.line("[" + prefix + "app]")
		w.text("to", p.Folder)
		w.list("include", p.Include)
		w.list("executable", p.Executable)
	}
	w.table(prefix, "args", p.Args)
	w.packages(prefix, "apt", p.AptBuild, p.AptRun)
	w.packages(prefix, "apk", p.ApkBuild, p.ApkRun)
	w.table(prefix, "env", p.Env)
	w.table(prefix, "labels", p.Labels)
	w.healthcheck(prefix, p.Healthcheck)
	w.files(prefix, p.Files)
	w.steps(prefix, p.Steps)
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

// files writes the entries of [[files]].
func (w *writer) files(prefix string, files []File) {
	for _, f := range files {
		w.line("")
		w.line("[[" + prefix + "files]]")
		w.text("image", f.Image)
		w.text("from", f.From)
		w.text("to", f.To)
		w.text("mode", f.Mode)
		w.text("owner", f.Owner)
	}
}

// steps writes the entries of [[steps]].
func (w *writer) steps(prefix string, steps []Step) {
	for _, s := range steps {
		w.line("")
		w.line("[[" + prefix + "steps]]")
		w.line("run = " + array(s.Run))
		if len(s.Env) > 0 {
			all := make([]string, len(s.Env))
			for n, v := range s.Env {
				all[n] = key(v.Name) + " = " + quote(v.Value)
			}
			w.line("env = {" + strings.Join(all, ", ") + "}")
		}
		if s.Network {
			w.line("network = true")
		}
	}
}

func (w *writer) healthcheck(prefix string, h *Healthcheck) {
	if h == nil {
		return
	}
	w.line("")
	w.line("[" + prefix + "healthcheck]")
	w.line("cmd = " + array(h.Cmd))
	w.text("interval", h.Interval)
	w.text("timeout", h.Timeout)
	w.text("start-period", h.StartPeriod)
	w.text("start-interval", h.StartInterval)
	if h.Retries > 0 {
		w.line(fmt.Sprintf("retries = %d", h.Retries))
	}
}

func (w *writer) target(prefix string, t Target) {
	w.line("")
	w.line("[" + prefix + "target." + key(t.Name) + "]")
	w.list("extras", t.Extras)
	w.list("groups", t.Groups)
	w.ports(t.Expose)
	if t.Entrypoint != nil {
		w.line("entrypoint = " + array(t.Entrypoint))
	}
	if t.Cmd != nil {
		w.line("cmd = " + array(t.Cmd))
	}
	inner := prefix + "target." + key(t.Name) + "."
	w.table(inner, "env", t.Env)
	w.healthcheck(inner, t.Healthcheck)
}

type writer struct{ b strings.Builder }

func (w *writer) line(s string) { w.b.WriteString(s + "\n") }

func (w *writer) text(key, value string) {
	if value != "" {
		w.line(key + " = " + quote(value))
	}
}

func (w *writer) list(key string, values []string) {
	if len(values) > 0 {
		w.line(key + " = " + array(values))
	}
}

func (w *writer) ports(ports []string) {
	var all []string
	for _, p := range ports {
		p = strings.TrimSuffix(p, "/tcp")
		if p == "" {
			continue // a variable that nothing sets
		}
		if strings.Trim(p, "0123456789") != "" || p[0] == '0' {
			p = quote(p)
		}
		all = append(all, p)
	}
	if len(all) > 0 {
		w.line("expose = [" + strings.Join(all, ", ") + "]")
	}
}

func (w *writer) table(prefix, name string, values []Variable) {
	if len(values) == 0 {
		return
	}
	w.line("")
	w.line("[" + prefix + name + "]")
	for _, v := range values {
		w.line(key(v.Name) + " = " + quote(v.Value))
	}
}

func (w *writer) packages(prefix, name string, build, run []string) {
	if len(build)+len(run) == 0 {
		return
	}
	w.line("")
	w.line("[" + prefix + name + "]")
	w.list("build", build)
	w.list("run", run)
}

// key returns a key, quoted if necessary.
func key(name string) string {
	if name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == "" {
		return name
	}
	return quote(name)
}

// quote returns a text as a TOML string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// lineWidth is the width from which on a list has a line for each element.
const lineWidth = 120

func array(values []string) string {
	all := make([]string, len(values))
	for n, v := range values {
		all[n] = quote(v)
	}
	one := "[" + strings.Join(all, ", ") + "]"
	if len(one) <= lineWidth {
		return one
	}
	return "[\n    " + strings.Join(all, ",\n    ") + ",\n]"
}

// clean returns an absolute path in the image.
func clean(workdir, name string) string {
	if !path.IsAbs(name) {
		name = path.Join(workdir, name)
	}
	return path.Clean(name)
}

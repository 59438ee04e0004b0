package fromdockerfile

import (
	"fmt"
	"strings"
)

// This file writes the tables of a build file.

// files writes the entries of [[files]].
func (w *writer) files(prefix string, files []File) {
	for _, f := range files {
		w.line("")
		w.line("[[" + prefix + "files]]")
		w.text("image", f.Image)
		w.text("url", f.URL)
		w.text("sha256", f.SHA256)
		if f.Unpack {
			w.line("unpack = true")
		}
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
		w.inline("env", s.Env)
		if s.Network {
			w.line("network = true")
		}
		if len(s.Secrets) > 0 {
			w.line("secrets = [" + strings.Join(s.Secrets, ", ") + "]")
		}
		w.list("caches", s.Caches)
		if s.SSH {
			w.line("ssh = true")
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
	name := "target." + key(t.Name)
	w.line("")
	w.line("[" + prefix + name + "]")
	for _, l := range t.Reset {
		w.line(l)
	}
	w.keys(prefix, &t.Differs)
	w.tables(prefix+name+".", &t.Differs)
}

// keys writes what comes before the tables.
func (w *writer) keys(prefix string, p *Proposal) {
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
	if p.Init {
		w.line("init = true")
	}
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
}

// tables writes the tables.
func (w *writer) tables(prefix string, p *Proposal) {
	if p.Folder != "" || p.Include != nil || p.Executable != nil {
		w.line("")
		w.line("[" + prefix + "app]")
		w.text("to", p.Folder)
		w.list("include", p.Include)
		w.list("executable", p.Executable)
	}
	w.table(prefix, "args", p.Args)
	w.packages(prefix, "apt", p.AptBuild, p.AptRun, p.AptEnv)
	w.packages(prefix, "apk", p.ApkBuild, p.ApkRun, nil)
	w.repositories(prefix, p.Repositories)
	w.table(prefix, "env", p.Env)
	w.table(prefix, "labels", p.Labels)
	w.healthcheck(prefix, p.Healthcheck)
	w.files(prefix, p.Files)
	w.steps(prefix, p.Steps)
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

func (w *writer) packages(prefix, name string, build, run []string, env []Variable) {
	if len(build)+len(run) == 0 {
		return
	}
	w.line("")
	w.line("[" + prefix + name + "]")
	w.list("build", build)
	w.list("run", run)
	w.inline("env", env)
}

// inline writes variables as an inline table.
func (w *writer) inline(name string, values []Variable) {
	if len(values) == 0 {
		return
	}
	all := make([]string, len(values))
	for n, v := range values {
		all[n] = key(v.Name) + " = " + quote(v.Value)
	}
	w.line(name + " = {" + strings.Join(all, ", ") + "}")
}

func (w *writer) repositories(prefix string, all []Repository) {
	for _, r := range all {
		w.line("")
		w.line("[[" + prefix + "apt.repositories]]")
		w.text("url", r.URL)
		w.text("suite", r.Suite)
		w.list("components", r.Components)
		w.text("key", r.Key)
	}
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

// Package todockerfile writes a plan as a Dockerfile that people can read and
// maintain, for projects that leave Moult. An image of this Dockerfile has the
// same files; docs/cli.md lists the differences.
//
// The input is the report of a plan, the output are two files. The package
// makes no new decisions and reads no images.
package todockerfile

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/report"
	"github.com/moult-build/moult/internal/step/protocol"
)

// Dockerfile is the result.
type Dockerfile struct {
	// Text is the Dockerfile. Ignore are the patterns for its .dockerignore in
	// addition to those of the project's own.
	Text   string
	Ignore []string
	// Lost are descriptions of the features that have no equivalent.
	Lost []string
}

// Write returns the Dockerfile for one platform's plan.
func Write(p report.Platform) Dockerfile {
	w := &writer{plan: p.Plan, base: p.Base}
	if w.base == "" {
		w.base = p.Plan.Base
	}
	w.head(p)
	w.stages()
	w.builder()
	w.image()
	d := Dockerfile{Text: w.b.String(), Lost: w.lost}
	if p.Plan.App != nil {
		d.Ignore = slices.Clone(p.Plan.App.Exclude)
		if from := p.Plan.App.From; from != "." {
			for n, pattern := range d.Ignore {
				if rest, ok := strings.CutPrefix(pattern, "!"); ok {
					d.Ignore[n] = "!" + path.Join(from, rest)
				} else {
					d.Ignore[n] = path.Join(from, pattern)
				}
			}
		}
	}
	return d
}

type writer struct {
	b    strings.Builder
	plan *plan.Plan
	base string
	lost []string
}

// line writes a line. A Dockerfile cannot express a value with a line break,
// because the next line would be another instruction.
func (w *writer) line(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if broken(text) {
		w.lose("%s (a value has a line break)", text)
		return
	}
	w.b.WriteString(text + "\n")
}

func broken(text string) bool { return strings.ContainsAny(text, "\r\n") }

// lose records a feature without an equivalent, as a comment in the file and in
// Lost.
func (w *writer) lose(format string, args ...any) {
	text := strings.NewReplacer("\r", " ", "\n", " ").Replace(fmt.Sprintf(format, args...))
	w.lost = append(w.lost, text)
	w.line("# Not carried over: %s", text)
}

func (w *writer) head(p report.Platform) {
	name := p.Plan.Project
	if name == "" {
		name = "the project"
	}
	w.line("# syntax=docker/dockerfile:1")
	w.line("# What Moult builds for %s on %s. Yours to keep and to change:", name, p.Platform)
	w.line("#   docker buildx build -t %s .", strings.ToLower(strings.ReplaceAll(name, " ", "-")))
	w.line("")
}

// run writes a RUN of several commands, each on a line.
func (w *writer) run(flags []string, commands ...string) {
	if all := append(slices.Clone(flags), commands...); slices.ContainsFunc(all, broken) {
		w.lose("RUN %s (a value has a line break)", strings.Join(all, " "))
		return
	}
	lead := "RUN "
	for _, f := range flags {
		lead += f + " \\\n    "
	}
	w.b.WriteString(lead + strings.Join(commands, " && \\\n    ") + "\n")
}

// exec returns a command as a JSON list, which no shell reads.
func exec(args []string) string {
	all := make([]string, len(args))
	for n, arg := range args {
		// Without the escapes for HTML, which people do not write. Encoding a string
		// never fails.
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		_ = e.Encode(arg)
		all[n] = strings.TrimSuffix(b.String(), "\n")
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// paths returns the arguments of COPY and ADD: words, or a list in JSON for
// paths with spaces. In both forms a Dockerfile expands variables and quotes;
// these paths have none.
func paths(all ...string) string {
	if !slices.ContainsFunc(all, func(p string) bool {
		return p == "" || p[0] == '-' || p[0] == '[' || strings.ContainsAny(p, " \t\"'`$\\<")
	}) {
		return strings.Join(all, " ")
	}
	escaped := make([]string, len(all))
	for n, p := range all {
		escaped[n] = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `'`, `\'`, `$`, `\$`).Replace(p)
	}
	return exec(escaped)
}

// quote returns a word for a shell.
func quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,~^") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// system writes the installation of a distribution's packages.
func (w *writer) system(s *plan.SystemPackages) {
	if s == nil {
		return
	}
	for _, r := range s.Repositories {
		w.lose("the package repository %s", r.URL)
	}
	for _, f := range s.Files {
		w.line("ADD --checksum=sha256:%s %s", f.SHA256, paths(f.URL, "/tmp/packages/"))
	}
	var env string
	for _, v := range s.Env {
		env += v.Name + "=" + quote(v.Value) + " "
	}
	names := make([]string, len(s.Packages))
	for n, p := range s.Packages {
		names[n] = quote(p)
	}
	switch s.Manager {
	case "apk":
		if len(s.Files) > 0 {
			names = append(names, "/tmp/packages/*")
		}
		w.run(nil, env+"apk add --no-cache "+strings.Join(names, " "))
	case "dnf":
		if len(s.Files) > 0 {
			names = append(names, "/tmp/packages/*")
		}
		w.run(nil, env+"if command -v dnf; then dnf -y install "+strings.Join(names, " ")+"; else microdnf -y install "+strings.Join(names, " ")+"; fi",
			"rm -rf /var/cache/dnf /var/cache/yum")
	default:
		if len(s.Files) > 0 {
			names = append(names, "/tmp/packages/*.deb")
		}
		w.run(nil, "apt-get update",
			env+"DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "+strings.Join(names, " "),
			"rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log /var/cache/ldconfig/aux-cache /tmp/packages")
	}
}

// builderImage returns the image in which wheels are installed: the builder, or
// the base if nothing is compiled and the base has pip.
func (w *writer) builderImage() string {
	if w.plan.Building != nil {
		return w.plan.Building.Image
	}
	if w.plan.PythonFrom == nil && strings.Contains(w.plan.Base, "python:") {
		return w.base
	}
	return "python:" + w.plan.Environment.Python.Name()
}

// builder writes the stage that creates the virtual environment.
func (w *writer) builder() {
	p := w.plan
	python := "python" + p.Environment.Python.Name()
	interpreter := p.Environment.Python.Interpreter
	site := p.Environment.Python.SitePackages(protocol.Venv)
	w.line("# The virtual environment.")
	w.line("FROM %s AS builder", w.builderImage())
	if p.Building != nil {
		w.system(p.Building.System)
		w.files(p.Building.Files)
	}
	w.run(nil,
		"mkdir -p "+path.Join(protocol.Venv, "bin")+" "+site,
		"ln -s "+interpreter+" "+protocol.Venv+"/bin/python",
		"ln -s python "+protocol.Venv+"/bin/python3",
		"ln -s python "+protocol.Venv+"/bin/"+python,
		"ln -s lib "+protocol.Venv+"/lib64",
		`printf 'home = %s\ninclude-system-site-packages = false\nversion = %s\n' `+path.Dir(interpreter)+" "+p.Environment.Python.Name()+" > "+protocol.Venv+"/pyvenv.cfg",
		`printf 'export VIRTUAL_ENV=`+protocol.Venv+` PATH="`+protocol.Venv+`/bin:$PATH"\n' > `+protocol.Venv+"/bin/activate")
	w.packages(python)
	if p.Bytecode && len(p.Packages) > 0 {
		w.line("# Bytecode that is trusted without a look at the source: nothing in an image changes.")
		w.run(nil, python+" -m compileall -q --invalidation-mode unchecked-hash -x '/tests?/' "+site+" || true")
	}
	w.line("")
}

// packages writes the commands that install the files of the plan, and no
// others.
func (w *writer) packages(python string) {
	p := w.plan
	var pinned []string
	var wheels []string
	index := w.indexes()
	for _, pkg := range p.Packages {
		name := pkg.Name
		switch o := pkg.Origin.(type) {
		case *plan.Download:
			address := name + " @ " + o.URL
			if pkg.Version != "" && (index != "" || hosted(o.URL)) {
				address = name + "==" + pkg.Version
			}
			pinned = append(pinned, address+" --hash=sha256:"+o.SHA256)
		case plan.Resolved:
			pinned = append(pinned, name+"=="+wheelVersion(pkg, o.Filename))
		case plan.ContextFile:
			w.line("COPY %s", paths(o.Path, "/wheels/"))
			wheels = append(wheels, quote("/wheels/"+path.Base(o.Path)))
		case *plan.Git:
			wheels = append(wheels, quote(w.checkout(name, o)))
		}
	}
	secrets := w.secrets()
	if len(pinned) > 0 {
		w.line(`COPY <<"EOF" /requirements.txt`)
		for _, line := range pinned {
			w.line("%s", line)
		}
		w.line("EOF")
		check := ""
		if !slices.ContainsFunc(pinned, func(line string) bool { return !strings.Contains(line, "--hash=") }) {
			check = " --require-hashes"
		}
		w.run(append(secrets, "--mount=type=cache,target=/root/.cache/pip"),
			fmt.Sprintf("%s -m pip --python %s/bin/python install --no-deps --no-compile --only-binary=:all:%s%s -r /requirements.txt", python, protocol.Venv, check, index))
	}
	if len(wheels) > 0 {
		w.run(nil, fmt.Sprintf("%s -m pip --python %s/bin/python install --no-deps --no-compile --no-index %s", python, protocol.Venv, strings.Join(wheels, " ")))
	}
	if p.Building == nil {
		return
	}
	for _, s := range p.Building.Sources {
		w.build(s, python, index, secrets)
	}
}

// build writes the commands that build and install one source tree.
func (w *writer) build(s plan.Source, python, index string, secrets []string) {
	target := w.tree(s)
	w.system(s.System)
	var env string
	for _, v := range s.Env {
		env += v.Name + "=" + quote(v.Value) + " "
	}
	var config string
	for _, v := range s.Config {
		config += " --config-settings=" + quote(v.Name+"="+v.Value)
	}
	if len(s.ExtraRequires) > 0 || len(s.Constraints) > 0 {
		w.lose("the build requirements of %s: %s", s.Name, strings.Join(append(slices.Clone(s.ExtraRequires), s.Constraints...), ", "))
	}
	if len(s.EnvironmentPackages) > 0 {
		config += " --no-build-isolation"
	}
	w.run(append(secrets, "--mount=type=cache,target=/root/.cache/pip"),
		fmt.Sprintf("%s%s -m pip --python %s/bin/python install --no-deps --no-compile%s%s %s", env, python, protocol.Venv, config, index, quote(target)))
}

// tree writes the copy of a source tree, if it is in the context, and returns
// its name for pip.
func (w *writer) tree(s plan.Source) string {
	switch o := s.Origin.(type) {
	case *plan.Git:
		if o.File != "" {
			return w.checkout(s.Name, o)
		}
		target := s.Name + " @ git+" + o.URL + "@" + o.Commit
		if s.Subdirectory != "" {
			target += "#subdirectory=" + s.Subdirectory
		}
		return target
	case *plan.Download:
		return s.Name + " @ " + o.URL + "#sha256=" + o.SHA256
	case *plan.Choice:
		return o.Requirement
	case plan.ContextFile:
		w.line("COPY %s", paths(o.Path, "/src/"))
		return "/src/" + path.Base(o.Path)
	case *plan.ContextFolder:
		target := "/src/" + s.Name
		w.line("COPY %s", paths(o.Dir, target))
		w.added(o.Added, target)
		return path.Join(target, s.Subdirectory)
	default:
		return s.Name
	}
}

// checkout writes the checkout of a repository, and returns the path of its file:
// pip builds folders of repositories only.
func (w *writer) checkout(name string, git *plan.Git) string {
	target := "/src/" + name
	address := git.URL
	if strings.HasPrefix(address, "http") && !strings.HasSuffix(address, ".git") {
		address += ".git" // by which ADD knows a repository
	}
	w.line("ADD %s", paths(address+"#"+git.Commit, target))
	return path.Join(target, git.File)
}

// hosted reports whether a file is on the public index, which pip asks by
// default.
func hosted(url string) bool { return strings.HasPrefix(url, "https://files.pythonhosted.org/") }

// indexes returns pip's flags for the plan's indexes.
func (w *writer) indexes() string {
	if w.plan.Building == nil {
		return ""
	}
	var flags string
	for n, i := range w.plan.Building.Indexes {
		if n == 0 {
			flags += " --index-url " + quote(i.URL)
		} else {
			flags += " --extra-index-url " + quote(i.URL)
		}
	}
	return flags
}

// secrets returns the mounts of the secrets for indexes with a password.
func (w *writer) secrets() []string {
	if w.plan.Building == nil {
		return nil
	}
	for _, i := range w.plan.Building.Indexes {
		if i.Secret != "" {
			w.line("# %s needs a password: --secret id=netrc,src=$HOME/.netrc", i.URL)
			return []string{"--mount=type=secret,id=netrc,target=/root/.netrc"}
		}
	}
	return nil
}

// wheelVersion returns the version in a wheel's name.
func wheelVersion(pkg plan.Package, filename string) string {
	if pkg.Version != "" {
		return pkg.Version
	}
	parts := strings.Split(filename, "-")
	if len(parts) > 1 {
		return parts[1]
	}
	return "0"
}

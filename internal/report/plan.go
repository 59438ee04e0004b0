package report

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/plan"
)

// Plan is the report of what a build will do, and why.
type Plan struct{ Build }

// Text implements Printer.
func (r Plan) Text(w io.Writer) error {
	p := &printer{w: w}
	for n, platform := range r.Platforms {
		if n > 0 {
			p.line("")
		}
		p.plan(r.Build, platform)
	}
	return p.err
}

func (p *printer) plan(b Build, platform Platform) {
	pl := platform.Plan
	p.line("%s: target %s for %s", name(pl), b.Target, platform.Platform)
	p.line("")
	p.line("environment")
	base := platform.Base
	if base == "" {
		base = pl.Base
	}
	rows := [][]string{
		{"base", base},
		{"python", pl.Environment.Python.Interpreter + ", " + describe(pl.Environment)},
	}
	if pl.PythonReason != "" {
		rows = append(rows, []string{"", pl.Environment.Python.Name() + " is " + pl.PythonReason})
	}
	if b.Lock != nil {
		rows = append(rows, []string{"lock", strings.TrimSpace(b.Lock.File + written(b.Lock))})
	} else if pl.Building != nil && pl.Building.Resolve != nil {
		rows = append(rows, []string{"lock", "none: pip resolves " + count(len(pl.Building.Resolve.Requirements), "requirement")})
	}
	if pl.PythonFrom != nil {
		rows = append(rows, []string{"added", "the Python of " + pl.PythonFrom.Image})
	}
	rows = append(rows, system(pl.System)...)
	p.table(rows)
	p.packages(pl)
	p.building(pl)
	p.application(pl.App)
	p.files("files", pl.Files)
	p.stages(pl.Stages)
	p.layers(platform)
	p.steps("steps", pl.Steps)
	p.image(pl)
}

// system returns packages of the distribution as rows of a table.
func system(s *plan.SystemPackages) [][]string {
	if s == nil {
		return nil
	}
	all := slices.Clone(s.Packages)
	for _, f := range s.Files {
		all = append(all, f.Filename)
	}
	for _, a := range s.Automatic {
		if n := slices.Index(all, a.Package); n >= 0 {
			all[n] += " (for " + a.For + ")"
		}
	}
	rows := [][]string{{s.Manager, strings.Join(all, ", ")}}
	for _, r := range s.Repositories {
		rows = append(rows, []string{"repository", r.URL})
	}
	return rows
}

// files prints the files that are not the application.
func (p *printer) files(title string, all []plan.Files) {
	if len(all) == 0 {
		return
	}
	p.line("")
	p.line("%s", title)
	for _, f := range all {
		p.line("  %s", f.What())
	}
}

// stages prints the stages.
func (p *printer) stages(all []plan.Stage) {
	for _, s := range all {
		p.line("")
		image := s.Image
		if image == "" {
			image = "the builder"
		}
		p.line("stage %s: %s, with %s/ at %s", s.Name, image, path.Clean(s.Dir), s.Workdir)
		p.table(system(s.System))
		p.table(commands(s.Steps))
	}
}

func name(p *plan.Plan) string {
	if p.Project == "" {
		return "project"
	}
	return p.Project
}

func written(l *Lock) string {
	if l.Tool == "" {
		return ""
	}
	return ", written by " + l.Tool
}

func (p *printer) packages(pl *plan.Plan) {
	if len(pl.Packages) == 0 {
		return
	}
	p.line("")
	p.line("packages: %s", contents(pl))
	rows := [][]string{{"PACKAGE", "VERSION", "SIZE", "FILE", "WHY"}}
	for _, pkg := range pl.Packages {
		version := pkg.Version
		if version == "" {
			version = "-"
		}
		rows = append(rows, []string{pkg.Name, version, size(pkg.Size), file(pl, pkg), pkg.Reason})
	}
	p.table(rows)
}

// contents counts packages by their origins.
func contents(pl *plan.Plan) string {
	var wheels, built int
	var bytes int64
	for _, pkg := range pl.Packages {
		if pkg.BuiltFrom() != "" {
			built++
			continue
		}
		wheels++
		bytes += pkg.Size
	}
	text := count(wheels, "wheel")
	if bytes > 0 {
		text += " (" + size(bytes) + ")"
	}
	if built > 0 {
		text += fmt.Sprintf(", %d built from source", built)
	}
	return text
}

// building prints what happens in the builder.
func (p *printer) building(pl *plan.Plan) {
	b := pl.Building
	if b == nil {
		return
	}
	p.line("")
	p.line("builder: %s", b.Image)
	var rows [][]string
	rows = append(rows, system(b.System)...)
	for _, f := range b.Files {
		rows = append(rows, []string{"files", f.What()})
	}
	for _, i := range b.Indexes {
		index := i.URL
		if i.Secret != "" {
			index += " (secret " + i.Secret + ")"
		}
		rows = append(rows, []string{"index", index})
	}
	if r := b.Resolve; r != nil {
		for _, line := range r.Requirements {
			rows = append(rows, []string{"resolve", line})
		}
		for _, line := range r.Constraints {
			rows = append(rows, []string{"constraint", line})
		}
		for _, line := range r.Files {
			rows = append(rows, []string{"resolve", line})
		}
	}
	for _, s := range b.Sources {
		rows = append(rows, []string{"build", s.Name + " from " + origin(s) + " " + how(s)})
	}
	p.table(rows)
}

// application prints which files of the context are copied.
func (p *printer) application(a *plan.App) {
	if a == nil {
		return
	}
	p.line("")
	p.line("application: %s is copied to %s", path.Clean(a.From)+"/", a.Dir)
	if len(a.Include) > 0 {
		p.table([][]string{{"only", strings.Join(a.Include, ", ")}})
	}
}

func (p *printer) layers(platform Platform) {
	if len(platform.Layers) == 0 {
		return
	}
	p.line("")
	p.line("layers above the base: %d", len(platform.Layers))
	rows := [][]string{{"SIZE", "LAYER"}}
	for _, l := range platform.Layers {
		rows = append(rows, []string{size(l.Size), l.Name})
	}
	p.table(rows)
	if len(platform.Plan.Packages) > 0 {
		p.line("  (sizes are those of the wheels, compressed; - is not known before the build)")
	}
}

func (p *printer) steps(title string, steps []plan.Step) {
	if len(steps) == 0 {
		return
	}
	p.line("")
	p.line("%s", title)
	p.table(commands(steps))
}

// commands returns steps as rows of a table.
func commands(steps []plan.Step) [][]string {
	var rows [][]string
	for _, s := range steps {
		var with []string
		if s.Root == plan.RootBuilder {
			with = append(with, "in the builder")
		}
		if s.Inputs != nil {
			inputs := "nothing of the application"
			if !s.Inputs.None() {
				inputs = strings.Join(s.Inputs.All(), " ")
			}
			with = append(with, "reads "+inputs)
		}
		if s.Outputs != nil {
			outputs := []string{"nothing"}
			for n, o := range s.Outputs.All() {
				if n == 0 {
					outputs = nil
				}
				outputs = append(outputs, o.Path)
			}
			with = append(with, "keeps "+strings.Join(outputs, " "))
		}
		if s.Network {
			with = append(with, "network")
		}
		if s.SSH {
			with = append(with, "ssh")
		}
		for _, secret := range s.Secrets {
			with = append(with, "secret "+secret.ID)
		}
		for _, c := range s.Caches {
			with = append(with, "cache "+c.Path)
		}
		rows = append(rows, []string{command(s.Run), strings.Join(with, ", ")})
	}
	return rows
}

func (p *printer) image(pl *plan.Plan) {
	i := pl.Image
	p.line("")
	p.line("image")
	var rows [][]string
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, []string{key, value})
		}
	}
	add("entrypoint", command(i.Entrypoint))
	cmd := command(i.Cmd)
	if i.CommandReason != "" {
		cmd += " (" + i.CommandReason + ")"
	}
	add("cmd", cmd)
	user := i.User
	if u := pl.User; u != nil && u.Name != "" {
		user += fmt.Sprintf(" (%s, added with the home folder %s unless it is there)", u.Name, u.Home)
	}
	add("user", user)
	add("workdir", i.WorkingDir)
	if pl.Init != nil {
		add("init", pl.Init.To+" of "+pl.Init.Image)
	}
	for _, f := range pl.Folders {
		if f.Owned {
			add("writable", f.Path)
		}
	}
	for _, v := range i.Env {
		add("env", v.Name+"="+v.Value)
	}
	add("expose", strings.Join(i.Expose, ", "))
	add("volumes", strings.Join(i.Volumes, ", "))
	add("stopsignal", i.StopSignal)
	if h := i.Healthcheck; h != nil {
		add("healthcheck", command(h.Test))
	}
	for _, v := range i.Labels {
		add("label", v.Name+"="+v.Value)
	}
	p.table(rows)
}

// command is an argument list as one text. An empty argument, or one with a
// space, a quote or a character of the shell, is in quotes.
func command(args []string) string {
	all := make([]string, len(args))
	for n, a := range args {
		if a == "" || strings.ContainsAny(a, " \t\n\"'\\$`") {
			a = fmt.Sprintf("%q", a)
		}
		all[n] = a
	}
	return strings.Join(all, " ")
}

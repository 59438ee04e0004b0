package fromdockerfile

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/moult-build/moult/internal/project"
)

// Target is another image that the Dockerfile can build. Differs has its
// differences from the image, Reset are lines that take something of the image
// back.
type Target struct {
	Name    string
	Differs Proposal
	Reset   []string
}

// targets reads the named stages that have a command, a port or a health check,
// and are not only a part of the image.
func (d *dockerfile) targets(stages []instructions.Stage, final *instructions.Stage) {
	used := d.copiedFrom(stages)
	for n := range stages {
		s := &stages[n]
		if s == final || s.Name == "" || slices.Contains(used, s) || !starts(s) {
			continue
		}
		other := d.fresh()
		other.variant = true
		other.image(stages, s)
		o := other.Proposal
		if o.Entrypoint == nil && o.Cmd == nil && d.Cmd == nil {
			continue
		}
		t := o.target(s.Name, d.Proposal)
		needs := d.missingIn(other)
		if reflect.DeepEqual(t, Target{Name: s.Name}) && len(needs) == 0 {
			continue
		}
		if !targetName(s.Name) {
			d.note(s.Location, s.OrigCmd+" "+s.BaseName+as(s.Name),
				"a target cannot have this name; write its command, ports, health check and variables into [tool.moult.target.NAME] with another")
			continue
		}
		if o.User == "" && o.NewUser.Name == "" && d.User+d.NewUser.Name != "" {
			d.note(s.Location, "USER of "+s.Name, fmt.Sprintf("write user = \"root\" under [tool.moult.target.%s]", s.Name))
		}
		d.Targets = append(d.Targets, t)
		for _, r := range needs {
			d.note(r.at, r.text, fmt.Sprintf("the target %s alone needs them: put them into a dependency group or another requirement file, and name it under [tool.moult.target.%s]: %s",
				s.Name, s.Name, strings.Join(r.names, ", ")))
		}
		for _, n := range o.Notes {
			if n.Line > 0 && !slices.ContainsFunc(d.Notes, func(other Note) bool { return other.Line == n.Line && other.Text == n.Text }) {
				d.Notes = append(d.Notes, n)
			}
		}
		for _, c := range without(o.Comments, d.Comments) {
			for n := range c {
				c[n] = strings.ReplaceAll(c[n], "PREFIX", "PREFIXtarget."+key(s.Name)+".")
			}
			d.Comments = append(d.Comments, c)
		}
		d.note(s.Location, s.OrigCmd+" "+s.BaseName+as(s.Name), "the target "+s.Name+": --target "+s.Name+" builds it")
	}
}

// missingIn returns the requirements on the command line of pip that another
// image has and this one has not.
func (d *dockerfile) missingIn(other *dockerfile) (all []required) {
	for _, r := range other.required {
		if !slices.ContainsFunc(d.required, func(own required) bool { return slices.Equal(own.at, r.at) && slices.Equal(own.names, r.names) }) {
			all = append(all, r)
		}
	}
	return all
}

// target returns what a proposal has in addition to, and instead of, that of the
// image.
func (p *Proposal) target(name string, image *Proposal) Target {
	t := Target{Name: name}
	o := &t.Differs
	list := func(key string, own, theirs []string, to *[]string) {
		switch {
		case slices.Equal(own, theirs):
		case len(own) > 0:
			*to = own
		default:
			t.Reset = append(t.Reset, key+" = []")
		}
	}
	if o.Absent = p.Absent; p.Absent == nil {
		list("entrypoint", p.Entrypoint, image.Entrypoint, &o.Entrypoint)
		list("cmd", p.Cmd, image.Cmd, &o.Cmd)
	}
	list("expose", p.Expose, image.Expose, &o.Expose)
	list("volumes", p.Volumes, image.Volumes, &o.Volumes)
	list("extras", p.Extras, image.Extras, &o.Extras)
	list("groups", p.Groups, image.Groups, &o.Groups)
	list("requirements", p.Requirements, image.Requirements, &o.Requirements)
	for _, more := range []struct{ own, theirs, to *[]string }{
		{&p.AptBuild, &image.AptBuild, &o.AptBuild}, {&p.AptRun, &image.AptRun, &o.AptRun}, {&p.ApkBuild, &image.ApkBuild, &o.ApkBuild}, {&p.ApkRun, &image.ApkRun, &o.ApkRun},
		{&p.Writable, &image.Writable, &o.Writable}, {&p.Include, &image.Include, &o.Include}, {&p.Executable, &image.Executable, &o.Executable},
	} {
		if !slices.Equal(*more.own, *more.theirs) {
			*more.to = *more.own
		}
	}
	for _, text := range []struct{ own, theirs, to *string }{
		{&p.Python, &image.Python, &o.Python}, {&p.PythonFrom, &image.PythonFrom, &o.PythonFrom}, {&p.Base, &image.Base, &o.Base}, {&p.Builder, &image.Builder, &o.Builder},
		{&p.Workdir, &image.Workdir, &o.Workdir}, {&p.Folder, &image.Folder, &o.Folder}, {&p.StopSignal, &image.StopSignal, &o.StopSignal}, {&p.Lock, &image.Lock, &o.Lock},
	} {
		if *text.own != *text.theirs {
			*text.to = *text.own
		}
	}
	if o.Python+o.PythonFrom != "" {
		o.Python, o.PythonFrom = p.Python, p.PythonFrom // one key has both
	}
	if p.User != image.User {
		o.User = p.User
	}
	if p.NewUser != image.NewUser {
		o.NewUser = p.NewUser
	}
	o.Init = p.Init && !image.Init
	switch {
	case reflect.DeepEqual(p.Healthcheck, image.Healthcheck):
	case p.Healthcheck != nil:
		o.Healthcheck = p.Healthcheck
	default:
		t.Reset = append(t.Reset, "healthcheck = false")
	}
	o.Env, o.Labels, o.Args, o.AptEnv = without(p.Env, image.Env), without(p.Labels, image.Labels), without(p.Args, image.Args), without(p.AptEnv, image.AptEnv)
	o.Files, o.Steps, o.Repositories = without(p.Files, image.Files), without(p.Steps, image.Steps), without(p.Repositories, image.Repositories)
	return t
}

// without returns the values that another list does not have.
func without[T any](all, others []T) (rest []T) {
	for _, v := range all {
		if !slices.ContainsFunc(others, func(other T) bool { return reflect.DeepEqual(v, other) }) {
			rest = append(rest, v)
		}
	}
	return rest
}

// targetName reports whether a stage's name can be the name of a target.
func targetName(name string) bool {
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == "" && !slices.Contains(project.ReservedTargets, name)
}

// starts reports whether a stage has a command, a port or a health check.
func starts(s *instructions.Stage) bool {
	return slices.ContainsFunc(s.Commands, func(c instructions.Command) bool {
		switch c.(type) {
		case *instructions.CmdCommand, *instructions.EntrypointCommand, *instructions.HealthCheckCommand, *instructions.ExposeCommand:
			return true
		}
		return false
	})
}

// copiedFrom returns the stages from which others copy.
func (d *dockerfile) copiedFrom(stages []instructions.Stage) []*instructions.Stage {
	var all []*instructions.Stage
	for n := range stages {
		for _, c := range stages[n].Commands {
			if from, ok := c.(*instructions.CopyCommand); ok && from.From != "" {
				if s := d.stage(d.expand(from.From, d.args)); s != nil {
					all = append(all, s)
				}
			}
		}
	}
	return all
}

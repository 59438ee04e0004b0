package fromdockerfile

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/moult-build/moult/internal/project"
)

// Target is another image that the Dockerfile can build, with only its
// differences from the image.
type Target struct {
	Name            string
	Entrypoint, Cmd []string
	Expose          []string
	Healthcheck     *Healthcheck
	Env             []Variable
	Extras, Groups  []string
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
		other.image(stages, s)
		t := Target{Name: s.Name}
		o := other.Proposal
		if o.Entrypoint == nil && o.Cmd == nil && d.Cmd == nil {
			continue
		}
		if !slices.Equal(o.Entrypoint, d.Entrypoint) {
			t.Entrypoint = o.Entrypoint
		}
		if !slices.Equal(o.Cmd, d.Cmd) {
			t.Cmd = o.Cmd
		}
		if !slices.Equal(o.Expose, d.Expose) {
			t.Expose = o.Expose
		}
		if !reflect.DeepEqual(o.Healthcheck, d.Healthcheck) {
			t.Healthcheck = o.Healthcheck
		}
		for _, v := range o.Env {
			if !slices.Contains(d.Env, v) {
				t.Env = append(t.Env, v)
			}
		}
		if !slices.Equal(unique(o.Groups), unique(d.Groups)) {
			t.Groups = unique(o.Groups)
		}
		if !slices.Equal(unique(o.Extras), unique(d.Extras)) {
			t.Extras = unique(o.Extras)
		}
		if reflect.DeepEqual(t, Target{Name: s.Name}) {
			continue
		}
		if !targetName(s.Name) {
			d.note(s.Location, s.OrigCmd+" "+s.BaseName+as(s.Name),
				"a target cannot have this name; write its command, ports, health check and variables into [tool.moult.target.NAME] with another")
			continue
		}
		if o.User != d.User {
			d.note(s.Location, "USER of "+s.Name, fmt.Sprintf("write user = %q under [tool.moult.target.%s]", cmp.Or(o.User, "root"), s.Name))
		}
		d.Targets = append(d.Targets, t)
		d.note(s.Location, s.OrigCmd+" "+s.BaseName+as(s.Name),
			"a target with its command, ports, health check and variables; what else it does goes into [tool.moult.target."+s.Name+"]")
	}
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

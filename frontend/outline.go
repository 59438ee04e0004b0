package frontend

import (
	"context"
	"strings"

	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// outline lists the inputs that a client may pass to the build of a target:
// arguments, secrets, SSH agents; and the cache mounts.
func (b *build) outline(context.Context) (*outline.Outline, error) {
	o := &outlining{build: b, seen: map[string]int{}}
	o.Name = b.target()
	o.Description = descriptions[b.target()]
	o.Sources = [][]byte{b.source.Data}
	for _, t := range b.project.Targets {
		if t.Name == b.project.Settings.Target {
			o.Name, o.Description = t.Name, t.Description
		}
	}
	for _, a := range b.project.Settings.Args {
		o.Args = append(o.Args, outline.Arg{Name: a.Name, Description: describeArg(a), Value: a.Value, Location: b.location(a.Pos)})
	}
	for _, i := range b.project.Indexes {
		o.secret(i.Secret.V, true, i.Secret.Pos)
	}
	for _, stage := range b.project.Settings.Stages {
		o.steps(stage.Steps)
	}
	o.steps(b.project.Settings.Steps)
	if err := o.repositories(); err != nil {
		return nil, err
	}
	o.secret(protocol.CertificateSecret, false, source.Pos{})
	return &o.Outline, nil
}

// outlining is the state of outline.
type outlining struct {
	outline.Outline
	*build
	// seen are the indexes of secrets by id.
	seen map[string]int
}

// secret adds a secret once; it is required if one of its users requires it.
func (o *outlining) secret(id string, required bool, pos source.Pos) {
	if id == "" {
		return
	}
	if at, ok := o.seen[id]; ok {
		o.Secrets[at].Required = o.Secrets[at].Required || required
		return
	}
	o.seen[id] = len(o.Secrets)
	o.Secrets = append(o.Secrets, outline.Secret{Name: id, Required: required, Location: o.location(pos)})
}

func (o *outlining) ssh(pos source.Pos) {
	if len(o.SSH) == 0 {
		o.SSH = append(o.SSH, outline.SSH{Name: "default", Required: true, Location: o.location(pos)})
	}
}

func (o *outlining) steps(steps []project.Step) {
	for _, s := range steps {
		for _, secret := range s.Secrets {
			o.secret(secret.ID, !secret.Optional, secret.Pos)
		}
		for _, c := range s.Caches {
			id := c.ID
			if id == "" {
				id = c.Path
			}
			o.Cache = append(o.Cache, outline.CacheMount{ID: id, Location: o.location(c.Pos)})
		}
		if s.SSH {
			o.ssh(s.Pos)
		}
	}
}

// repositories adds the secrets and SSH agents that git needs for requirements
// from repositories.
func (o *outlining) repositories() error {
	requested, err := project.Requirements(o.project, pipeline.Selection(o.project, nil))
	if err != nil {
		return err
	}
	for _, line := range requested.Lines {
		switch {
		case line.SSH:
			o.ssh(line.Pos)
		case line.Git != "":
			o.secret(protocol.GitTokenSecret+line.Git, false, line.Pos)
		}
	}
	return nil
}

// describeArg is an argument's description with its choices.
func describeArg(a project.Arg) string {
	var notes []string
	if len(a.Choices) > 0 {
		choices := make([]string, len(a.Choices))
		for n, c := range a.Choices {
			choices[n] = c.V
		}
		notes = append(notes, "one of "+strings.Join(choices, ", "))
	}
	if a.Default == nil {
		notes = append(notes, "no default")
	}
	switch {
	case len(notes) == 0:
		return a.Description
	case a.Description == "":
		return strings.Join(notes, "; ")
	}
	return a.Description + " (" + strings.Join(notes, "; ") + ")"
}

// location is a position in the build file, which is the only source of an
// outline; nil for other files.
func (b *build) location(pos source.Pos) *pb.Location {
	if pos.File != b.project.File || pos.Line == 0 {
		return nil
	}
	return &pb.Location{Ranges: ranges(pos)}
}

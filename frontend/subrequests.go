package frontend

import (
	"context"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/frontend/subrequests/targets"

	"github.com/moult-build/moult/llb"
)

// descriptions say what each target is.
var descriptions = map[string]string{
	llb.TargetRuntime: "the image that runs the project",
	llb.TargetBuilder: "the builder: compiler, pip and the project's build packages",
	llb.TargetVenv:    "the virtual environment alone, at its final place",
	llb.TargetWheels:  "a folder of all wheels of the project",
}

// subrequest answers questions about a build instead of building it; ok is
// false where the client wants the build. A client whose question is refused
// asks a Dockerfile frontend, which cannot read the project.
func (b *build) subrequest(ctx context.Context) (res *client.Result, ok bool, err error) {
	return b.HandleSubrequest(ctx, dockerui.RequestHandler{
		ListTargets: b.listTargets,
		Outline:     b.outline,
		Lint:        b.lint,
	})
}

func (b *build) listTargets(context.Context) (*targets.List, error) {
	list := &targets.List{Sources: [][]byte{b.source.Data}}
	for n, name := range llb.Targets {
		list.Targets = append(list.Targets, targets.Target{Name: name, Default: n == 0, Description: descriptions[name]})
	}
	return list, nil
}

func (b *build) outline(context.Context) (*outline.Outline, error) {
	o := &outline.Outline{
		Name:        b.target(),
		Description: descriptions[b.target()],
		Sources:     [][]byte{b.source.Data},
	}
	seen := map[string]bool{}
	add := func(id string, required bool) {
		if id != "" && !seen[id] {
			seen[id] = true
			o.Secrets = append(o.Secrets, outline.Secret{Name: id, Required: required})
		}
	}
	for _, i := range b.project.Indexes {
		add(i.Secret.V, true)
	}
	for _, s := range b.project.Settings.Steps {
		for _, secret := range s.Secrets {
			add(secret.ID, !secret.Optional)
		}
		if s.SSH && len(o.SSH) == 0 {
			o.SSH = append(o.SSH, outline.SSH{Name: "default", Required: true})
		}
	}
	return o, nil
}

// lint has no rules yet beyond reading the project, which has succeeded.
func (b *build) lint(context.Context) (*lint.LintResults, error) {
	results := &lint.LintResults{}
	results.AddSource(b.source.SourceMap)
	return results, nil
}

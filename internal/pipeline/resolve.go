package pipeline

import (
	"context"
	"errors"
	"slices"

	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/step/indexfiles"
)

// resolver finds the packages of the environment. There are two: one reads a
// lock, one asks pip.
type resolver interface {
	resolve(ctx context.Context, d *deciding) (plan.Resolution, error)
}

// resolution is the resolver for a project.
func (d *deciding) resolution() resolver {
	if l := d.Lock(); l != nil {
		return locked{l}
	}
	return unlocked{}
}

// locked takes the packages from a lock.
type locked struct{ lock *lock.Lock }

// resolve returns the packages of the lock for an environment, every file
// with its address. A lock that does not match its project is an error.
func (l locked) resolve(ctx context.Context, d *deciding) (plan.Resolution, error) {
	sel := d.lockSelection()
	markers := d.input.Environment.Markers()
	chosen, err := lock.Select(l.lock, sel, markers)
	if err != nil {
		return nil, err
	}
	err = lock.Check(l.lock, d.asked, sel, markers, chosen)
	if err != nil && d.Options.Tolerate != nil {
		err = d.Options.Tolerate(ctx, err)
	}
	if err != nil {
		return nil, err
	}
	if chosen, err = plan.WithPaths(d.Project.Project, l.lock, chosen); err != nil {
		return nil, err
	}
	if chosen, err = plan.PreferSdists(d.Project.Project, chosen); err != nil {
		return nil, err
	}
	if chosen, err = l.located(ctx, d, chosen); err != nil {
		return nil, err
	}
	return plan.Locked{Lock: l.lock, Chosen: chosen, BuildSystems: buildSystems(d.Requested)}, nil
}

// located adds the addresses from indexes to the packages of a lock without
// addresses. It does not change other packages.
func (l locked) located(ctx context.Context, d *deciding, chosen []lock.Chosen) ([]lock.Chosen, error) {
	request, err := plan.IndexRequest(d.Project.Project, l.lock, chosen, d.input.Environment)
	if err != nil || len(request.Packages) == 0 {
		return chosen, err
	}
	answer, err := d.world.Locate(ctx, request)
	var failed indexfiles.Failure
	if errors.As(err, &failed) {
		// An index that fails is reported before the packages that it might have.
		at := slices.IndexFunc(failed, func(p indexfiles.Problem) bool {
			return p.Kind == indexfiles.Refused || p.Kind == indexfiles.Broken
		})
		return nil, plan.ExplainIndexProblem(d.Project.Project, l.lock, chosen, failed[max(at, 0)], len(failed)-1)
	}
	if err != nil {
		return nil, err
	}
	return plan.WithAddresses(chosen, request, answer)
}

// buildSystems are the build systems of the folders in the project's
// requirements.
func buildSystems(requested *project.Requested) map[string]*project.BuildSystem {
	all := map[string]*project.BuildSystem{}
	for _, l := range requested.Locals {
		if l.BuildSystem != nil {
			all[l.Path] = l.BuildSystem
		}
	}
	return all
}

// unlocked has pip resolve.
type unlocked struct{}

func (unlocked) resolve(ctx context.Context, d *deciding) (plan.Resolution, error) {
	building, err := plan.Builds(d.Project.Project, d.input.Python, d.input.Environment, d.input.Requested)
	if err != nil || building == nil {
		return plan.Unlocked{}, err
	}
	if s := d.ResolverSettings; building.Resolve != nil && len(s) > 0 {
		return nil, s[0].Err()
	}
	if err := d.builder(ctx, building.Image); err != nil {
		return nil, err
	}
	stages, err := d.input.Prepare(building)
	if err != nil {
		return nil, err
	}
	found := plan.Unlocked{Building: building}
	if building.Resolve == nil || d.Options.Checking || d.Options.Target == plan.TargetBuilder {
		return found, nil
	}
	if err := d.parts(ctx, &plan.Plan{Environment: d.input.Environment, Building: building, Stages: stages}); err != nil {
		return nil, err
	}
	found.Wheels, err = d.world.Resolve(ctx, ResolveRequest{
		Environment: d.input.Environment, Requested: d.input.Requested, Building: building, Stages: stages,
	})
	return found, err
}

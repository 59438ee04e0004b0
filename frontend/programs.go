package frontend

import (
	"context"
	"slices"

	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/check/modules"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/llb"
)

// inspectPrograms reports programs that the image starts by their name and does
// not have, and virtual environments that its scripts name. packages are those of
// the packages' files, which are asked for only if the packages' names do not
// explain a program.
func (b *build) inspectPrograms(ctx context.Context, d *decided, packages func() (client.Reference, error)) error {
	if len(d.Absent)+len(d.OtherEnvironments) == 0 || b.target() != llb.TargetRuntime || b.skips(check.MissingProgram) {
		return nil
	}
	absent, err := b.absentPrograms(ctx, d, packages)
	if err != nil {
		return err
	}
	return b.tell(ctx, check.Programs{Project: b.project, Absent: absent, OtherEnvironments: d.OtherEnvironments, Base: d.plan.Base}.Check())
}

// absentPrograms are the programs that no package has.
func (b *build) absentPrograms(ctx context.Context, d *decided, packages func() (client.Reference, error)) ([]plan.AbsentProgram, error) {
	if d.plan.Unresolved() {
		return nil, nil // a check does not resolve the requirements
	}
	absent := d.Absent
	switch {
	case len(absent) == 0 || len(d.plan.Packages) == 0:
	case b.readsPackages(d.plan):
		ref, err := packages()
		if err != nil {
			return nil, err
		}
		has, err := answerOf(ctx, ref, modules.AnswerFile, modules.Parse)
		if err != nil {
			return nil, err
		}
		absent = slices.DeleteFunc(slices.Clone(absent), func(a plan.AbsentProgram) bool { return slices.Contains(has.Programs, a.Name) })
	default:
		absent = slices.DeleteFunc(slices.Clone(absent), func(a plan.AbsentProgram) bool {
			of := check.PackageOf(a.Name)
			return of == "" || slices.ContainsFunc(d.plan.Packages, func(p plan.Package) bool { return p.Name == of })
		})
	}
	return absent, nil
}

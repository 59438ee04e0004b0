package frontend

import (
	"context"
	"slices"

	"github.com/moult-build/moult/internal/diagnose"
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// explainPackages turns the failure to install a package that the
// distribution does not have into an error at its line. It does not change
// other errors.
func (b *build) explainPackages(ctx context.Context, err error) error {
	step, _ := b.vertices.failed(err)
	packages, ok := step.command.(protocol.Packages)
	if !ok {
		return err
	}
	output, ok := b.output(ctx, step)
	if !ok {
		return err
	}
	d, ok := diagnose.Distribution(packages.Manager, output)
	if !ok {
		return err
	}
	pos := packageLine(&b.project.Settings, step.id, packages.Manager, d.Package)
	if !pos.IsValid() {
		return err
	}
	return &source.Error{Pos: pos, Msg: d.Msg, Hint: d.Hint}
}

// packageLine is the line that asks for a distribution's package, in the list
// of a step.
func packageLine(s *project.Settings, step protocol.ID, manager, name string) source.Pos {
	of := func(apt, apk, dnf []project.SystemPackage) []project.SystemPackage {
		return map[string][]project.SystemPackage{environment.Apt: apt, environment.Apk: apk, environment.Dnf: dnf}[manager]
	}
	builds := of(s.Apt.Build, s.Apk.Build, s.Dnf.Build)
	lists := map[protocol.ID][]project.SystemPackage{
		protocol.RunPackagesID:   of(s.Apt.Run, s.Apk.Run, s.Dnf.Run),
		protocol.BuildPackagesID: builds,
	}
	for _, p := range s.Packages {
		lists[protocol.WheelPackagesID(p.Name)] = slices.Concat(of(p.Apt, p.Apk, p.Dnf), builds)
	}
	for _, st := range s.Stages {
		lists[protocol.StagePackagesID(st.Name)] = of(st.Apt, st.Apk, st.Dnf)
	}
	for _, p := range lists[step] {
		if diagnose.SamePackage(p.Name, name) {
			return p.Pos
		}
	}
	return source.Pos{}
}

package frontend

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/diagnose"
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// explainPackages turns the failure to install a package that the
// distribution does not have, or from a repository that cannot be used, into an
// error at its line. It does not change other errors.
func (b *build) explainPackages(ctx context.Context, err error) error {
	if told := explainKey(err, repositories(&b.project.Settings)); told != nil {
		return told
	}
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
		if told := explainRepository(packages, output, repositories(&b.project.Settings)); told != nil {
			return told
		}
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

// repositories are the repositories of all package managers.
func repositories(s *project.Settings) []project.Repository {
	return slices.Concat(s.Apt.Repositories, s.Apk.Repositories, s.Dnf.Repositories)
}

// explainKey is the error of a repository's key that cannot be fetched, at the
// key's line; nil for another error.
func explainKey(err error, all []project.Repository) error {
	var asked *fetchError
	if !errors.As(err, &asked) {
		return nil
	}
	for _, r := range all {
		if r.Key.URL == asked.URL {
			return download{&plan.Download{Filename: asked.Filename}, r.Key.Pos}.explain(err, asked.why, asked.temporary)
		}
	}
	return nil
}

// explainRepository is the error of a repository that a package manager cannot
// use, at the line of the repository; nil for another error.
func explainRepository(step protocol.Packages, output string, all []project.Repository) error {
	bad, ok := diagnose.Repository(step.Manager, output)
	if !ok {
		return nil
	}
	url, msg := bad.Name, bad.Msg
	for n, r := range step.Repositories {
		if bad.Name == fmt.Sprintf("moult-%d", n) || bad.Name == r.Key {
			url, msg = r.URL, msg+" (the repository "+r.URL+")"
		}
	}
	for _, r := range all {
		if base := strings.TrimSuffix(r.URL.V, "/"); url == base || strings.HasPrefix(url, base+"/") {
			return source.Errorf(r.URL.Pos, "%s", msg).WithHint("%s", bad.Hint)
		}
	}
	return nil
}

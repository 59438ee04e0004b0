package frontend

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/diagnose"
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// explainPackages turns the failure to install a distribution's package that
// there is not into an error at its line; other errors are left alone.
func (b *build) explainPackages(ctx context.Context, err error) error {
	var failed *errdefs.SolveError
	if err == nil || !errors.As(err, &failed) || packageManager(failed.Op.GetExec()) == "" {
		return err
	}
	output, ok := b.failure(ctx, err)
	if !ok {
		return err
	}
	args := failed.Op.GetExec().GetMeta().GetArgs()
	d, ok := diagnose.Distribution(args[1], output)
	if !ok {
		return err
	}
	pos := listedAt(&b.project.Settings, args[1], args[1+slices.Index(args, "--"):], d.Package)
	if !pos.IsValid() {
		return err
	}
	return &source.Error{Pos: pos, Msg: d.Msg, Hint: d.Hint}
}

// packageManager is the one that a step runs, "" for other steps.
func packageManager(exec *pb.ExecOp) string {
	args := exec.GetMeta().GetArgs()
	if len(args) < 2 || args[0] != protocol.BuildTool {
		return ""
	}
	switch args[1] {
	case environment.Apt, environment.Apk, environment.Dnf:
		return args[1]
	}
	return ""
}

// listedAt is the line of a distribution's package. Several lists may have it:
// the one counts that has the most of what was to be installed.
func listedAt(s *project.Settings, manager string, installed []string, name string) source.Pos {
	of := func(apt, apk, dnf []project.SystemPackage) []project.SystemPackage {
		return map[string][]project.SystemPackage{environment.Apt: apt, environment.Apk: apk, environment.Dnf: dnf}[manager]
	}
	lists := [][]project.SystemPackage{of(s.Apt.Run, s.Apk.Run, s.Dnf.Run), of(s.Apt.Build, s.Apk.Build, s.Dnf.Build)}
	for _, p := range s.Packages {
		lists = append(lists, slices.Concat(lists[1], of(p.Apt, p.Apk, p.Dnf)))
	}
	for _, st := range s.Stages {
		lists = append(lists, of(st.Apt, st.Apk, st.Dnf))
	}
	var pos source.Pos
	most := 0
	for _, list := range lists {
		var at source.Pos
		count := 0
		for _, p := range list {
			if !slices.Contains(installed, p.Name) {
				continue
			}
			count++
			if !at.IsValid() && (p.Name == name || bareName(p.Name) == bareName(name)) {
				at = p.Pos
			}
		}
		if at.IsValid() && count > most {
			pos, most = at, count
		}
	}
	return pos
}

// bareName is a package's name without the version, the architecture or the
// repository that it is asked for with.
func bareName(name string) string {
	if n := strings.IndexAny(name, "=/:<>~@"); n > 0 {
		return name[:n]
	}
	return name
}

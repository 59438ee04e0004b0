package pipeline

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/step/protocol"
)

// absent finds the programs that neither the base has nor a package of their name
// may have.
func (d *deciding) absent(ctx context.Context, made *plan.Plan) ([]plan.AbsentProgram, error) {
	if d.Options.Target != plan.TargetRuntime || d.Options.Locking {
		return nil, nil
	}
	var all []plan.AbsentProgram
	for _, s := range append(plan.StartedPrograms(made), d.interpreters...) {
		if strings.HasPrefix(s.Name, "python") || d.packaged(made, s.Name) {
			continue
		}
		ok, err := d.found(ctx, made, s.Name)
		if err != nil {
			return nil, err
		}
		a := plan.AbsentProgram{StartedProgram: s, Pos: d.startedAt(s.Key)}
		if !ok && !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all, nil
}

// packaged reports whether a package has the name of a program, or is the
// project itself, which has a program of this name.
func (d *deciding) packaged(made *plan.Plan, program string) bool {
	name := pep503.Normalize(program)
	if slices.ContainsFunc(made.Packages, func(p plan.Package) bool { return p.Name == name }) {
		return true
	}
	for _, s := range d.Scripts {
		if s.Name.V == program {
			return true
		}
	}
	return false
}

// found reports whether a program may be in a folder of the search path.
func (d *deciding) found(ctx context.Context, made *plan.Plan, program string) (bool, error) {
	withoutLibraries := *made
	if made.System != nil && !slices.ContainsFunc(made.System.Packages, func(name string) bool { return !strings.HasPrefix(name, "lib") }) {
		withoutLibraries.System = nil // a library has no programs
	}
	for folder := range strings.SplitSeq(environment.Getenv(made.Config.Env, "PATH"), ":") {
		name := path.Join(folder, program)
		if strings.HasPrefix(name, protocol.Venv+"/") {
			// Only packages and steps write there.
			if _, certain := made.ContextFile(name); certain {
				continue
			}
			return true, nil
		}
		if ok, err := d.baseHas(ctx, &withoutLibraries, name); ok || err != nil {
			return ok, err
		}
		if file, _ := made.ContextFile(name); file != "" {
			ok, err := d.files.Exists(file)
			if ok || err != nil {
				return ok, err
			}
		}
	}
	return false, nil
}

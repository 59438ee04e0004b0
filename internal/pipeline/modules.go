package pipeline

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/plan"
)

// modules decides which files beside the application get bytecode: those with
// Python modules, as far as that is known before the build runs anything.
func (d *deciding) modules(ctx context.Context, made *plan.Plan) error {
	if d.Options.Target != plan.TargetRuntime || d.Options.Locking || d.Options.Checking {
		return nil
	}
	group, ctx := newGroup(ctx)
	for n, f := range made.Files {
		switch {
		case !f.Undecided:
		case len(f.Include) == 0 && path.Ext(f.From) == ".py": // one file
			made.Files[n].Bytecode = !isProgram(made, f)
		default:
			group.Go(func() (err error) {
				made.Files[n].Bytecode, err = d.world.HasModules(ctx, f)
				return err
			})
		}
	}
	err := group.Wait()
	made.LayFilesBytecode()
	return err
}

// isProgram reports whether a file is one that is started: Python reads no
// bytecode of it.
func isProgram(made *plan.Plan, f plan.Files) bool {
	at := f.To
	if strings.HasSuffix(at, "/") {
		at = path.Join(at, path.Base(f.From))
	}
	return f.Mode&0o111 != 0 || slices.ContainsFunc(plan.StartedFiles(made), func(s plan.Started) bool { return s.Path == at })
}

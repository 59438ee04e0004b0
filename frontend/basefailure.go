package frontend

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/moby/buildkit/solver/errdefs"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// explainBase turns the failure of a step that adds to the base, and that knows
// itself what is wrong, into an error at the line that asked for it; other
// errors are left alone.
func (b *build) explainBase(ctx context.Context, err error, p *plan.Plan) error {
	var failed *errdefs.SolveError
	if err == nil || !errors.As(err, &failed) || failed.Op.GetExec() == nil {
		return err
	}
	args := failed.Op.GetExec().Meta.Args
	if len(args) < 2 || args[0] != protocol.BuildTool {
		return err
	}
	pos := map[string]source.Pos{"user": accountsPos(p)}
	if p.PythonFrom != nil {
		pos["python"] = p.PythonFrom.Pos
	}
	at, ok := pos[args[1]]
	if !ok {
		return err
	}
	output, ok := b.failure(ctx, err)
	if !ok {
		return err
	}
	return source.Errorf(at, "%s", strings.TrimPrefix(lastLine(output), "moult-build: "))
}

// accountsPos is the line of the user, or of the first folder that is made.
func accountsPos(p *plan.Plan) source.Pos {
	if p.Image.Pos.IsValid() {
		return p.Image.Pos
	}
	n := slices.IndexFunc(p.Folders, func(f plan.Folder) bool { return f.Pos.IsValid() })
	if n < 0 {
		return source.Pos{}
	}
	return p.Folders[n].Pos
}

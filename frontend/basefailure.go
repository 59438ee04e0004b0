package frontend

import (
	"context"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// explainBase turns the failure of a step that adds to the base into an error
// at the line that asked for it, with the step's own message. It does not
// change other errors.
func (b *build) explainBase(ctx context.Context, err error, p *plan.Plan) error {
	step, _ := b.vertices.failed(err)
	var at source.Pos
	switch {
	case step.id == protocol.AccountsID:
		at = accountsPos(p)
	case step.id == protocol.AddPythonID && p.PythonFrom != nil:
		at = p.PythonFrom.Pos
	default:
		return err
	}
	output, ok := b.output(ctx, step)
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

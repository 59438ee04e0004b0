package frontend

import (
	"errors"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/source"
)

// withSource attaches the snippet of the user's file to an error, in the form
// that clients print. Of a large file only the lines around the position are
// attached, because a whole lock is too large for an error.
func (b *build) withSource(err error) error {
	var e *source.Error
	if err == nil || len(errdefs.Sources(err)) > 0 || !errors.As(err, &e) || !e.Pos.IsValid() {
		return err
	}
	if e.Pos.Line == 0 {
		return err
	}
	return errdefs.WithSource(err, &errdefs.Source{
		Info: &pb.SourceInfo{
			Filename: e.Pos.File.Name,
			Data:     around(e.Pos.File, []check.Finding{{Pos: e.Pos}}),
			Language: "TOML",
		},
		Ranges: ranges(e.Pos),
	})
}

// ranges are the lines of a position.
func ranges(pos source.Pos) []*pb.Range {
	last := max(pos.Line, pos.EndLine)
	return []*pb.Range{{
		Start: &pb.Position{Line: int32(pos.Line), Character: int32(pos.Col)},
		End:   &pb.Position{Line: int32(last)},
	}}
}

// locate gives vertices the positions of the lines that asked for them. Only
// the build file is attached, because it is sent with every definition, and a
// lock can be several megabytes.
func (b *build) locate(pos source.Pos) bk.ConstraintsOpt {
	if !pos.IsValid() || pos.Line == 0 || pos.File.Name != b.files.name {
		var none *bk.SourceMap
		return none.Location(nil)
	}
	return b.source.Location(ranges(pos))
}

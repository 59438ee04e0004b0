package llb

import (
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
)

// unique are the attributes of local sources that differ from session to
// session.
var unique = []string{pb.AttrLocalSessionID, pb.AttrLocalUniqueID}

// Portable makes a graph independent of its session: folders of a client have
// only their names. The same project gives the same bytes. The graphs that
// return the user's files, for the positions in them, are portable too.
func Portable(def *bk.Definition) (*bk.Definition, error) {
	r := newRewriting(def)
	for _, dt := range def.Def {
		err := r.add(def, dt, func(op *pb.Op) {
			if src := op.GetSource(); src != nil {
				for _, attr := range unique {
					delete(src.Attrs, attr)
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	portable := r.done(def)
	for _, info := range portable.Source.GetInfos() {
		if info.Definition == nil {
			continue
		}
		var of bk.Definition
		of.FromPB(info.Definition)
		file, err := Portable(&of)
		if err != nil {
			return nil, err
		}
		info.Definition = file.ToPB()
	}
	return portable, nil
}

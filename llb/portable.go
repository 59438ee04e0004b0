package llb

import (
	"fmt"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
	"google.golang.org/protobuf/proto"
)

// unique are the attributes of local sources that tie a graph to the session
// it was made in.
var unique = []string{pb.AttrLocalSessionID, pb.AttrLocalUniqueID}

// Portable gives the same graph for any session: folders of a client are named
// by their name alone. The same project gives the same bytes.
func Portable(def *bk.Definition) (*bk.Definition, error) {
	out := &bk.Definition{Metadata: map[digest.Digest]bk.OpMetadata{}, Source: def.Source, Constraints: def.Constraints}
	renamed := map[string]digest.Digest{}
	for _, dt := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			return nil, fmt.Errorf("reading the graph: %w", err)
		}
		if src := op.GetSource(); src != nil {
			for _, attr := range unique {
				delete(src.Attrs, attr)
			}
		}
		// Inputs stand before what uses them.
		for _, in := range op.Inputs {
			if to, ok := renamed[in.Digest]; ok {
				in.Digest = string(to)
			}
		}
		fresh, err := deterministicMarshal(&op)
		if err != nil {
			return nil, err
		}
		old, now := digest.FromBytes(dt), digest.FromBytes(fresh)
		renamed[string(old)] = now
		out.Def = append(out.Def, fresh)
		out.Metadata[now] = def.Metadata[old]
	}
	if def.Source != nil {
		out.Source = def.Source.CloneVT()
		locations := map[string]*pb.Locations{}
		for old, at := range out.Source.Locations {
			if now, ok := renamed[old]; ok {
				old = string(now)
			}
			locations[old] = at
		}
		out.Source.Locations = locations
	}
	return out, nil
}

func deterministicMarshal(op *pb.Op) ([]byte, error) {
	return (proto.MarshalOptions{Deterministic: true}).Marshal(op)
}

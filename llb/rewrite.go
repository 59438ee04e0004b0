package llb

import (
	"fmt"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
	"google.golang.org/protobuf/proto"
)

// rewriting is the copy of a graph with other operations.
type rewriting struct {
	*bk.Definition
	// now are the positions of the added operations in the copy, by their
	// digests.
	now map[string]place
}

// place is the position of an operation, and the output that is used if the
// operation replaces another one.
type place struct {
	digest string
	output *int64
}

func newRewriting(def *bk.Definition) *rewriting {
	return &rewriting{
		Definition: &bk.Definition{Metadata: map[digest.Digest]bk.OpMetadata{}, Source: def.Source, Constraints: def.Constraints},
		now:        map[string]place{},
	}
}

// add adds an encoded operation of a graph with its changes. Inputs must be
// added before the operations that use them.
func (r *rewriting) add(from *bk.Definition, dt []byte, change func(*pb.Op)) error {
	var op pb.Op
	if err := op.UnmarshalVT(dt); err != nil {
		return fmt.Errorf("reading the graph: %w", err)
	}
	change(&op)
	for _, in := range op.Inputs {
		to, ok := r.now[in.Digest]
		if !ok {
			continue
		}
		in.Digest = to.digest
		if to.output != nil {
			in.Index = *to.output
		}
	}
	fresh, err := proto.MarshalOptions{Deterministic: true}.Marshal(&op)
	if err != nil {
		return err
	}
	old, now := digest.FromBytes(dt), digest.FromBytes(fresh)
	r.now[string(old)] = place{digest: string(now)}
	if _, have := r.Metadata[now]; !have {
		r.Def = append(r.Def, fresh)
		r.Metadata[now] = from.Metadata[old]
	}
	return nil
}

// replace adds a whole graph and uses its result instead of an encoded
// operation.
func (r *rewriting) replace(dt []byte, with *bk.Definition) error {
	last := len(with.Def) - 1
	for _, dt := range with.Def[:last] {
		if err := r.add(with, dt, func(*pb.Op) {}); err != nil {
			return err
		}
	}
	// The last operation of a graph only names its result.
	var result pb.Op
	if err := result.UnmarshalVT(with.Def[last]); err != nil || len(result.Inputs) != 1 {
		return fmt.Errorf("reading the graph: a result of %d inputs, %w", len(result.Inputs), err)
	}
	to := r.now[result.Inputs[0].Digest]
	to.output = &result.Inputs[0].Index
	r.now[string(digest.FromBytes(dt))] = to
	return nil
}

// done returns the copy of a graph, with the positions in the user's files.
func (r *rewriting) done(def *bk.Definition) *bk.Definition {
	if def.Source != nil {
		r.Source = def.Source.CloneVT()
		locations := map[string]*pb.Locations{}
		for old, at := range r.Source.Locations {
			if to, ok := r.now[old]; ok {
				old = to.digest
			}
			locations[old] = at
		}
		r.Source.Locations = locations
	}
	return r.Definition
}

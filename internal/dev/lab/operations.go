package lab

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	"google.golang.org/protobuf/proto"
)

// Operation is the operation of a vertex, from the definition that the frontend
// has sent. The progress has only a digest and a name for people.
type Operation struct {
	Op *pb.Op
	// Description is the description in the definition. BuildKit does not give
	// it to its client.
	Description map[string]string
	// Inputs are the operations whose results are the inputs of this one, in the
	// order of Op.Inputs; nil for one that is not in the definition.
	Inputs []*Operation
}

// recorder is the gateway of a build. It records the operations of all
// definitions that the frontend sends, and the look-ups of images.
type recorder struct {
	gwclient.Client
	seen *operations
}

type operations struct {
	mu       sync.Mutex
	byDigest map[digest.Digest]*Operation
	// lookups are the sources that were looked up, by the name of the look-up in
	// the progress: its vertex is in no definition.
	lookups map[string]string
}

// ofAllBuilds are the operations of all builds of this process, by the digests of
// their vertices. If two builds do the same at the same time, the daemon does it
// once and shows both the vertex of one of them.
var ofAllBuilds sync.Map

func newOperations() *operations {
	return &operations{byDigest: map[digest.Digest]*Operation{}, lookups: map[string]string{}}
}

// recorded returns a frontend whose requests are recorded.
func (o *operations) recorded(f gwclient.BuildFunc) gwclient.BuildFunc {
	return func(ctx context.Context, c gwclient.Client) (*gwclient.Result, error) {
		return f(ctx, recorder{c, o})
	}
}

func (r recorder) Solve(ctx context.Context, req gwclient.SolveRequest) (*gwclient.Result, error) {
	if err := r.seen.add(req.Definition); err != nil {
		return nil, err
	}
	for _, def := range req.FrontendInputs {
		if err := r.seen.add(def); err != nil {
			return nil, err
		}
	}
	return r.Client.Solve(ctx, req)
}

func (r recorder) ResolveSourceMetadata(ctx context.Context, op *pb.SourceOp, opt sourceresolver.Opt) (*sourceresolver.MetaResponse, error) {
	r.seen.lookup(opt.LogName, op.GetIdentifier())
	return r.Client.ResolveSourceMetadata(ctx, op, opt)
}

func (r recorder) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	r.seen.lookup(opt.LogName, "docker-image://"+ref)
	return r.Client.ResolveImageConfig(ctx, ref, opt)
}

func (o *operations) lookup(name, source string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lookups[name] = source
}

// add records the operations of a definition.
func (o *operations) add(def *pb.Definition) error {
	if def == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	added := map[digest.Digest]*Operation{}
	for _, dt := range def.Def {
		op := &pb.Op{}
		if err := op.UnmarshalVT(dt); err != nil {
			return fmt.Errorf("reading an operation of the frontend's definition: %w", err)
		}
		d := digest.FromBytes(dt)
		if o.byDigest[d] != nil || op.GetOp() == nil {
			continue // the last operation of a definition only names its result
		}
		known := &Operation{Op: op, Description: def.Metadata[string(d)].GetDescription()}
		// A vertex that ignores the cache has a digest of its own (solver/jobs.go).
		for _, d := range []digest.Digest{d, digest.FromString(string(d) + "-ignorecache")} {
			o.byDigest[d], added[d] = known, known
		}
	}
	for d, a := range added {
		if a.Inputs == nil {
			for _, in := range a.Op.Inputs {
				a.Inputs = append(a.Inputs, o.byDigest[digest.Digest(in.Digest)])
			}
		}
		ofAllBuilds.Store(d, a)
	}
	return nil
}

// attach sets the operation of each vertex, and removes the vertices of other
// builds that do nothing of what this build asks for: the daemon shows them with
// the ones that it has done for both.
func (o *operations) attach(r *Result) {
	o.mu.Lock()
	defer o.mu.Unlock()
	own := map[string]bool{}
	for _, op := range o.byDigest {
		own[withoutInputs(op)] = true
	}
	for i := range r.Vertexes {
		v := &r.Vertexes[i]
		if v.Operation = o.byDigest[v.Digest]; v.Operation != nil {
			continue
		}
		if other, ok := ofAllBuilds.Load(v.Digest); ok {
			v.Operation, v.Foreign = other.(*Operation)
			continue
		}
		v.Lookup = o.lookups[v.Name]
	}
	if len(own) == 0 {
		return // the definitions of a frontend that is not Build.Func are not known
	}
	r.Vertexes = slices.DeleteFunc(r.Vertexes, func(v Vertex) bool { return v.Foreign && !own[withoutInputs(v.Operation)] })
}

// withoutInputs is an operation as bytes, without the digests of its inputs:
// these differ between builds that get the same content in different ways.
func withoutInputs(op *Operation) string {
	bare := op.Op.CloneVT()
	bare.Inputs = nil
	dt, err := proto.MarshalOptions{Deterministic: true}.Marshal(bare)
	if err != nil {
		return err.Error()
	}
	return string(dt)
}

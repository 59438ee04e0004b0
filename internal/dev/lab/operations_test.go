package lab

import (
	"context"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
)

// silent is a gateway that answers nothing.
type silent struct{ gwclient.Client }

func (silent) Solve(context.Context, gwclient.SolveRequest) (*gwclient.Result, error) {
	return gwclient.NewResult(), nil
}

func (silent) ResolveSourceMetadata(context.Context, *pb.SourceOp, sourceresolver.Opt) (*sourceresolver.MetaResponse, error) {
	return &sourceresolver.MetaResponse{}, nil
}

func TestAVertexIsWhatTheDefinitionSaysOfIt(t *testing.T) {
	run := llb.Image("python:3.13").Run(llb.Args([]string{"true"}), llb.WithCustomName("a name"), llb.WithDescription(map[string]string{"id": "seven"}))
	def, err := run.Root().Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := newOperations()
	_, err = seen.recorded(func(ctx context.Context, c gwclient.Client) (*gwclient.Result, error) {
		if _, err := c.ResolveSourceMetadata(ctx, &pb.SourceOp{Identifier: "docker-image://python:3.13"}, sourceresolver.Opt{LogName: "look"}); err != nil {
			return nil, err
		}
		return c.Solve(ctx, gwclient.SolveRequest{Definition: def.ToPB()})
	})(t.Context(), silent{})
	if err != nil {
		t.Fatal(err)
	}
	source, exec := digest.FromBytes(def.Def[0]), digest.FromBytes(def.Def[1])
	r := &Result{Vertexes: []Vertex{
		{Digest: source}, {Digest: exec, Name: "another name"}, {Digest: digest.FromString(string(exec) + "-ignorecache")},
		{Digest: digest.FromString("x"), Name: "look"}, {Digest: digest.FromString("y"), Name: "a name"},
	}}
	seen.attach(r)
	// Another build that did the same at the same time, on another base, shows the same vertex.
	other := newOperations()
	same, err := llb.Image("python:3.14").Run(llb.Args([]string{"true"})).Root().Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := other.add(same.ToPB()); err != nil {
		t.Fatal(err)
	}
	shown := &Result{Vertexes: []Vertex{{Digest: source}, {Digest: exec}}}
	other.attach(shown)
	if len(shown.Vertexes) != 1 {
		t.Fatalf("the vertices of another build are %+v", shown.Vertexes)
	}
	if v := shown.Vertexes[0]; v.Operation == nil || v.Operation.Op.GetExec() == nil || !v.Foreign {
		t.Errorf("the vertex of another build is %+v", v)
	}
	if v := r.Vertexes[0].Operation; v == nil || v.Op.GetSource().GetIdentifier() != "docker-image://docker.io/library/python:3.13" {
		t.Errorf("the source is %+v", v)
	}
	for _, v := range r.Vertexes[1:3] {
		if v.Foreign || v.Operation == nil || v.Operation.Op.GetExec() == nil || v.Operation.Description["id"] != "seven" || v.Operation.Inputs[0] != r.Vertexes[0].Operation {
			t.Errorf("%s is %+v", v.Digest, v.Operation)
		}
	}
	if v := r.Vertexes[3]; v.Operation != nil || v.Lookup != "docker-image://python:3.13" {
		t.Errorf("the look-up is %+v", v)
	}
	if v := r.Vertexes[4]; v.Operation != nil || v.Lookup != "" {
		t.Errorf("a vertex that nobody asked for is %+v", v)
	}
}

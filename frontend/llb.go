package frontend

import (
	"context"
	"fmt"
	"io"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"google.golang.org/protobuf/proto"

	"github.com/moult-build/moult/internal/report"
	"github.com/moult-build/moult/llb"
)

// Graphs are the answer to the subrequest for the graphs of a build.
type Graphs struct {
	Platforms []Graph `json:"platforms"`
}

// Graph is a build for one platform.
type Graph struct {
	// Platform is "linux/arm64".
	Platform string `json:"platform"`
	// Definition is the protobuf encoding of the graph, pb.Definition, which
	// is what buildctl reads.
	Definition []byte `json:"definition"`
	// Image is the configuration of the image, which is not part of a graph.
	Image dockerspec.DockerOCIImage `json:"image"`
}

// Text implements report.Printer: one line for each operation.
func (g Graphs) Text(w io.Writer) error {
	for _, p := range g.Platforms {
		var def pb.Definition
		if err := def.UnmarshalVT(p.Definition); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s: %d operations, %d bytes\n", p.Platform, len(def.Def), len(p.Definition)); err != nil {
			return err
		}
	}
	return nil
}

// answerLLB returns the graphs of a build.
func (b *build) answerLLB(ctx context.Context) (report.Printer, error) {
	all, err := b.decideAll(ctx)
	if err != nil {
		return nil, err
	}
	var g Graphs
	for _, d := range all {
		encoded, err := d.graph.Target(b.target())
		if err != nil {
			return nil, err
		}
		def, err := b.marshal(ctx, encoded.State, d.world.Target)
		if err != nil {
			return nil, err
		}
		if def, err = llb.Portable(def); err != nil {
			return nil, err
		}
		data, err := deterministic(def)
		if err != nil {
			return nil, err
		}
		image := llb.Config(d.world.base.config, d.plan, d.world.World, b.target(), b.Labels)
		g.Platforms = append(g.Platforms, Graph{d.plan.Environment.Platform.String(), data, image})
	}
	return g, nil
}

// deterministic encodes a graph so that the same graph gives the same bytes.
func deterministic(def *bk.Definition) ([]byte, error) {
	return proto.MarshalOptions{Deterministic: true}.Marshal(def.ToPB())
}

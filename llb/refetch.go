package llb

import (
	"fmt"
	"path"
	"slices"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/protocol"
)

// Remote is a file that BuildKit fetches by its digest.
type Remote struct {
	URL, SHA256, Filename string
}

// RemoteOf returns the file that an operation fetches.
func RemoteOf(op *pb.Op) (Remote, bool) {
	src := op.GetSource()
	if src == nil || !strings.HasPrefix(src.Identifier, "https://") && !strings.HasPrefix(src.Identifier, "http://") {
		return Remote{}, false
	}
	sum, ok := strings.CutPrefix(src.Attrs[pb.AttrHTTPChecksum], "sha256:")
	r := Remote{URL: src.Identifier, SHA256: sum, Filename: src.Attrs[pb.AttrHTTPFilename]}
	return r, ok && r.Filename != ""
}

// Remotes returns the files that a graph fetches by their digests, each once.
func Remotes(def *bk.Definition) ([]Remote, error) {
	var all []Remote
	for _, dt := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			return nil, fmt.Errorf("reading the graph: %w", err)
		}
		if r, ok := RemoteOf(&op); ok && !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	return all, nil
}

// State is a graph that fetches only this file.
func (r Remote) State() bk.State {
	return bk.HTTP(r.URL,
		bk.Checksum(digest.NewDigestFromEncoded(digest.SHA256, r.SHA256)),
		bk.Filename(r.Filename),
		bk.Chmod(0o644),
		bk.WithCustomName("[wheels] download "+r.Filename))
}

// Patient downloads a file in a step, which waits for a busy server and
// reports errors in detail.
func Patient(r Remote, w World) bk.State {
	g := newGraph(&plan.Plan{}, w)
	return g.exec(bk.Scratch().Platform(g.Build), step{
		target: TargetWheels, network: true,
		name: "download " + r.Filename + " with patience",
		id:   protocol.DownloadID(r.SHA256),
		command: protocol.Download{
			URL: r.URL, SHA256: r.SHA256, Filename: path.Base(r.Filename), Output: protocol.Output, Epoch: epoch(),
		},
	}).AddMount(protocol.Output, bk.Scratch())
}

// Substitute returns a graph in which other states replace some of the files
// that it fetches.
func Substitute(def *bk.Definition, others map[Remote]*bk.Definition) (*bk.Definition, error) {
	if len(others) == 0 {
		return def, nil
	}
	r := newRewriting(def)
	for _, dt := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			return nil, fmt.Errorf("reading the graph: %w", err)
		}
		remote, _ := RemoteOf(&op)
		var err error
		if other := others[remote]; other != nil {
			err = r.replace(dt, other)
		} else {
			err = r.add(def, dt, func(*pb.Op) {})
		}
		if err != nil {
			return nil, err
		}
	}
	return r.done(def), nil
}

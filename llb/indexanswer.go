package llb

import (
	"fmt"
	"path"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/step/indexfiles"
	"github.com/moult-build/moult/internal/step/protocol"
)

// IndexAnswer returns the state whose root holds the answer to a request for
// links, so that the frontend can read it before it plans the rest. The step's
// key is the request only: the step runs again when a new file is needed, and
// costs no network request when nothing has changed.
func IndexAnswer(r indexfiles.Request, w World) (bk.State, error) {
	g := &graph{World: w}
	content, err := r.Encode()
	if err != nil {
		return bk.State{}, err
	}
	name := "/" + path.Base(protocol.IndexRequest)
	request := bk.Scratch().File(
		bk.Mkfile(name, 0o644, content, bk.WithCreatedTime(fixedTime)),
		bk.WithCustomName("[wheels] write "+path.Base(name)))
	options := []bk.RunOption{
		bk.AddMount(protocol.IndexRequest, request, bk.Readonly, bk.SourcePath(name)),
		g.cacheMount(protocol.IndexCache, "index", bk.CacheMountShared),
	}
	for _, index := range r.Indexes {
		if index.Secret != "" {
			options = append(options, bk.AddSecret(protocol.IndexSecret(index.Secret), bk.SecretID(index.Secret)))
		}
	}
	return g.exec(bk.Scratch().Platform(g.Build), step{
		target: TargetWheels, network: true,
		name:    fmt.Sprintf("look %d %s packages up at the index", len(r.Packages), map[bool]string{true: "pinned", false: "locked"}[r.Partial]),
		id:      protocol.LocateID,
		command: protocol.Locate{Request: protocol.IndexRequest, Cache: protocol.IndexCache, Output: protocol.Output},
		options: options,
	}).AddMount(protocol.Output, bk.Scratch()), nil
}

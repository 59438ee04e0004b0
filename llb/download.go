package llb

import (
	bk "github.com/moby/buildkit/client/llb"
	"github.com/opencontainers/go-digest"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// fetch is a locked file as a source; the state's root holds it under its
// name. The checksum is its cache key, so a file in the cache depends neither
// on the URL nor on the network.
func (g *graph) fetch(d *plan.Download, pos source.Pos) bk.State {
	name := "[wheels] download " + d.Filename
	if d.Secret != "" {
		return g.fetchWithPassword(d, name, pos)
	}
	return bk.HTTP(d.URL,
		bk.Checksum(digest.NewDigestFromEncoded(digest.SHA256, d.SHA256)),
		// The name is set, because a name from the URL would be part of the key.
		bk.Filename(d.Filename),
		bk.Chmod(0o644),
		bk.WithCustomName(name),
		identified(protocol.DownloadID(d.SHA256)),
		g.downloading,
		g.Locate(pos))
}

// fetchWithPassword downloads a file from an index whose secret has pip's
// form, "user:password" or a token. BuildKit's own source cannot use this
// form.
func (g *graph) fetchWithPassword(d *plan.Download, name string, pos source.Pos) bk.State {
	secret := protocol.IndexSecret(d.Secret)
	return g.exec(bk.Scratch().Platform(g.Build), step{
		target: TargetWheels, pos: pos, network: true,
		name: name[len("[wheels] "):],
		id:   protocol.DownloadID(d.SHA256),
		command: protocol.Download{
			URL: d.URL, Secret: secret, SHA256: d.SHA256, Filename: d.Filename, Output: protocol.Output, Epoch: epoch(),
		},
		options: []bk.RunOption{g.downloading, bk.AddSecret(secret, bk.SecretID(d.Secret))},
	}).AddMount(protocol.Output, bk.Scratch())
}

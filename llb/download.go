package llb

import (
	bk "github.com/moby/buildkit/client/llb"
	"github.com/opencontainers/go-digest"

	"github.com/moult-build/moult/internal/plan"
)

// download is a locked wheel as a source of its own. The checksum is its
// cache key: neither the URL nor the network matters once it was fetched.
func (g *graph) download(pkg plan.Package) bk.State {
	d := pkg.Download
	return bk.HTTP(d.URL,
		bk.Checksum(digest.NewDigestFromEncoded(digest.SHA256, d.SHA256)),
		// Named, because a name taken from the URL would be part of the key.
		bk.Filename(d.Filename),
		bk.Chmod(0o644),
		bk.WithCustomName("[wheels] download "+d.Filename),
		g.Locate(pkg.Pos))
}

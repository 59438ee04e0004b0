package llb

import (
	"path"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/protocol"
)

// Packages adds a distribution's packages to an image of a platform, so that the
// frontend can read the result before it plans the rest.
func Packages(image bk.State, platform ocispecs.Platform, p *plan.SystemPackages, w World) bk.State {
	// Downloads of a package manager differ by platform.
	w.Target = platform
	return (&graph{World: w}).packages(image, TargetRuntime, protocol.RunPackagesID, p)
}

// packages adds a distribution's packages to an image. The package manager's
// downloads are in cache mounts, which only one build at a time may use. Keys
// and package files are mounts with their own names, each in a separate
// folder, because two servers may use the same file name.
func (g *graph) packages(image bk.State, target string, id protocol.ID, p *plan.SystemPackages) bk.State {
	if p == nil {
		return image
	}
	c := protocol.Packages{Manager: p.Manager, Names: p.Packages, Epoch: epoch()}
	options := []bk.RunOption{bk.User("0:0"), bk.Dir("/")}
	for _, folder := range packageCaches[p.Manager] {
		options = append(options, g.cacheMount(folder.path, folder.id+"-"+g.Target.Architecture, bk.CacheMountLocked))
	}
	for _, v := range p.Env {
		options = append(options, bk.AddEnv(v.Name, v.Value))
	}
	// Two repositories may have one key, which is mounted once.
	mounted := map[string]bool{}
	mount := func(dest, name string, file bk.State) {
		if !mounted[dest] {
			mounted[dest] = true
			options = append(options, bk.AddMount(dest, file, bk.Readonly, bk.SourcePath("/"+name)))
		}
	}
	for _, r := range p.Repositories {
		repository := protocol.Repository{URL: r.URL, Suite: r.Suite, Components: r.Components}
		switch {
		case r.Key != nil:
			repository.Key = path.Join(protocol.Keys, short(r.Key.SHA256), r.Key.Filename)
			mount(repository.Key, r.Key.Filename, g.download(*r.Key, target, p))
		case r.KeyFile != "":
			repository.Key = path.Join(protocol.Keys, r.KeyFile)
			mount(repository.Key, r.KeyFile, g.file(r.KeyFile))
		}
		c.Repositories = append(c.Repositories, repository)
	}
	for _, file := range p.Files {
		dest := path.Join(protocol.PackageFiles, short(file.SHA256), file.Filename)
		c.Files = append(c.Files, dest)
		mount(dest, file.Filename, g.download(file, target, p))
	}
	return g.exec(image, step{
		target: target, pos: p.Pos, network: true,
		name:    p.What(),
		id:      id,
		command: c,
		options: options,
	}).Root()
}

// short is the name of a folder for a digest.
func short(sha256 string) string { return sha256[:min(12, len(sha256))] }

// packageCaches are the folders for downloads of package managers, and the
// ids of the cache mounts for them.
var packageCaches = map[string][]struct{ path, id string }{
	environment.Apt: {{"/var/cache/apt", "apt-cache"}, {"/var/lib/apt", "apt-lists"}},
	environment.Apk: {{"/var/cache/apk", "apk-cache"}},
	environment.Dnf: {{"/var/cache/dnf", "dnf-cache"}, {"/var/cache/libdnf5", "dnf5-cache"}, {"/var/cache/yum", "yum-cache"}},
}

// download is a package file or a key for a package manager.
func (g *graph) download(d plan.Download, target string, p *plan.SystemPackages) bk.State {
	return bk.HTTP(d.URL,
		bk.Checksum(digest.NewDigestFromEncoded(digest.SHA256, d.SHA256)),
		bk.Filename(d.Filename),
		bk.Chmod(0o644),
		bk.WithCustomName("["+target+"] download "+d.Filename),
		g.Locate(p.Pos))
}

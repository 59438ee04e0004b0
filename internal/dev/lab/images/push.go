// Package images pushes the lab's base images to its registry, from which buildkitd and the engine pull Docker Hub's
// images. They are copies of the official images if Docker Hub can be reached; otherwise they are made from Debian's
// packages and are the same for their users. The input is the registry's address and a work folder.
package images

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// recipeAnnotation, in an image's manifest, is the hash of the recipe it was made by.
const recipeAnnotation = "build.moult.lab.recipe"

// Pushed reports whether the registry has the image of this recipe under all its tags.
func (r Recipe) Pushed(ctx context.Context, registry string) bool {
	for _, hub := range r.Hub() {
		ref, err := name.ParseReference(registry+"/"+hub, name.Insecure)
		if err != nil {
			return false
		}
		desc, err := remote.Get(ref, remote.WithContext(ctx))
		if err != nil {
			return false
		}
		var annotations map[string]string
		if desc.MediaType.IsIndex() {
			index, err := desc.ImageIndex()
			if err != nil {
				return false
			}
			manifest, err := index.IndexManifest()
			if err != nil {
				return false
			}
			annotations = manifest.Annotations
		} else {
			image, err := desc.Image()
			if err != nil {
				return false
			}
			manifest, err := image.Manifest()
			if err != nil {
				return false
			}
			annotations = manifest.Annotations
		}
		if annotations[recipeAnnotation] != r.Hash() {
			return false
		}
	}
	return true
}

// Make builds the recipe's image in the folder work and pushes it to the registry under all its tags.
func (r Recipe) Make(ctx context.Context, registry, work string, log io.Writer) error {
	if err := os.MkdirAll(work, 0o755); err != nil {
		return err
	}
	var version string
	var made []v1.Image
	var platforms []v1.Platform
	for _, arch := range append([]string{r.Arch}, r.Foreign...) {
		tar := filepath.Join(work, r.Name+"-"+arch+".tar")
		defer os.Remove(tar)
		full, err := r.bootstrap(ctx, arch, tar, log)
		if err != nil && arch != r.Arch && ctx.Err() == nil {
			// An image of another architecture is needed only for builds for several platforms, so an error does not end the
			// command.
			fmt.Fprintf(log, "%s has no image for %s: %v\n", r.Name, arch, err)
			continue
		}
		if err != nil {
			return err
		}
		if full != "" {
			version = full
		}
		layer, err := compress(tar)
		if err != nil {
			return err
		}
		defer os.Remove(layer)
		image, err := r.image(arch, layer, r.config(version))
		if err != nil {
			return err
		}
		made = append(made, image)
		platform := v1.Platform{OS: "linux", Architecture: arch}
		if arch == "arm64" {
			platform.Variant = "v8"
		}
		platforms = append(platforms, platform)
	}
	var what remote.Taggable = made[0]
	if len(made) > 1 {
		index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
		for i, image := range made {
			index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &platforms[i]}})
		}
		annotated, ok := mutate.Annotations(index, map[string]string{recipeAnnotation: r.Hash()}).(v1.ImageIndex)
		if !ok {
			return errors.New("annotating an index gave no index")
		}
		what = annotated
	}
	return r.tag(ctx, registry, what)
}

// config is the image's configuration as the official one has it, for the language's full version.
func (r Recipe) config(version string) v1.Config {
	const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	if r.Kind == "golang" {
		return v1.Config{
			Env: []string{
				"PATH=/go/bin:/usr/local/go/bin:" + path, "GOLANG_VERSION=" + version, "GOTOOLCHAIN=local", "GOPATH=/go",
			},
			WorkingDir: "/go", Cmd: []string{"bash"},
		}
	}
	if r.Kind == "node" {
		return v1.Config{Env: []string{"PATH=" + path, "NODE_VERSION=" + version}, Cmd: []string{"node"}}
	}
	return v1.Config{
		Env: []string{"PATH=/usr/local/bin:" + path, "LANG=C.UTF-8", "PYTHON_VERSION=" + version},
		Cmd: []string{"python3"},
	}
}

// compress packs a tar file beside itself, once, so that neither the digest nor the upload packs it again.
func compress(tar string) (string, error) {
	in, err := os.Open(tar)
	if err != nil {
		return "", err
	}
	defer in.Close()
	path := tar + ".gz"
	out, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer out.Close()
	w, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(w, in); err != nil {
		return "", err
	}
	return path, errors.Join(w.Close(), out.Close())
}

// image makes an image of one layer.
func (r Recipe) image(arch, layerFile string, config v1.Config) (v1.Image, error) {
	layer, err := tarball.LayerFromFile(layerFile, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	created := v1.Time{Time: time.Unix(epoch, 0).UTC()}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err = mutate.Append(image, mutate.Addendum{
		Layer: layer, History: v1.History{Created: created, CreatedBy: "debian " + r.Suite + ", " + r.Name},
	})
	if err != nil {
		return nil, err
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.Architecture, file.OS, file.Created, file.Config = arch, "linux", created, config
	if arch == "arm64" {
		file.Variant = "v8"
	}
	if image, err = mutate.ConfigFile(image, file); err != nil {
		return nil, err
	}
	annotated, ok := mutate.Annotations(image, map[string]string{recipeAnnotation: r.Hash()}).(v1.Image)
	if !ok {
		return nil, errors.New("annotating an image gave no image")
	}
	return annotated, nil
}

// tag uploads an image or an index under each of the recipe's tags.
func (r Recipe) tag(ctx context.Context, registry string, what remote.Taggable) error {
	for i, hub := range r.Hub() {
		ref, err := name.NewTag(registry+"/"+hub, name.Insecure)
		if err != nil {
			return err
		}
		switch image := what.(type) {
		case v1.Image:
			if i == 0 {
				err = remote.Write(ref, image, remote.WithContext(ctx))
			} else {
				err = remote.Tag(ref, image, remote.WithContext(ctx))
			}
		case v1.ImageIndex:
			if i == 0 {
				err = remote.WriteIndex(ref, image, remote.WithContext(ctx))
			} else {
				err = remote.Tag(ref, image, remote.WithContext(ctx))
			}
		}
		if err != nil {
			return fmt.Errorf("push %s: %w", ref, err)
		}
	}
	return nil
}

// hub is the registry of Docker Hub.
const hub = "registry-1.docker.io"

// HubReachable reports whether Docker Hub answers within the time of the context.
func HubReachable(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+hub+"/v2/", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	response.Body.Close()
	// The registry asks everybody for a token first; a proxy that refuses answers otherwise.
	return response.StatusCode == http.StatusUnauthorized || response.StatusCode == http.StatusOK
}

// Copy brings the official image of the recipe from Docker Hub, for amd64 and arm64.
func (r Recipe) Copy(ctx context.Context, registry string) error {
	ref, err := name.ParseReference("docker.io/" + r.Hub()[0])
	if err != nil {
		return err
	}
	index, err := remote.Index(ref, remote.WithContext(ctx))
	if err != nil {
		return err
	}
	index = mutate.RemoveManifests(index, func(d v1.Descriptor) bool {
		return d.Platform == nil || d.Platform.OS != "linux" ||
			d.Platform.Architecture != "amd64" && d.Platform.Architecture != "arm64"
	})
	annotated, ok := mutate.Annotations(index, map[string]string{recipeAnnotation: r.Hash()}).(v1.ImageIndex)
	if !ok {
		return errors.New("annotating an index gave no index")
	}
	return r.tag(ctx, registry, annotated)
}

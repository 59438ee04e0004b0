package lab

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Image is an image from a registry or an OCI layout.
type Image struct {
	// Digest of the image's manifest.
	Digest string
	// Config is the image's configuration, with platform, history and all.
	Config ocispecs.Image
	// RawConfig is the configuration's JSON, for fields beyond the OCI specification such as Healthcheck.
	RawConfig []byte
	// Annotations of the manifest.
	Annotations map[string]string
	// Layers from the lowest to the highest.
	Layers []Layer
	// Attestations are the in-toto statements for this image by predicate type.
	Attestations map[string][]byte

	image v1.Image
	files map[string]File
}

// Layer is one layer of an image as it is stored.
type Layer struct {
	Digest    string // of the stored, compressed bytes
	Size      int64  // stored bytes
	MediaType string
}

// File is one entry of an image's merged file system.
type File struct {
	// Path is absolute and clean.
	Path string
	// Mode is the file's mode with its type.
	Mode     os.FileMode
	UID, GID int
	Size     int64
	// Link is the target of a symbolic link, or the absolute path of the file whose content a hard link shares.
	Link    string
	ModTime time.Time
	// Layer is the index in Layers of the entry's layer.
	Layer int
}

// ReadImage reads an image from a registry, e.g. ReadImage(ctx, l.Image("hello:1"), "linux/amd64"). An empty platform
// takes the only image, or linux/amd64 of an index.
func (l *Lab) ReadImage(ctx context.Context, ref, platform string) (*Image, error) {
	r, err := name.ParseReference(ref, name.Insecure)
	if err != nil {
		return nil, err
	}
	desc, err := remote.Get(r, remote.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	if !desc.MediaType.IsIndex() {
		image, err := desc.Image()
		if err != nil {
			return nil, err
		}
		return readImage(image)
	}
	index, err := desc.ImageIndex()
	if err != nil {
		return nil, err
	}
	return pick(index, platform)
}

// ReadLayout reads an image from a folder with an OCI layout, such as ToLayout writes; the platform as in ReadImage.
func ReadLayout(dir, platform string) (*Image, error) {
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, err
	}
	// BuildKit's layout has an index of indexes, unless the image is for one platform and has no attestations.
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	if len(manifest.Manifests) == 1 && manifest.Manifests[0].MediaType.IsIndex() {
		if index, err = index.ImageIndex(manifest.Manifests[0].Digest); err != nil {
			return nil, err
		}
	}
	return pick(index, platform)
}

// BuildKit marks the manifest that holds an image's attestations with these annotations.
const (
	referenceType   = "vnd.docker.reference.type"
	referenceDigest = "vnd.docker.reference.digest"
	predicateType   = "in-toto.io/predicate-type"
)

// pick finds the platform's image in an index.
func pick(index v1.ImageIndex, platform string) (*Image, error) {
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	var images []v1.Descriptor
	for _, d := range manifest.Manifests {
		if d.Annotations[referenceType] == "" && !d.MediaType.IsIndex() {
			images = append(images, d)
		}
	}
	if platform == "" && len(images) > 1 {
		platform = "linux/amd64"
	}
	at := 0
	if platform != "" {
		at = slices.IndexFunc(images, func(d v1.Descriptor) bool {
			// The name of 64-bit ARM may have its only variant or not.
			return d.Platform == nil || d.Platform.String() == platform || strings.TrimSuffix(d.Platform.String(), "/v8") == platform
		})
	}
	if at < 0 || at >= len(images) {
		return nil, fmt.Errorf("the index has no image for %q", platform)
	}
	image, err := index.Image(images[at].Digest)
	if err != nil {
		return nil, err
	}
	read, err := readImage(image)
	if err != nil {
		return nil, err
	}
	for _, d := range manifest.Manifests {
		if d.Annotations[referenceDigest] != read.Digest {
			continue
		}
		attestation, err := index.Image(d.Digest)
		if err != nil {
			return nil, err
		}
		if err := read.attest(attestation); err != nil {
			return nil, err
		}
	}
	return read, nil
}

// attest reads the statements of an attestation manifest.
func (i *Image) attest(attestation v1.Image) error {
	manifest, err := attestation.Manifest()
	if err != nil {
		return err
	}
	for _, d := range manifest.Layers {
		layer, err := attestation.LayerByDigest(d.Digest)
		if err != nil {
			return err
		}
		r, err := layer.Compressed()
		if err != nil {
			return err
		}
		data, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			return err
		}
		i.Attestations[d.Annotations[predicateType]] = data
	}
	return nil
}

func readImage(image v1.Image) (*Image, error) {
	digest, err := image.Digest()
	if err != nil {
		return nil, err
	}
	raw, err := image.RawConfigFile()
	if err != nil {
		return nil, err
	}
	read := &Image{Digest: digest.String(), RawConfig: raw, image: image, Attestations: map[string][]byte{}}
	if err := json.Unmarshal(raw, &read.Config); err != nil {
		return nil, err
	}
	manifest, err := image.Manifest()
	if err != nil {
		return nil, err
	}
	read.Annotations = manifest.Annotations
	for _, d := range manifest.Layers {
		read.Layers = append(read.Layers, Layer{Digest: d.Digest.String(), Size: d.Size, MediaType: string(d.MediaType)})
	}
	return read, nil
}

// Size returns the sum of the compressed layers, in bytes.
func (i *Image) Size() int64 {
	var sum int64
	for _, l := range i.Layers {
		sum += l.Size
	}
	return sum
}

// walk reads the tar of one layer.
func (i *Image) walk(n int, visit func(path string, header *tar.Header, content io.Reader) error) error {
	layers, err := i.image.Layers()
	if err != nil {
		return err
	}
	r, err := layers[n].Uncompressed()
	if err != nil {
		return err
	}
	defer r.Close()
	for t := tar.NewReader(r); ; {
		header, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("layer %d: %w", n, err)
		}
		if err := visit(path.Clean("/"+header.Name), header, t); err != nil {
			return err
		}
	}
}

// Files returns the merged file system by absolute path: all layers with their whiteouts applied. It is read once.
func (i *Image) Files() (map[string]File, error) {
	if i.files != nil {
		return i.files, nil
	}
	files := map[string]File{}
	for n := range i.Layers {
		below := slices.Collect(maps.Keys(files))
		removeBelow := func(prefix string, self bool) {
			for _, p := range below {
				if self && p == prefix || strings.HasPrefix(p, prefix+"/") {
					delete(files, p)
				}
			}
		}
		fresh := map[string]File{}
		err := i.walk(n, func(p string, h *tar.Header, _ io.Reader) error {
			if base := path.Base(p); strings.HasPrefix(base, ".wh.") {
				if base == ".wh..wh..opq" {
					removeBelow(path.Dir(p), false)
				} else {
					removeBelow(path.Join(path.Dir(p), strings.TrimPrefix(base, ".wh.")), true)
				}
				return nil
			}
			f := File{
				Path: p, Mode: h.FileInfo().Mode(), UID: h.Uid, GID: h.Gid, Size: h.Size, Link: h.Linkname, ModTime: h.ModTime, Layer: n,
			}
			if h.Typeflag == tar.TypeLink {
				f.Link = path.Clean("/" + h.Linkname)
			}
			if old, ok := files[p]; ok && old.Mode.IsDir() && !f.Mode.IsDir() {
				removeBelow(p, true)
			}
			fresh[p] = f
			return nil
		})
		if err != nil {
			return nil, err
		}
		maps.Copy(files, fresh)
	}
	i.files = files
	return files, nil
}

// Paths lists the merged file system's paths below a folder, sorted.
func (i *Image) Paths(below string) ([]string, error) {
	files, err := i.Files()
	if err != nil {
		return nil, err
	}
	var list []string
	for p := range files {
		if below == "/" || p == below || strings.HasPrefix(p, strings.TrimSuffix(below, "/")+"/") {
			list = append(list, p)
		}
	}
	slices.Sort(list)
	return list, nil
}

// Lookup finds a path in the merged file system. It follows all symbolic links of the path, as a program in the
// container does.
func (i *Image) Lookup(p string) (File, error) {
	files, err := i.Files()
	if err != nil {
		return File{}, err
	}
	at, rest := "/", strings.Split(strings.Trim(path.Clean("/"+p), "/"), "/")
	for hops := 0; len(rest) > 0; {
		next := path.Join(at, rest[0])
		f, ok := files[next]
		if !ok {
			return File{}, fmt.Errorf("%s: %w in the image", p, os.ErrNotExist)
		}
		rest = rest[1:]
		if f.Mode&os.ModeSymlink == 0 {
			at = next
			continue
		}
		if hops++; hops > 40 {
			return File{}, fmt.Errorf("%s: too many links", p)
		}
		target := f.Link
		if !path.IsAbs(target) {
			target = path.Join(at, target)
		}
		parts := strings.Split(strings.Trim(path.Clean(target), "/"), "/")
		at, rest = "/", append(parts, rest...)
	}
	return files[at], nil
}

// Read returns a file's content out of the merged file system, links followed.
func (i *Image) Read(p string) ([]byte, error) {
	f, err := i.Lookup(p)
	if err != nil {
		return nil, err
	}
	want := f.Path
	if f.Mode.IsRegular() && f.Link != "" {
		want = f.Link
	}
	var data []byte
	found := errors.New("found")
	err = i.walk(f.Layer, func(p string, h *tar.Header, content io.Reader) error {
		if p != want || h.Typeflag != tar.TypeReg {
			return nil
		}
		if data, err = io.ReadAll(content); err != nil {
			return err
		}
		return found
	})
	if errors.Is(err, found) {
		return data, nil
	}
	if err == nil {
		err = fmt.Errorf("%s: not a regular file", p)
	}
	return nil, err
}

// ReadArchive reads the image in a file of `docker save` or of BuildKit's exporter docker.
func ReadArchive(name string) (*Image, error) {
	image, err := tarball.ImageFromPath(name, nil)
	if err != nil {
		return nil, err
	}
	return readImage(image)
}

// Package sizepage draws where the bytes of an image are: one self-contained
// HTML page with a treemap by layer, package and file.
//
// The input is an image as BuildKit exports it: an OCI layout in a tar archive.
// The packages are found by the lists of files (RECORD) that every installed
// package has, so the page is right for any image with Python packages.
package sizepage

import (
	"archive/tar"
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/containerd/containerd/v2/pkg/archive/compression"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Image is the content of the page.
type Image struct {
	Name     string  `json:"name"`
	Platform string  `json:"platform"`
	Layers   []Layer `json:"layers"`
}

// Layer is a layer of the image.
type Layer struct {
	// Name is its text in the image's history.
	Name string `json:"name"`
	// Packed is its compressed size in bytes, Size the sum of the sizes of its
	// files.
	Packed int64  `json:"packed"`
	Size   int64  `json:"size"`
	Files  []File `json:"-"`
}

// File is a file of a layer.
type File struct {
	// Name has no leading slash.
	Name string
	Size int64
}

// Read reads an image from an OCI layout in a tar archive.
func Read(archive string) (*Image, error) {
	f, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	blobs, err := index(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", archive, err)
	}
	l := layout{f, blobs}
	var top ocispecs.Index
	if err := l.json("index.json", &top); err != nil {
		return nil, err
	}
	if len(top.Manifests) == 0 {
		return nil, errors.New("the archive holds no image")
	}
	desc := top.Manifests[0]
	for depth := 0; desc.MediaType == ocispecs.MediaTypeImageIndex || strings.Contains(desc.MediaType, "manifest.list"); depth++ {
		if depth == maxDepth {
			return nil, errors.New("the archive's indexes name each other")
		}
		var next ocispecs.Index
		if err := l.json(blob(desc), &next); err != nil {
			return nil, err
		}
		// Attestations are manifests next to the images, with the platform
		// unknown/unknown.
		at := slices.IndexFunc(next.Manifests, func(d ocispecs.Descriptor) bool { return d.Platform == nil || d.Platform.OS != "unknown" })
		if at < 0 {
			return nil, errors.New("the archive holds no image")
		}
		desc = next.Manifests[at]
	}
	var manifest ocispecs.Manifest
	if err := l.json(blob(desc), &manifest); err != nil {
		return nil, err
	}
	var config ocispecs.Image
	if err := l.json(blob(manifest.Config), &config); err != nil {
		return nil, err
	}
	img := &Image{Platform: path.Join(config.OS, config.Architecture, config.Variant)}
	var names []string
	for _, h := range config.History {
		if !h.EmptyLayer {
			names = append(names, h.CreatedBy)
		}
	}
	for n, d := range manifest.Layers {
		layer := Layer{Packed: d.Size, Name: fmt.Sprintf("layer %d", n+1)}
		if n < len(names) && names[n] != "" {
			layer.Name = strings.TrimSpace(strings.TrimSuffix(names[n], "# buildkit"))
		}
		r, err := l.open(blob(d))
		if err != nil {
			return nil, err
		}
		if layer.Files, err = files(r); err != nil {
			return nil, fmt.Errorf("the layer %q: %w", layer.Name, err)
		}
		for _, f := range layer.Files {
			layer.Size += f.Size
		}
		img.Layers = append(img.Layers, layer)
	}
	return img, nil
}

// maxDepth is the maximum number of nested indexes above an image.
const maxDepth = 4

// blob is the name of a blob in the archive. Without a valid digest it is a
// name that no file has.
func blob(d ocispecs.Descriptor) string {
	if d.Digest.Validate() != nil {
		return "blobs/" + string(d.Digest)
	}
	return path.Join("blobs", d.Digest.Algorithm().String(), d.Digest.Encoded())
}

// place is the position of a file's content in an archive, in bytes.
type place struct{ offset, size int64 }

// index finds the files of an uncompressed archive.
func index(r io.ReadSeeker) (map[string]place, error) {
	all := map[string]place{}
	archive := tar.NewReader(r)
	for {
		h, err := archive.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		at, err := r.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		all[path.Clean(h.Name)] = place{at, h.Size}
	}
}

// layout is an OCI layout in an archive.
type layout struct {
	f     io.ReaderAt
	blobs map[string]place
}

func (l layout) open(name string) (io.Reader, error) {
	p, ok := l.blobs[name]
	if !ok {
		return nil, fmt.Errorf("the archive lacks %s", name)
	}
	return io.NewSectionReader(l.f, p.offset, p.size), nil
}

func (l layout) json(name string, to any) error {
	r, err := l.open(name)
	if err != nil {
		return err
	}
	if err := json.NewDecoder(r).Decode(to); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// files lists a layer's files.
func files(r io.Reader) ([]File, error) {
	plain, err := compression.DecompressStream(bufio.NewReader(r))
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	var all []File
	archive := tar.NewReader(plain)
	for {
		h, err := archive.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if h.Typeflag == tar.TypeReg {
			all = append(all, File{path.Clean(h.Name), h.Size})
		}
	}
}

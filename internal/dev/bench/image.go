package bench

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/moult-build/moult/internal/dev/lab"
)

// image is what a build pushed.
type image struct {
	layers []lab.Layer
}

// readImage reads the manifest that a build pushed.
func readImage(ctx context.Context, l *lab.Lab, ref string) (image, error) {
	i, err := l.ReadImage(ctx, ref, "linux/amd64")
	if err != nil {
		return image{}, fmt.Errorf("read %s: %w", ref, err)
	}
	return image{layers: i.Layers}, nil
}

// compressed is the size of the layers as stored.
func (i image) compressed() int64 {
	var sum int64
	for _, l := range i.layers {
		sum += l.Size
	}
	return sum
}

// since compares with an earlier image. It returns the bytes and the number of the layers that only this image has, and
// the number of layers that both have.
func (i image) since(earlier image) (pushed int64, fresh, reused int) {
	had := map[string]bool{}
	for _, l := range earlier.layers {
		had[l.Digest] = true
	}
	for _, l := range i.layers {
		if had[l.Digest] {
			reused++
		} else {
			pushed += l.Size
			fresh++
		}
		had[l.Digest] = true
	}
	return pushed, fresh, reused
}

// measured caches the sizes of layers, because images share base layers.
type measured struct {
	mu    sync.Mutex
	sizes map[string]int64
}

// uncompressed returns the size of an image's uncompressed layers, in bytes of their tar archives.
func (m *measured) uncompressed(ctx context.Context, ref string, i image) (int64, error) {
	r, err := name.ParseReference(ref, name.Insecure)
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, l := range i.layers {
		m.mu.Lock()
		size, ok := m.sizes[l.Digest]
		m.mu.Unlock()
		if !ok {
			layer, err := remote.Layer(r.Context().Digest(l.Digest), remote.WithContext(ctx))
			if err != nil {
				return 0, err
			}
			content, err := layer.Uncompressed()
			if err != nil {
				return 0, err
			}
			size, err = io.Copy(io.Discard, content)
			content.Close()
			if err != nil {
				return 0, err
			}
			m.mu.Lock()
			m.sizes[l.Digest] = size
			m.mu.Unlock()
		}
		sum += size
	}
	return sum, nil
}

package environment

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// Reader reads an image and stores the first error that is not fs.ErrNotExist.
// Callers may treat every error as a missing file, and check Err at the end. So
// an image whose files cannot be read does not look like an image without them.
type Reader struct {
	img Image
	err error
}

// NewReader reads an image. A Reader is for one goroutine.
func NewReader(img Image) *Reader { return &Reader{img: img} }

// Err returns the first such error, with the name of the file; nil if there was
// none.
func (r *Reader) Err() error { return r.err }

// ReadFile implements Image.
func (r *Reader) ReadFile(ctx context.Context, name string) ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	content, err := r.img.ReadFile(ctx, name)
	return content, r.noted(name, err)
}

// ReadDir implements Image.
func (r *Reader) ReadDir(ctx context.Context, name string) ([]string, error) {
	if r.err != nil {
		return nil, r.err
	}
	names, err := r.img.ReadDir(ctx, name)
	return names, r.noted(name, err)
}

func (r *Reader) noted(name string, err error) error {
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.err = fmt.Errorf("%s cannot be read: %w", name, err)
	}
	return err
}

package environment

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// Reader is an image that remembers the first question that failed for another
// reason than that the file does not exist. Whoever reads through it may take
// every error for absence and asks for Err in the end: an image whose files
// cannot be read must not look like one without them.
type Reader struct {
	img Image
	err error
}

// NewReader reads an image. A Reader is for one goroutine.
func NewReader(img Image) *Reader { return &Reader{img: img} }

// Err is the first failure, with the name of the file; nil where there was none.
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

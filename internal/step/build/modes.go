package build

import (
	"context"
	"errors"
	"fmt"
	"time"

	fscopy "github.com/tonistiigi/fsutil/copy"
	"golang.org/x/sys/unix"
)

// Modes copies a tree and sets the modes of its files, by the code that newer
// versions of BuildKit copy with. It changes nothing else.
type Modes struct {
	Source, Out string
	// Mode is in the notation of chmod(1).
	Mode string
	// Epoch is the time of all files in Unix seconds.
	Epoch int64
}

// Make copies the tree.
func (m Modes) Make(ctx context.Context) error {
	when := time.Unix(m.Epoch, 0)
	err := fscopy.Copy(ctx, m.Source, "/", m.Out, "/", fscopy.WithCopyInfo(fscopy.CopyInfo{
		ModeStr: m.Mode, Utime: &when, CopyDirContents: true,
		XAttrErrorHandler: func(_, _, _ string, err error) error {
			// Not every file system supports extended attributes.
			if errors.Is(err, unix.ENOTSUP) {
				return nil
			}
			return err
		},
	}))
	if err != nil {
		return fmt.Errorf("setting the modes of files: %w", err)
	}
	return nil
}

package frontend

import (
	"context"
	"io/fs"
	"path"
	"sync"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/plan"
)

// prefetch asks for what every build asks for later, while the lock is being
// read. The code that needs the answer asks again and reports failures.
func (b *build) prefetch(ctx context.Context) (err error) {
	defer recovered(&err)
	w, err := b.firstWorld(ctx)
	if err != nil {
		return err
	}
	return pipeline.Prefetch(ctx, b.asked, w)
}

// prefetchBuilder asks for the builder's image, while the base is asked for its Python.
func (b *build) prefetchBuilder(ctx context.Context) (err error) {
	defer recovered(&err)
	w, err := b.firstWorld(ctx)
	if err != nil {
		return err
	}
	return pipeline.PrefetchBuilder(ctx, b.asked, w)
}

// firstWorld is the world of the first platform.
func (b *build) firstWorld(ctx context.Context) (*world, error) {
	return b.world(ctx, b.firstTarget())
}

// openImage is an image for the pipeline. It sends no request to the daemon
// before something is read.
type openImage struct {
	b        *build
	state    bk.State
	platform ocispecs.Platform
	config   plan.Config
	// taken answers some questions about the base; nil for other images.
	taken *interpreter
}

// Config implements pipeline.Image.
func (o *openImage) Config() plan.Config { return o.config }

// ReadFile implements environment.Image.
func (o *openImage) ReadFile(ctx context.Context, name string) ([]byte, error) {
	if content, ok, err := o.taken.file(ctx, name); ok {
		return content, err
	}
	files, err := o.b.filesOf(ctx, o.state, o.platform)
	if err != nil {
		return nil, err
	}
	return files.ReadFile(ctx, name)
}

// ReadDir implements environment.Image.
func (o *openImage) ReadDir(ctx context.Context, name string) ([]string, error) {
	if names, ok, err := o.taken.folder(ctx, name); ok {
		return names, err
	}
	files, err := o.b.filesOf(ctx, o.state, o.platform)
	if err != nil {
		return nil, err
	}
	return files.ReadDir(ctx, name)
}

// Lstat implements pipeline.Image. The gateway's own stat follows links, but its
// list of a folder does not.
func (o *openImage) Lstat(ctx context.Context, name string) (pipeline.File, error) {
	if file, ok, err := o.taken.stat(ctx, name); ok {
		return file, err
	}
	files, err := o.b.filesOf(ctx, o.state, o.platform)
	if err != nil {
		return pipeline.File{}, err
	}
	base := path.Base(name)
	req := client.ReadDirRequest{Path: path.Dir(name)}
	if !isPattern(base) {
		req.IncludePattern = base
	}
	entries, err := files.ref.ReadDir(ctx, req)
	if err != nil {
		return pipeline.File{}, absent("lstat", name, err)
	}
	for _, e := range entries {
		if path.Base(e.Path) == base {
			return pipeline.File{Mode: fs.FileMode(e.Mode), UID: int(e.Uid), GID: int(e.Gid), Link: e.Linkname}, nil
		}
	}
	return pipeline.File{}, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
}

// absent is the error of a request for a file: fs.ErrNotExist if the file does
// not exist. The gateway passes errors on as text.
func absent(op, name string, err error) error {
	if isNotExist(err) {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return err
}

// imageCache are the images whose files were read, by the digest of their
// definition.
type imageCache struct {
	mu    sync.Mutex
	files map[digest.Digest]*imageFiles
}

// filesOf opens an image for internal/environment.
func (b *build) filesOf(ctx context.Context, st bk.State, platform ocispecs.Platform) (*imageFiles, error) {
	def, err := b.marshal(ctx, st, platform)
	if err != nil {
		return nil, err
	}
	head, err := def.Head()
	if err != nil {
		return nil, err
	}
	b.opened.mu.Lock()
	defer b.opened.mu.Unlock()
	if files, ok := b.opened.files[head]; ok {
		return files, nil
	}
	ref, err := b.request(ctx, def, false)
	if err != nil {
		return nil, err
	}
	files := &imageFiles{remote{ref: ref}}
	if b.opened.files == nil {
		b.opened.files = map[digest.Digest]*imageFiles{}
	}
	b.opened.files[head] = files
	return files, nil
}

// imageFiles is an image in the form of internal/environment.
type imageFiles struct{ remote }

// ReadDir implements environment.Image.
func (f *imageFiles) ReadDir(ctx context.Context, name string) ([]string, error) {
	entries, err := f.list(ctx, name)
	names := make([]string, len(entries))
	for n, e := range entries {
		names[n] = e.Path
	}
	return names, err
}

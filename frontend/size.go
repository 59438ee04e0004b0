package frontend

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sync/atomic"

	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/moult-build/moult/internal/report"
	"github.com/moult-build/moult/llb"
)

// answerSize answers the subrequest for sizes. It downloads only the base.
func (b *build) answerSize(ctx context.Context) (report.Printer, error) {
	all, err := b.decideAll(ctx)
	if err != nil {
		return nil, err
	}
	r := b.report(all)
	eg, ctx := newGroup(ctx)
	for n, d := range all {
		m := &r.Platforms[n].Measured
		eg.Go(func() error { return b.measureBase(ctx, d, m) })
		eg.Go(func() error { return b.measureApp(ctx, d, m) })
		eg.Go(func() error { return b.measureWheels(ctx, d) })
	}
	if err := eg.Wait(); err != nil {
		return nil, err
	}
	return report.NewSize(r), nil
}

// measureBase adds up the base image's files: those that came with Python's
// own installation, and the distribution's.
func (b *build) measureBase(ctx context.Context, d *decided, m *report.Measured) error {
	if t := b.target(); t == llb.TargetVenv || t == llb.TargetWheels {
		return nil
	}
	ref, err := b.solve(ctx, d.world.Base, d.world.Target)
	if err != nil {
		return err
	}
	python := d.plan.Environment.Python.Folder()
	if m.Python, err = tree(ctx, ref, python, ""); err != nil {
		return err
	}
	m.System, err = tree(ctx, ref, "/", python)
	return err
}

// measureApp adds up the application's files.
func (b *build) measureApp(ctx context.Context, d *decided, m *report.Measured) error {
	// Only the target runtime has the application.
	if d.plan.App == nil || b.target() != llb.TargetRuntime {
		return nil
	}
	ref, err := b.solve(ctx, d.graph.Application(), d.world.Target)
	if err != nil {
		return err
	}
	m.App, err = tree(ctx, ref, "/", "")
	return err
}

// parallel is the number of folders of an image that are read concurrently.
const parallel = 8

// tree adds up the sizes of the regular files below a folder of a solved
// state, leaving one folder out.
func tree(ctx context.Context, ref client.Reference, dir, except string) (int64, error) {
	var total atomic.Int64
	eg, ctx := newGroup(ctx)
	eg.SetLimit(parallel)
	var walk func(dir string) error
	walk = func(dir string) error {
		entries, err := ref.ReadDir(ctx, client.ReadDirRequest{Path: dir})
		if err != nil {
			if isNotExist(err) {
				return nil
			}
			return fmt.Errorf("measuring %s: %w", dir, err)
		}
		for _, e := range entries {
			name := path.Join(dir, e.Path)
			switch {
			case e.IsDir() && name != except:
				if !eg.TryGo(func() error { return walk(name) }) {
					if err := walk(name); err != nil {
						return err
					}
				}
			case fs.FileMode(e.Mode).IsRegular():
				total.Add(e.Size)
			}
		}
		return nil
	}
	eg.Go(func() error { return walk(dir) })
	err := eg.Wait()
	return total.Load(), err
}

// measureWheels finds the unpacked sizes of the resolver's wheels from their
// lists of files.
func (b *build) measureWheels(ctx context.Context, d *decided) error {
	if d.plan.Building == nil || d.plan.Building.Resolve == nil || b.target() == llb.TargetBuilder {
		return nil
	}
	ref, err := b.solve(ctx, d.graph.Resolved(), d.world.Target)
	if err != nil {
		return err
	}
	eg, ctx := newGroup(ctx)
	eg.SetLimit(parallel)
	for n := range d.plan.Packages {
		pkg := &d.plan.Packages[n]
		if pkg.Resolved() == "" {
			continue
		}
		eg.Go(func() (err error) {
			pkg.Unpacked, err = unpacked(&remoteFile{ctx: ctx, ref: ref, name: "/" + pkg.Resolved()}, pkg.Size)
			return err
		})
	}
	return eg.Wait()
}

// unpacked adds up the sizes in a wheel's list of files.
func unpacked(wheel io.ReaderAt, size int64) (int64, error) {
	z, err := zip.NewReader(wheel, size)
	if err != nil {
		return 0, err
	}
	var total int64
	for _, f := range z.File {
		total += int64(f.UncompressedSize64)
	}
	return total, nil
}

// remoteFile reads a file of a solved state in blocks, as a list of files is
// read in many small pieces.
type remoteFile struct {
	ctx  context.Context
	ref  client.Reference
	name string

	block []byte
	at    int64
}

// blockSize is the size of a block in bytes.
const blockSize = 256 << 10

// ReadAt implements io.ReaderAt for one reader at a time.
func (f *remoteFile) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		at := (off + int64(n)) / blockSize * blockSize
		if f.block == nil || at != f.at {
			if f.block, err = f.ref.ReadFile(f.ctx, client.ReadRequest{
				Filename: f.name, Range: &client.FileRange{Offset: int(at), Length: blockSize},
			}); err != nil {
				return n, err
			}
			f.at = at
		}
		from := off + int64(n) - at
		if from >= int64(len(f.block)) {
			return n, io.EOF
		}
		n += copy(p[n:], f.block[from:])
	}
	return n, nil
}

package bench

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"

	"github.com/moult-build/moult/internal/dev/lab"
)

// limit measures a lower limit for the time of a first build. A plain program without BuildKit fetches the locked
// wheels, unpacks them, compiles their bytecode with the base image's own Python and compresses each package, on all
// cores. It checks nothing, builds no image and pushes nothing.
func (r *runner) limit(ctx context.Context, w *world, j job) error {
	wheels, err := j.app.wheels(r.options.Root, None)
	if err != nil {
		return err
	}
	root, err := r.rootfs(ctx, w)
	if err != nil {
		return err
	}
	// The largest are first, so that no core works alone on one at the end.
	slices.SortFunc(wheels, func(a, b wheel) int { return int(b.Size - a.Size) })
	s := Sample{Load: load()}
	before := r.proxy.Count()
	var used syscall.Rusage
	cpu := func() float64 {
		var sum float64
		for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
			if syscall.Getrusage(who, &used) == nil {
				sum += time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
			}
		}
		return sum
	}
	began, spent := time.Now(), cpu()
	compressed, err := r.floor(ctx, root, wheels)
	if err != nil {
		return err
	}
	s.Seconds, s.CPU, s.Compressed = time.Since(began).Seconds(), cpu()-spent, compressed
	took := r.proxy.Count().Minus(before)
	if took.Missed > 0 {
		return missedError(took.Missed)
	}
	s.Downloaded, s.Requests = took.Bytes, took.Requests
	r.put(j, First, s)
	layer, err := r.packageLayer(ctx, root, j.app, wheels)
	if err != nil {
		return err
	}
	r.put(j, PackageLayer, Sample{Pushed: layer})
	return nil
}

// PackageLayer is the size of a layer that has only the upgraded package with its bytecode.
const PackageLayer = "package-layer"

// packageLayer finds the package that the variant "upgrade" upgrades and makes a layer of it.
func (r *runner) packageLayer(ctx context.Context, root string, app Application, before []wheel) (int64, error) {
	after, err := app.wheels(r.options.Root, Upgrade)
	if err != nil {
		return 0, err
	}
	upgraded := slices.DeleteFunc(after, func(w wheel) bool {
		return slices.ContainsFunc(before, func(b wheel) bool { return b.URL == w.URL })
	})
	return r.floor(ctx, root, upgraded)
}

// rootfs exports the slim base image, for its Python.
func (r *runner) rootfs(ctx context.Context, w *world) (string, error) {
	d, err := w.startDaemon(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = d.end() }()
	dir := filepath.Join(w.dir, "limit")
	if err := empty(dir); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte("FROM python:"+pythonVersion+"-slim\n"), 0o644); err != nil {
		return "", err
	}
	root := filepath.Join(w.dir, "rootfs")
	build := lab.Build{Frontend: "dockerfile.v0", Context: dir}
	build.Exports = append(build.Exports, lab.ToFolder(root))
	if result, err := d.Build(ctx, build); err != nil {
		return "", fmt.Errorf("export the base image: %w\n%s", err, result.Log())
	}
	return root, nil
}

// floor does the work on all cores and returns the compressed size in bytes. Wheels are fetched eight at a time, as
// BuildKit does with the lab's settings.
func (r *runner) floor(ctx context.Context, root string, wheels []wheel) (int64, error) {
	type fetched struct {
		wheel
		data []byte
	}
	ready := make(chan fetched, len(wheels))
	client := r.proxy.Client()
	defer client.CloseIdleConnections()
	downloads, downloading := errgroup.WithContext(ctx)
	downloads.SetLimit(8)
	work, working := errgroup.WithContext(ctx)
	sizes := make([]int64, runtime.NumCPU())
	for n := range sizes {
		work.Go(func() error {
			c, err := startCompiler(working, root)
			if err != nil {
				return err
			}
			defer c.end()
			for f := range ready {
				below := filepath.Join("opt", f.Filename)
				dir := filepath.Join(root, below)
				if err := unpack(f.data, dir); err != nil {
					return fmt.Errorf("%s: %w", f.Filename, err)
				}
				if err := c.compile("/" + below); err != nil {
					return fmt.Errorf("%s: %w", f.Filename, err)
				}
				size, err := compress(dir)
				if err != nil {
					return err
				}
				sizes[n] += size
			}
			return nil
		})
	}
	for _, w := range wheels {
		downloads.Go(func() error {
			var b bytes.Buffer
			b.Grow(int(w.Size))
			if err := fetch(downloading, client, w.URL, "", &b); err != nil {
				return err
			}
			ready <- fetched{w, b.Bytes()}
			return nil
		})
	}
	err := downloads.Wait()
	close(ready)
	err = errors.Join(err, work.Wait())
	var sum int64
	for _, size := range sizes {
		sum += size
	}
	return sum, err
}

// compiler is a Python that compiles folders until its input ends.
type compiler struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

const compilerProgram = `
import compileall, py_compile, sys
for line in sys.stdin:
    compileall.compile_dir(line.strip(), quiet=2, workers=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    print(flush=True)
`

func startCompiler(ctx context.Context, root string) (*compiler, error) {
	cmd := exec.CommandContext(ctx, "/usr/local/bin/python"+pythonVersion, "-I", "-S", "-c", compilerProgram)
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	cmd.Env, cmd.Dir = []string{"PATH=/usr/local/bin:/usr/bin:/bin"}, "/"
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &compiler{cmd, in, bufio.NewReader(out)}, nil
}

func (c *compiler) compile(dir string) error {
	if _, err := io.WriteString(c.in, dir+"\n"); err != nil {
		return err
	}
	_, err := c.out.ReadString('\n')
	return err
}

func (c *compiler) end() { c.in.Close(); _ = c.cmd.Wait() }

// unpack writes a wheel's files below a folder.
func unpack(data []byte, dir string) error {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	made := map[string]bool{}
	for _, f := range archive.File {
		if strings.HasSuffix(f.Name, "/") || !filepath.IsLocal(f.Name) {
			continue
		}
		to := filepath.Join(dir, f.Name)
		if parent := filepath.Dir(to); !made[parent] {
			if err := os.MkdirAll(parent, 0o755); err != nil {
				return err
			}
			made[parent] = true
		}
		if err := extract(f, to); err != nil {
			return err
		}
	}
	return nil
}

func extract(f *zip.File, to string) error {
	from, err := f.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	file, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Close())
}

// compress makes a layer of a folder and returns its size in bytes; the layer is not stored.
func compress(dir string) (int64, error) {
	size := &counted{}
	zipped := gzip.NewWriter(size)
	archive := tar.NewWriter(zipped)
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		header, err := tar.FileInfoHeader(info, "")
		if err != nil {
			return err
		}
		if header.Name, err = filepath.Rel(dir, name); err != nil {
			return err
		}
		if err := archive.WriteHeader(header); err != nil || d.IsDir() {
			return err
		}
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = io.Copy(archive, file)
		return err
	})
	err = errors.Join(err, archive.Close(), zipped.Close())
	return size.n, err
}

// counted counts the bytes that are written to it.
type counted struct{ n int64 }

func (c *counted) Write(data []byte) (int, error) { c.n += int64(len(data)); return len(data), nil }

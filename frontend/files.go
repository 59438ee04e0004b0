package frontend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/project/start"
	"github.com/moult-build/moult/internal/source"
)

// files is the build context in the form that internal/project reads. A file
// that is not one of the usual files of the project's folder is fetched on
// first use.
type files struct {
	b   *build
	ctx context.Context
	// name is the build file's name in the context, and content its content. It
	// need not be in the context at all.
	name    string
	content []byte
	// all is true if the whole context is available, because it is a git
	// repository or an archive and not the client's folder.
	all   bool
	first client.Reference
	// loaded are the names that first can answer for.
	loaded map[string]bool
	// dir is the folder whose usual files load has fetched, listed their names,
	// and small the content of the small ones.
	dir     string
	entries map[string]*fstypes.Stat
	small   map[string][]byte
	// more are other parts of the context, by the request. Several platforms
	// send requests concurrently.
	mu   sync.Mutex
	more map[string]client.Reference
}

// readEntrypoint fetches the build file, finds it in the build context and
// fetches the usual files of its folder.
func (b *build) readEntrypoint(ctx context.Context) error {
	name := b.BuildOpts().Opts["filename"]
	if name == "" {
		name = dockerui.DefaultDockerfileName
	}
	b.files = &files{b: b, ctx: ctx, name: path.Clean(name), more: map[string]client.Reference{}}
	var err error
	if b.local, err = b.contextIsLocal(ctx); err != nil {
		return err
	}
	// The client sends both at the same time.
	eg, egctx := newGroup(ctx)
	eg.Go(func() (err error) {
		b.source, err = b.ReadEntrypoint(egctx, "TOML")
		if err != nil && isFolder(err) && strings.Contains(err.Error(), path.Base(name)+": ") {
			return fmt.Errorf("%s is a folder, or no regular file, where the build file is expected", name)
		}
		return err
	})
	if b.local {
		eg.Go(func() error { return b.files.load(".") })
	}
	if err := eg.Wait(); err != nil {
		return err
	}
	b.files.content = b.source.Data
	// What goes with graphs, errors and answers is shown and kept.
	b.source.Data = source.Mask(b.source.Data)
	if !b.local {
		st, err := b.MainContext(ctx)
		if err != nil {
			return err
		}
		b.files.all = true
		b.files.first, err = b.solve(ctx, *st, b.BuildPlatforms[0])
		return err
	}
	if err := b.readIgnored(ctx); err != nil {
		return err
	}
	return b.files.place()
}

// smallFile is the size in bytes up to which a usual file is read before it is
// needed. A request to the daemon costs a millisecond; a dozen concurrent ones
// cost hardly more.
const smallFile = 64 << 10

// wholeFile is the size in bytes up to which a file is read without a look at its
// size; the gateway sends no larger messages than 16 MB.
const wholeFile = 8 << 20

// load fetches the usual files of a folder and reads the small ones.
func (f *files) load(dir string) error {
	names := append([]string{f.name, dockerui.DefaultDockerignoreName}, pipeline.Usual...)
	f.loaded = map[string]bool{f.name: true}
	for n, name := range names {
		if n > 1 {
			names[n] = path.Join(dir, name)
		}
		f.loaded[names[n]] = true
	}
	var err error
	if f.first, err = f.fetch("moult-project-"+dir, "load the project's files", bk.FollowPaths(names)); err != nil {
		return err
	}
	f.dir, f.entries, f.small = dir, map[string]*fstypes.Stat{}, map[string][]byte{}
	entries, err := f.first.ReadDir(f.ctx, client.ReadDirRequest{Path: dir})
	if err != nil {
		if isNotExist(err) {
			return nil
		}
		return err
	}
	var mu sync.Mutex
	eg, _ := newGroup(f.ctx)
	for _, e := range entries {
		name := path.Join(dir, e.Path)
		f.entries[name] = e
		if !fs.FileMode(e.Mode).IsRegular() || e.Size > smallFile {
			continue
		}
		eg.Go(func() error {
			content, err := f.first.ReadFile(f.ctx, client.ReadRequest{Filename: name})
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				f.small[name] = content
			}
			return err
		})
	}
	return eg.Wait()
}

// lacks reports whether a usual file is known not to exist: the project's folder
// has neither it nor its own folder.
func (f *files) lacks(name string) bool {
	if f.all || !f.loaded[name] {
		return false
	}
	if folder := path.Dir(name); folder != f.dir {
		name = folder
	}
	return path.Dir(name) == f.dir && f.entries[name] == nil
}

// read reads a file of the usual ones.
func (f *files) read(name string) ([]byte, error) {
	if f.lacks(name) {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	if content, ok := f.small[name]; ok {
		return content, nil
	}
	// The size is known, so that dockerui would ask for it in vain.
	if e := f.entries[name]; e != nil && path.Dir(name) == f.dir && fs.FileMode(e.Mode).IsRegular() && e.Size <= wholeFile {
		return f.first.ReadFile(f.ctx, client.ReadRequest{Filename: name})
	}
	return dockerui.ReadFile(f.ctx, f.first, name)
}

// fetch transfers a part of the client's folder. Each part has its own hint,
// because parts with the same hint would delete each other in every build.
func (f *files) fetch(hint, what string, options ...bk.LocalOption) (client.Reference, error) {
	st := bk.Local(dockerui.DefaultLocalNameContext, append([]bk.LocalOption{
		bk.SessionID(f.b.contextSession()),
		bk.SharedKeyHint(hint),
		dockerui.WithInternalName(what),
		bk.Differ(bk.DiffNone, false),
	}, options...)...)
	return f.b.solve(f.ctx, st, f.b.BuildPlatforms[0])
}

// solved returns a reference that has the files for a name or a pattern.
func (f *files) solved(name string, patterns ...string) (client.Reference, error) {
	if f.all || f.loaded[name] {
		return f.first, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	request := name
	if len(patterns) == 0 {
		request, patterns = f.together(name)
	}
	if ref, ok := f.more[request]; ok {
		return ref, nil
	}
	ref, err := f.fetch("moult-project-"+request, "load "+request, bk.FollowPaths(patterns))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	f.more[request] = ref
	return ref, nil
}

// together is the request for a file and what it fetches: the files that say what
// a folder is come in one, and so do those that may say how it is started, because
// each request is a transfer of its own. ReadDir may have fetched those of all folders of its parent.
func (f *files) together(name string) (request string, patterns []string) {
	dir, base := path.Split(name)
	if slices.Contains(start.EvidenceFiles, base) {
		return path.Clean(dir) + "?start", namesIn(dir, start.EvidenceFiles)
	}
	if !slices.Contains(pipeline.OfFolder, base) {
		return name, []string{name}
	}
	siblings := path.Join(path.Dir(path.Clean(dir)), "*")
	if _, ok := f.more[siblings]; ok && dir != "" {
		return siblings, nil
	}
	return path.Clean(dir), namesIn(dir, pipeline.OfFolder)
}

// namesIn are names in a folder, as paths.
func namesIn(dir string, names []string) []string {
	all := make([]string, len(names))
	for n, name := range names {
		all[n] = path.Join(dir, name)
	}
	return all
}

// isPattern reports whether a request for a name may find other files.
func isPattern(name string) bool { return strings.ContainsAny(name, `*?[\`) }

// ReadFile implements project.Files. A name with the characters of a pattern
// is refused, because a pattern might fetch everything.
func (f *files) ReadFile(name string) ([]byte, error) {
	if isPattern(name) {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	if name == f.name {
		return f.content, nil
	}
	ref, err := f.solved(name)
	if err != nil {
		return nil, err
	}
	read := f.read
	if ref != f.first {
		read = func(name string) ([]byte, error) { return dockerui.ReadFile(f.ctx, ref, name) }
	}
	content, err := read(name)
	if err != nil {
		if isNotExist(err) {
			return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
		}
		if isFolder(err) {
			what := "a folder"
			if st, err := ref.StatFile(f.ctx, client.StatRequest{Path: name}); err == nil && !st.IsDir() {
				what = "a device or a pipe"
			}
			return nil, fmt.Errorf("%s is %s, where a file is expected", name, what)
		}
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return content, nil
}

// Exists implements project.Files.
func (f *files) Exists(name string) (bool, error) {
	if isPattern(name) || f.lacks(name) {
		return false, nil
	}
	if _, ok := f.small[name]; ok {
		return true, nil
	}
	ref, err := f.solved(name)
	if err != nil {
		return false, err
	}
	_, err = ref.StatFile(f.ctx, client.StatRequest{Path: name})
	if err != nil && isNotExist(err) {
		return false, nil
	}
	return err == nil, err
}

// List implements pipeline.Files.
func (f *files) List(dir string) ([]string, error) {
	if !f.all && dir == f.dir {
		var names []string
		for name, e := range f.entries {
			if !e.IsDir() {
				names = append(names, path.Base(name))
			}
		}
		slices.Sort(names)
		return names, nil
	}
	entries, err := f.first.ReadDir(f.ctx, client.ReadDirRequest{Path: dir})
	if err != nil && !isNotExist(err) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Path)
		}
	}
	return names, nil
}

// ReadDir implements project.Files. Only folders with a file that says what they
// are, or with requirements, are found, because only workspaces and guesses ask.
func (f *files) ReadDir(name string) ([]string, error) {
	if isPattern(name) {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	each := path.Join(name, "*")
	ref, err := f.solved(each, append(namesIn(each, pipeline.OfFolder), path.Join(each, "requirements.txt"))...)
	if err != nil {
		return nil, err
	}
	entries, err := ref.ReadDir(f.ctx, client.ReadDirRequest{Path: name})
	if err != nil {
		if isNotExist(err) {
			return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
		}
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Path)
		}
	}
	slices.Sort(names)
	return names, nil
}

// isFolder recognises the request for the content of a folder, which BuildKit
// refuses with one of these, depending on its version. The second is also that
// for a device.
func isFolder(err error) bool {
	return strings.Contains(err.Error(), "is a directory") || strings.Contains(err.Error(), "not a regular file")
}

// isNotExist recognises a missing file across the gateway, which passes
// errors on as text.
func isNotExist(err error) bool {
	return errors.Is(err, os.ErrNotExist) || strings.Contains(err.Error(), "no such file or directory") ||
		strings.Contains(err.Error(), "not a directory")
}

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

	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/project/start"
	"github.com/moult-build/moult/internal/source"
)

// files is the build context in the form that internal/project reads. A file
// that is not in a part of it that was fetched before is fetched on first use.
type files struct {
	b   *build
	ctx context.Context
	// name is the build file's name in the context, and content its content. It
	// need not be in the context at all.
	name    string
	content []byte
	// whole is the whole context if it is a git repository or an archive, and not
	// the client's folder.
	whole *remote
	// usual are the usual files of the context's root, and after them those of the
	// project's folder if that is another one.
	usual []*part
	// search are the files by which the build file was found in the context; nil if
	// it was not looked for.
	search *part
	// more are other parts of the context, by the request. Several platforms send
	// requests concurrently.
	mu   sync.Mutex
	more map[string]*part
	// sources are the Python files near folders, and ofSources the parts that have
	// them, by their names.
	sources   map[string][]start.Source
	ofSources map[string]*part
}

// readEntrypoint fetches the build file, finds it in the build context and
// fetches the usual files of its folder.
func (b *build) readEntrypoint(ctx context.Context) error {
	name := b.BuildOpts().Opts["filename"]
	if name == "" {
		name = dockerui.DefaultDockerfileName
	}
	b.files = &files{b: b, ctx: ctx, name: inContext(name), more: map[string]*part{}, sources: map[string][]start.Source{}, ofSources: map[string]*part{}}
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
		ref, err := b.solve(ctx, *st, b.BuildPlatforms[0])
		b.files.whole = &remote{ref: ref}
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

// load fetches the usual files of a folder, and reads the small ones that every
// build needs.
func (f *files) load(dir string) error {
	wanted := map[string]bool{f.name: true, dockerui.DefaultDockerignoreName: true}
	names := []string{f.name, dockerui.DefaultDockerignoreName}
	for _, name := range slices.Concat(pipeline.Usual, start.EvidenceFiles) {
		names = append(names, path.Join(dir, name))
		wanted[path.Join(dir, name)] = true
	}
	for _, pattern := range start.UnitPatterns() {
		names = append(names, path.Join(dir, pattern))
	}
	// Folders between the root and the project may be those of a workspace.
	for above := path.Dir(dir); above != "." && dir != "."; above = path.Dir(above) {
		for _, name := range searched {
			names = append(names, path.Join(above, name))
			wanted[path.Join(above, name)] = true
		}
	}
	ref, err := f.fetch("moult-project-"+dir, "load the project's files", bk.FollowPaths(names))
	if err != nil {
		return err
	}
	p := f.part(ref, dir, func(name string) bool {
		return wanted[name] || (dir == "." || strings.HasPrefix(name, dir+"/")) && start.MatchesUnit(start.Within(dir, name))
	})
	f.usual = append(f.usual, p)
	entries, err := p.list(f.ctx, dir)
	if err != nil {
		if isNotExist(err) {
			return nil
		}
		return err
	}
	eg, _ := newGroup(f.ctx)
	for _, e := range entries {
		// Whoever looks for the image's command reads the others.
		later := slices.Contains(start.EvidenceFiles, e.Path) && !slices.Contains(pipeline.Usual, e.Path)
		if !fs.FileMode(e.Mode).IsRegular() || e.Size > smallFile || later {
			continue
		}
		eg.Go(func() error { _, err := p.read(path.Join(dir, e.Path)); return err })
	}
	return eg.Wait()
}

// part is a part of the client's folder that was fetched.
func (f *files) part(ref client.Reference, top string, answers func(string) bool) *part {
	return &part{remote: remote{ref: ref}, ctx: f.ctx, top: top, answers: answers}
}

// project are the usual files of the project's folder.
func (f *files) project() *part { return f.usual[len(f.usual)-1] }

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
	content, ref, err := f.contentOf(name)
	if err != nil {
		if ref == nil {
			return nil, err // the client has not sent it, which says nothing of the file
		}
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

// contentOf is the content of a file, and the state that has it; nil if that could
// not be fetched.
func (f *files) contentOf(name string) ([]byte, client.Reference, error) {
	if f.whole != nil {
		content, err := f.whole.content(f.ctx, name, func(ctx context.Context) ([]byte, error) {
			return dockerui.ReadFile(ctx, f.whole.ref, name)
		})
		return content, f.whole.ref, err
	}
	p, err := f.of(name)
	if err != nil {
		return nil, nil, err
	}
	content, err := p.read(name)
	return content, p.ref, err
}

// Exists implements project.Files.
func (f *files) Exists(name string) (bool, error) {
	if isPattern(name) {
		return false, nil
	}
	if f.whole != nil {
		return stat(f.ctx, f.whole.ref, name)
	}
	p, err := f.of(name)
	if err != nil {
		return false, err
	}
	return p.has(name)
}

// List implements pipeline.Files.
func (f *files) List(dir string) ([]string, error) {
	from := f.whole
	if from == nil {
		p, err := f.usualOf(dir)
		if err != nil {
			return nil, err
		}
		from = &p.remote
	}
	entries, err := from.list(f.ctx, dir)
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

// usualOf are the usual files of a folder. The build file of a workspace's root may
// build a project in another folder than its own.
func (f *files) usualOf(dir string) (*part, error) {
	for _, p := range f.usual {
		if p.top == dir {
			return p, nil
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	request := "usual files of " + dir
	p, err := f.requested(request, dir, namesIn(dir, pipeline.Usual))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", request, err)
	}
	return p, nil
}

// ReadDir implements project.Files. Only folders with a file that says what they
// are, or with requirements, are found, because only workspaces and guesses ask.
func (f *files) ReadDir(name string) ([]string, error) {
	if isPattern(name) {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	return f.foldersOf(name)
}

// projectFile is the file that a project of a workspace has in its folder, and
// ofProject are those that tell a folder with a project, or with requirements.
const projectFile = "pyproject.toml"

var ofProject = append(slices.Clone(pipeline.OfFolder), "requirements.txt")

// foldersOf are the names of the folders that ReadDir finds. A workspace has one
// project in each, and all of them are read.
func (f *files) foldersOf(dir string) ([]string, error) {
	if f.whole != nil {
		return foldersIn(f.whole.list(f.ctx, dir))
	}
	p := f.search
	if !f.foundBySearch(path.Join(dir, projectFile)) {
		each := path.Join(dir, "*")
		f.mu.Lock()
		var err error
		p, err = f.requested(each, dir, namesIn(each, ofProject))
		f.mu.Unlock()
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", each, err)
		}
	}
	names, err := foldersIn(p.list(f.ctx, dir))
	if p == f.search && err == nil {
		names, err = p.withOneOf(dir, names, ofProject)
	}
	if err == nil {
		p.readAll(inEach(namesIn(dir, names), projectFile))
	}
	return names, err
}

// inEach is the path of a file in each of several folders.
func inEach(dirs []string, name string) []string {
	all := make([]string, len(dirs))
	for n, dir := range dirs {
		all[n] = path.Join(dir, name)
	}
	return all
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
	return err != nil && (errors.Is(err, os.ErrNotExist) || strings.Contains(err.Error(), "no such file or directory") ||
		strings.Contains(err.Error(), "not a directory"))
}

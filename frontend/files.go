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

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
)

// usual are the files beside the build file that most projects have and that
// are therefore fetched together with it, in one transfer.
var usual = []string{
	".python-version", "requirements.txt", "main.py", "app.py",
	"pyproject.toml", "moult.toml",
	"pylock.toml", "pylock.*.toml", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile", "Pipfile.lock",
}

// files is the project's folder as internal/project reads it. What is not
// among the usual files is fetched when it is asked for.
type files struct {
	b   *build
	ctx context.Context
	// name is the build file's name in the context.
	name string
	// all is true where the whole context is at hand: it is not the client's
	// folder but a git repository or an archive.
	all   bool
	first client.Reference
	// loaded are the names that first can answer for.
	loaded map[string]bool
	more   map[string]client.Reference
}

// readEntrypoint fetches the build file and the usual files beside it.
func (b *build) readEntrypoint(ctx context.Context) error {
	name := b.BuildOpts().Opts["filename"]
	if name == "" {
		name = dockerui.DefaultDockerfileName
	}
	dir := path.Dir(name)
	loaded := map[string]bool{}
	paths := []string{name, name + ".dockerignore"}
	for _, u := range usual {
		p := path.Join(dir, u)
		loaded[p] = true
		if !slices.Contains(paths, p) {
			paths = append(paths, p)
		}
	}
	loaded[name] = true
	src, err := b.ReadEntrypoint(ctx, "TOML",
		// Not the hint of the daemon's own read of the file, which would
		// throw the other files away at every build.
		bk.FollowPaths(paths), bk.SharedKeyHint("moult-project"))
	if err != nil {
		return err
	}
	res, err := b.gateway.Solve(ctx, client.SolveRequest{Definition: src.Definition.ToPB()})
	if err != nil {
		return err
	}
	ref, err := res.SingleRef()
	if err != nil {
		return err
	}
	b.source = src
	b.files = &files{
		b: b, ctx: ctx, name: name, first: ref, loaded: loaded,
		all: !isLocal(src.Definition), more: map[string]client.Reference{},
	}
	return nil
}

// isLocal reports whether a definition is a folder of the client.
func isLocal(def *bk.Definition) bool {
	for _, dt := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			return false
		}
		if src := op.GetSource(); src != nil && strings.HasPrefix(src.Identifier, "local://") {
			return true
		}
	}
	return false
}

// reference gives a reference that can answer for a name or a pattern.
func (f *files) reference(name string, patterns ...string) (client.Reference, error) {
	if f.all || f.loaded[name] {
		return f.first, nil
	}
	if ref, ok := f.more[name]; ok {
		return ref, nil
	}
	opts := f.b.BuildOpts()
	local := dockerui.DefaultLocalNameDockerfile
	if v, ok := opts.Opts["dockerfilekey"]; ok {
		local = v
	}
	session := opts.SessionID
	if v, ok := opts.Opts["local-sessionid:"+local]; ok {
		session = v
	}
	if len(patterns) == 0 {
		patterns = []string{name}
	}
	st := bk.Local(local,
		bk.SessionID(session),
		bk.FollowPaths(patterns),
		bk.SharedKeyHint("moult-project-"+name),
		dockerui.WithInternalName("load "+name),
		bk.Differ(bk.DiffNone, false))
	def, err := st.Marshal(f.ctx)
	if err != nil {
		return nil, err
	}
	res, err := f.b.gateway.Solve(f.ctx, client.SolveRequest{Definition: def.ToPB()})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	ref, err := res.SingleRef()
	if err != nil {
		return nil, err
	}
	f.more[name] = ref
	return ref, nil
}

// ReadFile implements project.Files. A name is a name, not a pattern: what
// could be taken for one is refused, because it might fetch everything.
func (f *files) ReadFile(name string) ([]byte, error) {
	if strings.ContainsAny(name, `*?[\`) {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	ref, err := f.reference(name)
	if err != nil {
		return nil, err
	}
	content, err := dockerui.ReadFile(f.ctx, ref, name)
	if err != nil {
		if isNotExist(err) {
			return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
		}
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return content, nil
}

// Exists implements project.Files.
func (f *files) Exists(name string) (bool, error) {
	if strings.ContainsAny(name, `*?[\`) {
		return false, nil
	}
	ref, err := f.reference(name)
	if err != nil {
		return false, err
	}
	_, err = ref.StatFile(f.ctx, client.StatRequest{Path: name})
	if err != nil && isNotExist(err) {
		return false, nil
	}
	return err == nil, err
}

// has is Exists for whoever takes a failure for absence.
func (f *files) has(name string) bool {
	ok, err := f.Exists(name)
	return ok && err == nil
}

// list gives the names of the usual files that a folder has, which is the
// project's.
func (f *files) list(dir string) ([]string, error) {
	entries, err := f.first.ReadDir(f.ctx, client.ReadDirRequest{Path: dir})
	if err != nil {
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

// ReadDir implements project.Files. Only folders with a pyproject.toml are
// fetched, because only workspaces ask.
func (f *files) ReadDir(name string) ([]string, error) {
	if strings.ContainsAny(name, `*?[\`) {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	key := name + "/*"
	ref, err := f.reference(key, path.Join(name, "*", "pyproject.toml"))
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

// isNotExist recognises a missing file across the gateway, which passes
// errors on as text.
func isNotExist(err error) bool {
	return errors.Is(err, os.ErrNotExist) || strings.Contains(err.Error(), "no such file or directory") ||
		strings.Contains(err.Error(), "not a directory")
}

package frontend

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	bk "github.com/moby/buildkit/client/llb"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

// buildFileArgument is the build argument that says where in the context the
// build file is, if several folders have an equal one.
const buildFileArgument = "MOULT_BUILD_FILE"

// localFolder begins the options by which buildx says where in a git repository
// the folders are that it sends.
const localFolder = "vcs:localdir:"

// place finds the build file in the context. Clients send its name without
// its folder, so it is found by its content.
func (f *files) place() error {
	if done, err := f.placeByHint(); done || err != nil {
		return err
	}
	project, named := f.projectName()
	if e, err := f.project().entry(f.name); err != nil || e == nil || f.mayBe(e) {
		content, err := f.project().read(f.name)
		if err != nil && !isNotExist(err) && !isFolder(err) {
			return fmt.Errorf("reading %s: %w", f.name, err)
		}
		if err == nil && bytes.Equal(content, f.content) && named {
			return f.at(f.name)
		}
	}
	if done, err := f.placeByLock(project); done || err != nil {
		return err
	}
	base := path.Base(f.name)
	if err := f.searchFor(base); err != nil {
		return err
	}
	found, err := f.same(base)
	if err != nil {
		return err
	}
	switch len(found) {
	case 0:
		// It is outside of the context; then the context's root is the project's
		// folder, as for a Dockerfile.
		f.name = base
		return nil
	case 1:
		return f.at(found[0])
	default:
		return fmt.Errorf("several folders of the build context have the same %s: %s; name one by --build-arg %s=%s, or build with the project's folder as the context",
			base, strings.Join(found, ", "), buildFileArgument, found[0])
	}
}

// at places the build file, whose folder is the project's.
func (f *files) at(name string) error {
	f.name = name
	if dir := path.Dir(name); dir != "." {
		return f.load(dir)
	}
	return nil
}

// inContext is a name that somebody gives to a file of the context, as the files of
// the context are named: its root is no other folder's.
func inContext(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// searched are the files that are fetched from all folders together with those
// that may be the build file: a context with several of these is most often a
// workspace, whose folders are asked for them next.
var searched = append(slices.Clone(ofProject), ".python-version")

// unsearched are the folders in which no project is.
var unsearched = []string{".git", ".venv", "node_modules", "__pycache__"}

// searchFor fetches the files of all folders that may be the build file, and those
// that say what the folders are.
func (f *files) searchFor(base string) error {
	names := map[string]bool{base: true}
	for _, name := range searched {
		names[name] = true
	}
	var include, exclude []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		include = append(include, "**/"+name)
	}
	for _, name := range unsearched {
		exclude = append(exclude, "**/"+name)
	}
	ref, err := f.fetch("moult-search", "look for "+base, bk.IncludePatterns(include), bk.ExcludePatterns(exclude))
	if err != nil {
		return err
	}
	f.search = f.part(ref, ".", func(name string) bool { return names[path.Base(name)] })
	return nil
}

// foundBySearch reports whether the search says if the client has a file: if it
// has the file's folder. A link leads to where the search was not.
func (f *files) foundBySearch(name string) bool {
	if f.search == nil || !f.search.answers(name) {
		return false
	}
	if dir, err := f.search.entry(path.Dir(name)); err != nil || dir == nil || !dir.IsDir() {
		return false
	}
	e, err := f.search.entry(name)
	return err == nil && (e == nil || fs.FileMode(e.Mode)&fs.ModeSymlink == 0)
}

// placeByHint finds the build file where the client says that it is. done is false
// if the client does not say it.
func (f *files) placeByHint() (done bool, err error) {
	named := f.b.BuildArgs[buildFileArgument]
	name := inContext(named)
	asked := name != ""
	if !asked {
		if name = f.hintedName(); name == "" {
			return false, nil
		}
	}
	content, err := f.ReadFile(name)
	same := err == nil && bytes.Equal(content, f.content)
	switch {
	case !same && asked:
		return false, fmt.Errorf("--build-arg %s=%s: the build context has no such file with the content of the build file", buildFileArgument, named)
	case !same:
		return false, nil // a hint, and no more
	}
	return true, f.at(name)
}

// placeByLock finds the build file of a member of a workspace where the root's
// uv.lock has the project, so that not every folder has to be searched. done is
// false if there is no such lock, or another file is there.
func (f *files) placeByLock(project string) (done bool, err error) {
	lock, err := f.project().read("uv.lock")
	if err != nil {
		return false, nil //nolint:nilerr // whoever needs the lock reports that
	}
	dir := memberInLock(lock, project)
	if dir == "" || dir == "." || isPattern(dir) || path.IsAbs(dir) || source.LeavesFolder(dir) {
		return false, nil
	}
	root := f.usual
	if err := f.load(dir); err != nil {
		return false, err
	}
	name := path.Join(dir, path.Base(f.name))
	content, err := f.project().read(name)
	if err != nil || !bytes.Equal(content, f.content) {
		f.usual = root
		return false, nil //nolint:nilerr // the search reports it
	}
	f.name = name
	return true, nil
}

// memberInLock is the folder of a workspace's member by the text of a uv.lock; ""
// if the lock does not have it. uv writes the name of a package, its version if it
// is known, and its source.
func memberInLock(lock []byte, name string) string {
	if name == "" {
		return ""
	}
	_, after, _ := bytes.Cut(lock, fmt.Appendf(nil, "[[package]]\nname = %q\n", pep503.Normalize(name)))
	for range 2 {
		line, rest, _ := bytes.Cut(after, []byte("\n"))
		if m := memberSource.FindStringSubmatch(string(line)); m != nil {
			return path.Clean(m[1])
		}
		after = rest
	}
	return ""
}

var memberSource = regex.New(`^source = \{ (?:editable|virtual) = "([^"\\]+)" \}$`)

// hintedName is the name of the build file in the context according to buildx; ""
// if it does not say it.
func (f *files) hintedName() string {
	opts := f.b.gateway.BuildOpts().Opts
	context, ok := opts[localFolder+"context"]
	folder, also := opts[localFolder+"dockerfile"]
	if !ok || !also {
		return ""
	}
	rel, err := filepath.Rel(filepath.FromSlash(context), filepath.FromSlash(folder))
	if err != nil {
		return ""
	}
	name := path.Join(filepath.ToSlash(rel), path.Base(f.name))
	if source.LeavesFolder(name) {
		return ""
	}
	return name
}

// projectName is the project's name in the build file; named is false if it has
// none. Hardly another file with a name is equal. Without a name, the one at this
// place may be meant or one of a folder, which the client has not said. Nobody
// knows that of a file that is no TOML, which is reported where it is found.
func (f *files) projectName() (name string, named bool) {
	root, err := toml.Parse(&source.File{Name: f.name, Data: f.content})
	if err != nil {
		return "", true
	}
	name = root.Get("project", "name").Text()
	return name, name != ""
}

// same returns the files that the search has found with a name and the build
// file's content. A workspace may have a hundred folders with such a file, so
// several are read at the same time.
func (f *files) same(base string) ([]string, error) {
	var mu sync.Mutex
	var possible, found []string
	err := each(f.ctx, &f.search.remote, ".", func(name string, e *fstypes.Stat) {
		if path.Base(name) == base && f.mayBe(e) {
			mu.Lock()
			defer mu.Unlock()
			possible = append(possible, name)
		}
	})
	if err != nil {
		return nil, err
	}
	eg, _ := newGroup(f.ctx)
	eg.SetLimit(parallel)
	for _, name := range possible {
		eg.Go(func() error {
			content, err := f.search.read(name)
			if err != nil && !isNotExist(err) { // a link may lead nowhere
				return fmt.Errorf("reading %s: %w", name, err)
			}
			if err == nil && bytes.Equal(content, f.content) {
				mu.Lock()
				defer mu.Unlock()
				found = append(found, name)
			}
			return nil
		})
	}
	err = eg.Wait()
	slices.Sort(found)
	return found, err
}

// mayBe reports whether a file of the context may be the build file, by its
// size. The size of a link is not that of its file.
func (f *files) mayBe(e *fstypes.Stat) bool {
	return !e.IsDir() && (!fs.FileMode(e.Mode).IsRegular() || e.Size == int64(len(f.content)))
}

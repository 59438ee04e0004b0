package frontend

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/project/start"
)

// Sources implements start.Files. The Python files near the project's folder
// are fetched in one transfer, because any of them may decide the image's
// command. Only projects without a command need them.
func (f *files) Sources(dir string) ([]start.Source, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if all, ok := f.sources[dir]; ok {
		return slices.Clone(all), nil
	}
	from := f.whole
	var fetched *part
	if from == nil {
		var err error
		if fetched, err = f.fetchSources(dir); err != nil {
			return nil, err
		}
		from = &fetched.remote
	}
	var all []start.Source
	if err := f.sourcesIn(from, dir, ".", 0, &all); err != nil {
		return nil, err
	}
	f.sources[dir] = all
	for _, s := range all {
		if fetched != nil {
			f.ofSources[s.Name] = fetched
		}
	}
	return slices.Clone(all), nil
}

// fetchSources fetches the Python files near a folder.
func (f *files) fetchSources(dir string) (*part, error) {
	var include []string
	for n, pattern := 0, "*.py"; n <= start.Depth; n++ {
		include = append(include, path.Join(dir, pattern))
		pattern = "*/" + pattern
	}
	include = append(include, path.Join(dir, "src", strings.Repeat("*/", start.DepthOf("src")-1)+"*.py"))
	exclude := append(slices.Clone(f.b.ignored), "**/.*", "**/node_modules", "**/site-packages", "**/venv")
	ref, err := f.fetch("moult-sources-"+dir, "load the project's Python files", bk.IncludePatterns(include), bk.ExcludePatterns(exclude))
	if err != nil {
		return nil, err
	}
	return f.part(ref, dir, nil), nil
}

// Existing implements start.Files. The files of which nothing is known are fetched in one
// transfer, and the folders without what is in them: one of "static" may be large.
func (f *files) Existing(names []string) (found []string, err error) {
	names = slices.DeleteFunc(slices.Clone(names), isPattern)
	has := func(name string) (bool, error) { return stat(f.ctx, f.whole.ref, name) }
	if f.whole == nil {
		if has, err = f.asked(slices.DeleteFunc(slices.Clone(names), func(name string) bool { return f.answering(name) != nil })); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		ok, err := has(name)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, name)
		}
	}
	return found, nil
}

// asked requests files, and returns what says whether the client has one of them or of
// the usual ones.
func (f *files) asked(names []string) (has func(name string) (bool, error), err error) {
	var other *part
	if len(names) > 0 {
		f.mu.Lock()
		defer f.mu.Unlock()
		request := "any of " + strings.Join(names, " ")
		if other, err = f.requested(request, ".", names, bk.ExcludePatterns(append(slices.Clone(f.b.ignored), contents(names)...))); err != nil {
			return nil, err
		}
	}
	return func(name string) (bool, error) {
		if p := f.answering(name); p != nil {
			return p.has(name)
		}
		return other.has(name)
	}, nil
}

// contents are the patterns for what is in those of some names that are folders,
// as far as none of the names is in them.
func contents(names []string) (patterns []string) {
	for _, name := range names {
		if !slices.ContainsFunc(names, func(other string) bool { return strings.HasPrefix(other, name+"/") }) {
			patterns = append(patterns, name+"/*")
		}
	}
	return patterns
}

// sourcesIn adds the sources in a folder and below it. rel is its path from the
// project's, and depth the number of folders between both.
func (f *files) sourcesIn(from *remote, dir, rel string, depth int, all *[]start.Source) error {
	entries, err := from.list(f.ctx, dir)
	if err != nil {
		if isNotExist(err) {
			return nil
		}
		return fmt.Errorf("looking for Python files in %s: %w", dir, err)
	}
	for _, e := range entries {
		name := path.Join(dir, e.Path)
		switch {
		case e.IsDir() && depth < start.DepthOf(path.Join(rel, e.Path)) && !start.Skipped(e.Path):
			if err := f.sourcesIn(from, name, path.Join(rel, e.Path), depth+1, all); err != nil {
				return err
			}
		case strings.HasSuffix(name, ".py") && fs.FileMode(e.Mode).IsRegular():
			*all = append(*all, start.Source{Name: name, Size: e.Size})
		}
	}
	return nil
}

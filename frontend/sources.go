package frontend

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/moult-build/moult/internal/project/start"
)

// Sources implements start.Files. The Python files near the project's folder
// are fetched in one transfer, because any of them may decide the image's
// command. Only projects without a command need them.
func (f *files) Sources(dir string) ([]start.Source, error) {
	ref := f.first
	if !f.all {
		var include []string
		for n, pattern := 0, "*.py"; n <= start.Depth; n++ {
			include = append(include, path.Join(dir, pattern))
			pattern = "*/" + pattern
		}
		exclude := append(slices.Clone(f.b.ignored), "**/.*", "**/node_modules", "**/site-packages", "**/venv")
		var err error
		if ref, err = f.fetch("moult-sources-"+dir, "load the project's Python files", bk.IncludePatterns(include), bk.ExcludePatterns(exclude)); err != nil {
			return nil, err
		}
	}
	var all []start.Source
	if err := f.sourcesIn(ref, dir, 0, &all); err != nil {
		return nil, err
	}
	if !f.all {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, s := range all {
			if !f.loaded[s.Name] {
				f.more[s.Name] = ref
			}
		}
	}
	return all, nil
}

// Existing implements start.Files. The files are fetched in one transfer.
func (f *files) Existing(names []string) ([]string, error) {
	ref := f.first
	if !f.all {
		var err error
		if ref, err = f.fetch("moult-existing-"+f.dir, "look for files that the project's program opens", bk.FollowPaths(names), bk.ExcludePatterns(f.b.ignored)); err != nil {
			return nil, err
		}
	}
	var found []string
	for _, name := range names {
		switch _, err := ref.StatFile(f.ctx, client.StatRequest{Path: name}); {
		case err == nil:
			found = append(found, name)
		case !isNotExist(err):
			return nil, err
		}
	}
	return found, nil
}

func (f *files) sourcesIn(ref client.Reference, dir string, depth int, all *[]start.Source) error {
	entries, err := ref.ReadDir(f.ctx, client.ReadDirRequest{Path: dir})
	if err != nil {
		if isNotExist(err) {
			return nil
		}
		return fmt.Errorf("looking for Python files in %s: %w", dir, err)
	}
	for _, e := range entries {
		name := path.Join(dir, e.Path)
		switch {
		case e.IsDir() && depth < start.Depth && !start.Skipped(e.Path):
			if err := f.sourcesIn(ref, name, depth+1, all); err != nil {
				return err
			}
		case strings.HasSuffix(name, ".py") && fs.FileMode(e.Mode).IsRegular():
			*all = append(*all, start.Source{Name: name, Size: e.Size})
		}
	}
	return nil
}

package frontend

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
)

// Below implements project.Files.
func (f *files) Below(names ...string) (map[string][]byte, error) {
	found := map[string][]byte{}
	if len(names) == 0 {
		return found, nil
	}
	if slices.ContainsFunc(names, isPattern) {
		return found, nil
	}
	ref, err := f.refBelow(names)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, name := range names {
		if err := filesBelow(f, ref, name, &files); err != nil {
			return nil, err
		}
	}
	var mu sync.Mutex
	eg, _ := newGroup(f.ctx)
	eg.SetLimit(16)
	for _, name := range files {
		eg.Go(func() error {
			content, err := dockerui.ReadFile(f.ctx, ref, name)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			found[name] = content
			return nil
		})
	}
	return found, eg.Wait()
}

// refBelow is a state with the files of some names and those below them.
func (f *files) refBelow(names []string) (client.Reference, error) {
	if f.whole != nil {
		return f.whole.ref, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	request := "below " + strings.Join(names, " ")
	p, err := f.requested(request, ".", names)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", request, err)
	}
	return p.ref, nil
}

// filesBelow adds a file, or the files below a folder, to a list.
func filesBelow(f *files, ref client.Reference, name string, list *[]string) error {
	stat, err := ref.StatFile(f.ctx, client.StatRequest{Path: name})
	switch {
	case err != nil && isNotExist(err):
		return nil
	case err != nil:
		return err
	case fs.FileMode(stat.Mode).IsRegular():
		*list = append(*list, name)
		return nil
	case !stat.IsDir():
		return nil
	}
	entries, err := ref.ReadDir(f.ctx, client.ReadDirRequest{Path: name})
	if err != nil {
		return err
	}
	for _, e := range entries {
		below := path.Join(name, e.Path)
		if fs.FileMode(e.Mode).IsRegular() {
			// A request for each, one after another, takes long for a thousand tags.
			*list = append(*list, below)
			continue
		}
		if err := filesBelow(f, ref, below, list); err != nil {
			return err
		}
	}
	return nil
}

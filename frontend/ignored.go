package frontend

import (
	"path"
	"strings"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/patternmatcher"

	bk "github.com/moby/buildkit/client/llb"
)

// Ignored implements pipeline.Files.
func (f *files) Ignored(name string) bool {
	ignored, err := patternmatcher.MatchesOrParentMatches(path.Clean(name), f.b.ignored)
	return err == nil && ignored
}

// Matching implements pipeline.Files. Only the files of the pattern are
// fetched.
func (f *files) Matching(pattern string) ([]string, error) {
	ref := f.first
	if !f.all {
		var err error
		if ref, err = f.fetch("moult-matching-"+pattern, "look for "+pattern, bk.FollowPaths([]string{pattern})); err != nil {
			return nil, err
		}
	}
	// The folders before the first wildcard hold all of them.
	dir := path.Dir(pattern[:strings.IndexAny(pattern+"*", `*?[\`)] + "x")
	names, err := f.below(ref, dir, 0)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, name := range names {
		if ok, err := path.Match(pattern, name); ok && err == nil {
			found = append(found, name)
		}
	}
	return found, nil
}

// below lists the files below a folder.
func (f *files) below(ref client.Reference, dir string, depth int) ([]string, error) {
	entries, err := ref.ReadDir(f.ctx, client.ReadDirRequest{Path: dir})
	switch {
	case err != nil && isNotExist(err) || depth > maxDepth:
		return nil, nil
	case err != nil:
		return nil, err
	}
	var all []string
	for _, e := range entries {
		name := path.Join(dir, e.Path)
		if !e.IsDir() {
			all = append(all, name)
			continue
		}
		more, err := f.below(ref, name, depth+1)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

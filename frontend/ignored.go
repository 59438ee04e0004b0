package frontend

import (
	"path"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/patternmatcher"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// Ignored implements pipeline.Files.
func (f *files) Ignored(name string) bool {
	ignored, err := patternmatcher.MatchesOrParentMatches(path.Clean(name), f.b.ignored)
	return err == nil && ignored
}

// Matching implements pipeline.Files. Only the files of the pattern are
// fetched.
func (f *files) Matching(pattern string) ([]string, error) {
	var ref client.Reference
	if f.whole != nil {
		ref = f.whole.ref
	} else {
		var err error
		if ref, err = f.fetch("moult-matching-"+pattern, "look for "+pattern, bk.FollowPaths([]string{pattern})); err != nil {
			return nil, err
		}
	}
	// The folders before the first wildcard hold all of them.
	dir := path.Dir(pattern[:strings.IndexAny(pattern+"*", `*?[\`)] + "x")
	var found []string
	err := walk(f.ctx, ref, dir, 0, func(name string, _ *fstypes.Stat) error {
		if ok, err := path.Match(pattern, name); ok && err == nil {
			found = append(found, name)
		}
		return nil
	})
	if err != nil && isNotExist(err) {
		return nil, nil
	}
	return found, err
}

package frontend

import (
	"bytes"
	"fmt"
	"path"
	"path/filepath"

	"github.com/moult-build/moult/internal/source"
)

// buildFileArgument is the build argument that says where in the context the
// build file is, if several folders have an equal one.
const buildFileArgument = "MOULT_BUILD_FILE"

// localFolder begins the options by which buildx says where in a git repository
// the folders are that it sends.
const localFolder = "vcs:localdir:"

// placeByHint finds the build file where the client says that it is. done is false
// if the client does not say it.
func (f *files) placeByHint() (done bool, err error) {
	named, asked := f.b.BuildArgs[buildFileArgument]
	name := path.Clean(named)
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
	f.name = name
	if path.Dir(name) == f.dir {
		return true, nil
	}
	return true, f.load(path.Dir(name))
}

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

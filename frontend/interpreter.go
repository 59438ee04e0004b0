package frontend

import (
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"path"
	"slices"
	"sync"

	"github.com/containerd/platforms"
	bk "github.com/moby/buildkit/client/llb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/step/protocol"
	"github.com/moult-build/moult/llb"
)

// interpreter is what a step takes from an official image (llb.Interpreter). Its answers are read instead of the image:
// with an imported cache the builder may not have the image's files, and would fetch all of them to read five.
type interpreter struct {
	b        *build
	state    bk.State
	platform ocispecs.Platform
	official environment.Official

	once    sync.Once
	answers *protocol.Answers
}

// accountFiles are read of a base for the image's user. placeFolders are those in which an application is usually placed,
// and in which the interpreters of start scripts are.
var (
	accountFiles = []string{"/etc/passwd", "/etc/group"}
	placeFolders = []string{"/", "/home", "/opt", "/srv", "/usr", "/usr/bin", "/usr/local"}
)

// takeInterpreter prepares the step for a base; nil if the base is not an official image for the daemon's platform, or
// if the daemon would read all of it for the step's key.
func (w *world) takeInterpreter(base image) *interpreter {
	official, ok := environment.Usual(base.config.Config.Env)
	if !ok || !w.Can.ContentCacheOff || !platforms.OnlyStrict(w.Build).Match(w.Target) {
		return nil
	}
	official.Files = append(official.Files, accountFiles...)
	official.Folders = append(official.Folders, placeFolders...)
	return &interpreter{b: w.b, state: llb.Interpreter(base.state, official, w.World), platform: w.Target, official: official}
}

// known returns the answers; nil if the step failed. An image with the variables of an official one may be another, and
// a client without a daemon runs no steps: then the image itself is read.
func (i *interpreter) known(ctx context.Context) *protocol.Answers {
	if i == nil {
		return nil
	}
	i.once.Do(func() {
		files, err := i.b.filesOf(ctx, i.state, i.platform)
		if err != nil {
			return
		}
		content, err := files.ReadFile(ctx, protocol.AnswersFile)
		if err != nil {
			return
		}
		var answers protocol.Answers
		if json.Unmarshal(content, &answers) == nil {
			i.answers = &answers
		}
	})
	return i.answers
}

// file answers ReadFile; ok is false if the step has not looked at the file.
func (i *interpreter) file(ctx context.Context, name string) (content []byte, ok bool, err error) {
	if i == nil || !slices.Contains(i.official.Files, name) {
		return nil, false, nil
	}
	answers := i.known(ctx)
	if answers == nil {
		return nil, false, nil
	}
	content, found := answers.Files[name]
	if !found {
		return nil, true, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return content, true, nil
}

// folder answers ReadDir in the same manner.
func (i *interpreter) folder(ctx context.Context, name string) (names []string, ok bool, err error) {
	if i == nil || !slices.Contains(i.official.Folders, name) {
		return nil, false, nil
	}
	answers := i.known(ctx)
	if answers == nil {
		return nil, false, nil
	}
	entries, found := answers.Folders[name]
	if !found {
		return nil, true, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	return slices.Sorted(maps.Keys(entries)), true, nil
}

// stat answers Lstat in the same manner, from the list of the folder.
func (i *interpreter) stat(ctx context.Context, name string) (f pipeline.File, ok bool, err error) {
	folder, base := path.Split(path.Clean(name))
	if i == nil || !slices.Contains(i.official.Folders, path.Clean(folder)) {
		return f, false, nil
	}
	answers := i.known(ctx)
	if answers == nil {
		return f, false, nil
	}
	e, found := answers.Folders[path.Clean(folder)][base]
	if !found {
		return f, true, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
	}
	return pipeline.File{Mode: e.Mode, UID: e.UID, GID: e.GID, Link: e.Link}, true, nil
}

// compiles reports whether the step has taken this Python.
func (i *interpreter) compiles(ctx context.Context, python environment.Python) bool {
	answers := i.known(ctx)
	return answers != nil && answers.NotTaken == "" && i.official.Interpreter == python.Interpreter && i.official.Library == python.Library
}

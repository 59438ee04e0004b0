package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"sync"

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

	// answers reads the answers once.
	answers func(context.Context) (protocol.Answers, error)
}

// accountFiles are read of a base for the image's user. placeFolders are those in which an application is usually placed,
// and in which the interpreters of start scripts are.
var (
	accountFiles = []string{"/etc/passwd", "/etc/group"}
	placeFolders = []string{"/", "/home", "/opt", "/srv", "/usr", "/usr/bin", "/usr/local"}
)

// takeInterpreter prepares the step for the image that compiles; nil if it is not an official one, or if the daemon would
// read all of it for the step's key.
func (w *world) takeInterpreter(compiler image) *interpreter {
	official, ok := environment.Usual(compiler.config.Config.Env)
	if !ok || !w.Can.ContentCacheOff {
		return nil
	}
	official.Files = append(official.Files, accountFiles...)
	official.Folders = append(official.Folders, placeFolders...)
	// Not all of w.World: the other images become part of it at the same time.
	world := llb.World{
		Build: w.Build, ImageStates: llb.ImageStates{Tools: w.Tools, ToolsDir: w.ToolsDir},
		Locate: w.World.Locate, ClientOptions: w.ClientOptions, Can: w.Can,
	}
	i := &interpreter{b: w.b, state: llb.Interpreter(compiler.state, official, world), platform: w.Build, official: official}
	var once sync.Once
	var answers protocol.Answers
	var err error
	i.answers = func(ctx context.Context) (protocol.Answers, error) {
		once.Do(func() { answers, err = i.read(ctx) })
		return answers, err
	}
	return i
}

// read runs the step, unless its result is in the cache, and reads its answers.
func (i *interpreter) read(ctx context.Context) (answers protocol.Answers, err error) {
	files, err := i.b.filesOf(ctx, i.state, i.platform)
	if err != nil {
		return answers, err
	}
	content, err := files.ReadFile(ctx, protocol.AnswersFile)
	if err != nil {
		return answers, err
	}
	if err := json.Unmarshal(content, &answers); err != nil {
		return answers, fmt.Errorf("what a step says of the base: %w", err)
	}
	return answers, nil
}

// file answers ReadFile; ok is false if the step has not looked at the file.
func (i *interpreter) file(ctx context.Context, name string) (content []byte, ok bool, err error) {
	if i == nil || !slices.Contains(i.official.Files, name) {
		return nil, false, nil
	}
	answers, err := i.answers(ctx)
	if err != nil {
		return nil, true, err
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
	answers, err := i.answers(ctx)
	if err != nil {
		return nil, true, err
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
	folder = path.Clean(folder)
	if i == nil || !slices.Contains(i.official.Folders, folder) {
		return f, false, nil
	}
	answers, err := i.answers(ctx)
	if err != nil {
		return f, true, err
	}
	e, found := answers.Folders[folder][base]
	if !found {
		return f, true, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
	}
	return pipeline.File{Mode: e.Mode, UID: e.UID, GID: e.GID, Link: e.Link}, true, nil
}

// compiles reports whether the step has taken this Python.
func (i *interpreter) compiles(ctx context.Context, python environment.Python) (bool, error) {
	if i == nil || i.official.Interpreter != python.Interpreter || i.official.Library != python.Library {
		return false, nil
	}
	answers, err := i.answers(ctx)
	return answers.NotTaken == "", err
}

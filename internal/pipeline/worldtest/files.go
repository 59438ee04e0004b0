package worldtest

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/start"
)

// Files makes a build context of a file system.
func Files(fsys fs.FS) pipeline.Files { return files{project.FS(fsys), fsys} }

type files struct {
	project.Files
	fsys fs.FS
}

func (f files) List(folder string) ([]string, error) {
	entries, err := fs.ReadDir(f.fsys, folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Ignored implements pipeline.Files.
func (f files) Ignored(name string) bool {
	content, err := fs.ReadFile(f.fsys, ".dockerignore")
	if err != nil {
		return false
	}
	patterns, err := ignorefile.ReadAll(bytes.NewReader(content))
	if err != nil {
		return false
	}
	ignored, err := patternmatcher.MatchesOrParentMatches(name, patterns)
	return err == nil && ignored
}

// Matching implements pipeline.Files.
func (f files) Matching(pattern string) ([]string, error) { return fs.Glob(f.fsys, pattern) }

func (f files) Sources(folder string) ([]start.Source, error) {
	var all []start.Source
	err := fs.WalkDir(f.fsys, folder, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != folder && (start.Skipped(e.Name()) || depth(folder, name) > start.DepthOf(strings.TrimPrefix(name, strings.TrimPrefix(folder+"/", "./")))):
			return fs.SkipDir
		case e.Type().IsRegular() && strings.HasSuffix(name, ".py"):
			info, err := e.Info()
			if err != nil {
				return err
			}
			all = append(all, start.Source{Name: name, Size: info.Size()})
		}
		return nil
	})
	return all, err
}

func (f files) Existing(names []string) ([]string, error) { return start.FS(f.fsys).Existing(names) }

// depth is how many folders a folder lies below another.
func depth(folder, name string) int {
	if folder != "." {
		name = strings.TrimPrefix(name, folder+"/")
	}
	return strings.Count(name, "/") + 1
}

// Anything is a context for a build file alone. It has every file that is named,
// empty, and a program, but no lock and nothing else that is read without being
// named.
type Anything struct{ Name, Content string }

// ReadFile implements project.Files.
func (a Anything) ReadFile(name string) ([]byte, error) {
	switch {
	case name == a.Name:
		return []byte(a.Content), nil
	case a.unnamed(name):
		return nil, fs.ErrNotExist
	case path.Base(name) == mainFile:
		return []byte(mainProgram), nil
	}
	return nil, nil
}

// mainFile is the project's program, for build files that do not name one.
const (
	mainFile    = "main.py"
	mainProgram = "if __name__ == \"__main__\":\n    print()\n"
)

// Exists implements project.Files.
func (a Anything) Exists(name string) (bool, error) { return !a.unnamed(name), nil }

// ReadDir implements project.Files.
func (a Anything) ReadDir(string) ([]string, error) { return nil, nil }

// Below implements project.Files.
func (a Anything) Below(...string) (map[string][]byte, error) { return nil, nil }

// List implements pipeline.Files.
func (a Anything) List(string) ([]string, error) { return nil, nil }

// Ignored implements pipeline.Files.
func (a Anything) Ignored(string) bool { return false }

// Matching implements pipeline.Files.
func (a Anything) Matching(string) ([]string, error) { return nil, nil }

// Sources implements pipeline.Files.
func (a Anything) Sources(folder string) ([]start.Source, error) {
	return []start.Source{{Name: path.Join(folder, mainFile), Size: int64(len(mainProgram))}}, nil
}

// Existing implements pipeline.Files.
func (a Anything) Existing([]string) ([]string, error) { return nil, nil }

func (a Anything) unnamed(name string) bool {
	named := []string{".python-version", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "Procfile", "Dockerfile", "runtime.txt", ".tool-versions", "mise.toml"}
	switch path.Base(name) {
	case "pyproject.toml", "Pipfile":
		return path.Dir(name) == "."
	}
	return slices.Contains(named, path.Base(name))
}

// Decide reads the project of a build file and decides for a world. What could
// be read of the project comes with the error too.
func Decide(ctx context.Context, f pipeline.Files, name string, o project.Options, w pipeline.World) (*pipeline.Project, *pipeline.Decision, error) {
	read, err := project.Read(f, name, o)
	if err != nil {
		return &pipeline.Project{Project: read}, nil, err
	}
	p, err := pipeline.Read(read, f, pipeline.Options{Target: plan.TargetRuntime})
	if err == nil {
		err = p.ReadLock()
	}
	if err == nil {
		err = p.ChoosePython(ctx, func(context.Context) (pipeline.World, error) { return w, nil })
	}
	if err != nil {
		return p, nil, err
	}
	d, err := pipeline.Decide(ctx, p, w)
	return p, d, err
}

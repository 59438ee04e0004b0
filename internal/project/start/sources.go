package start

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source/regex"
)

// Source is a Python file of the project.
type Source struct {
	// Name is the file's name from the context's root.
	Name string
	// Size is in bytes.
	Size int64
}

// Files is the part of the build context that this package reads. Names are
// clean, slash-separated and relative to the context's root.
type Files interface {
	// ReadFile returns a file's content. The error is fs.ErrNotExist if there is
	// no such file.
	ReadFile(name string) ([]byte, error)
	// Sources returns the Python files in a folder and up to DepthOf folders below
	// it. It omits folders for which Skipped is true.
	Sources(dir string) ([]Source, error)
	// Existing returns those of several files and folders that exist. They are few,
	// and small by their names.
	Existing(names []string) ([]string, error)
}

// Depth is the maximum number of folders between the project's folder and a
// source.
const Depth = 3

// DepthOf is this number for a folder, by its path from the project's: src has no
// module of its own, so that it does not count.
func DepthOf(folder string) int {
	if folder == "src" || strings.HasPrefix(folder, "src/") {
		return Depth + 1
	}
	return Depth
}

// The limits for reading. The command of a larger project is not guessed.
const (
	maxSources = 5000
	maxSize    = 256 << 10
	maxRead    = 150
)

// skipped are folders without a program of the project.
var skipped = []string{
	"tests", "test", "testing", "docs", "doc", "examples", "example", "samples", "migrations", "alembic", "node_modules", "venv", "env", "virtualenv",
	"site-packages", "build", "dist", "notebooks", "benchmarks", "bench", "templates", "static", "fixtures", "__pycache__", "third_party", "third-party", "thirdparty", "vendor", "vendored", "dependencies", "submodules",
}

// Skipped reports whether a folder of this name is not searched.
func Skipped(folder string) bool {
	return strings.HasPrefix(folder, ".") || slices.Contains(skipped, strings.ToLower(folder)) || strings.HasSuffix(folder, ".egg-info") || library.MatchString(folder) || unfilled(folder)
}

// library matches the folder of Python's library in a virtual environment.
var library = regex.New(`^python\d+\.\d+t?$`)

// unfilled reports whether a name is one that a generator such as Cookiecutter
// or Copier fills in: what lies there is a template of a project.
func unfilled(name string) bool { return strings.Contains(name, "{{") || strings.Contains(name, "{%") }

// supersededFolders hold code that other code of the project has replaced.
var supersededFolders = []string{"legacy", "deprecated", "archive", "archived", "archives", "old", "backup", "backups", "attic", "obsolete"}

// superseded reports whether a file, relative to the project's folder, lies in
// a folder of old code. It counts only if the project has no other files.
func superseded(rel string) bool {
	folders := strings.Split(path.Dir(rel), "/")
	return slices.ContainsFunc(folders, func(name string) bool {
		return slices.Contains(supersededFolders, strings.ToLower(name))
	})
}

// environments are the folders of virtual environments that somebody has committed,
// and in which there are sources. Those with a usual name are not searched anyway.
// Older ones have no pyvenv.cfg.
func environments(all []Source, existing func(names []string) ([]string, error)) (folders []string, err error) {
	var possible, names []string
	known := map[string]bool{}
	for _, s := range all {
		parent := path.Dir(s.Name)
		folder := path.Dir(parent)
		if !slices.Contains([]string{"bin", "Scripts", "Lib"}, path.Base(parent)) || folder == "." || known[folder] {
			continue
		}
		known[folder] = true
		possible = append(possible, folder)
		for _, name := range ofEnvironment {
			names = append(names, path.Join(folder, name))
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	found, err := existing(names)
	has := map[string]bool{}
	for _, name := range found {
		has[name] = true
	}
	for _, folder := range possible {
		if slices.ContainsFunc(ofEnvironment, func(name string) bool { return has[path.Join(folder, name)] }) {
			folders = append(folders, folder)
		}
	}
	return folders, err
}

// ofEnvironment are files of which each virtual environment has one.
var ofEnvironment = []string{"pyvenv.cfg", "bin/activate", "Scripts/activate"}

// FS returns the Files of an fs.FS.
func FS(fsys fs.FS) Files { return fsFiles{fsys} }

type fsFiles struct{ fsys fs.FS }

func (f fsFiles) ReadFile(name string) ([]byte, error) { return project.FS(f.fsys).ReadFile(name) }

func (f fsFiles) Sources(dir string) ([]Source, error) {
	var all []Source
	err := fs.WalkDir(f.fsys, dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			// A folder that the user may not read, such as that of a database, does not
			// belong to the project: a client could not send it to a build.
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
				return nil
			}
			return err
		}
		if e.IsDir() {
			if name != dir && (Skipped(e.Name()) || depth(dir, name) > DepthOf(Within(dir, name))) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) == ".py" && e.Type().IsRegular() {
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil // removed in the meantime
			}
			if err != nil {
				return err
			}
			all = append(all, Source{name, info.Size()})
		}
		return nil
	})
	return all, err
}

func (f fsFiles) Existing(names []string) (found []string, err error) {
	for _, name := range names {
		ok, err := project.FS(f.fsys).Exists(name)
		if err != nil && !errors.Is(err, fs.ErrPermission) {
			return nil, err
		}
		if ok {
			found = append(found, name)
		}
	}
	return found, nil
}

// depth is the number of folders between a folder and a file below it.
func depth(dir, name string) int {
	return strings.Count(Within(dir, name), "/") + 1
}

// Within returns a name relative to a folder that contains it.
func Within(dir, name string) string {
	if dir == "." {
		return name
	}
	return strings.TrimPrefix(name, strings.TrimSuffix(dir, "/")+"/")
}

package start

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Source is a file of the project that may be what is started.
type Source struct {
	// Name is the file's name from the context's root.
	Name string
	// Size is in bytes.
	Size int64
}

// Files is what is looked at of the build context. Names are clean,
// slash-separated and relative to the context's root.
type Files interface {
	// ReadFile gives a file's content; the error is fs.ErrNotExist where
	// there is none.
	ReadFile(name string) ([]byte, error)
	// Sources gives the Python files in a folder and up to Depth folders below
	// it, without those that Skipped names.
	Sources(dir string) ([]Source, error)
}

// Depth is how many folders below the project's a source may lie.
const Depth = 3

// The bounds of what is read. A project with more than that is not guessed at.
const (
	maxSources = 5000
	maxSize    = 256 << 10
	maxRead    = 150
)

// skipped are folders that hold no program of the project's.
var skipped = []string{
	"tests", "test", "testing", "docs", "doc", "examples", "example", "samples", "migrations", "alembic", "node_modules", "venv", "env", "virtualenv",
	"site-packages", "build", "dist", "notebooks", "benchmarks", "bench", "templates", "static", "fixtures", "__pycache__", "third_party", "vendor",
}

// Skipped reports whether a folder of that name is not looked into.
func Skipped(folder string) bool {
	return strings.HasPrefix(folder, ".") || slices.Contains(skipped, strings.ToLower(folder)) || strings.HasSuffix(folder, ".egg-info")
}

// FS makes Files of an fs.FS.
func FS(fsys fs.FS) Files { return fsFiles{fsys} }

type fsFiles struct{ fsys fs.FS }

func (f fsFiles) ReadFile(name string) ([]byte, error) { return fs.ReadFile(f.fsys, name) }

func (f fsFiles) Sources(dir string) ([]Source, error) {
	var all []Source
	err := fs.WalkDir(f.fsys, dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			// A folder that the user may not read, such as a database's, is none
			// of the project's: no client could send it to a build either.
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
				return nil
			}
			return err
		}
		if e.IsDir() {
			if name != dir && (Skipped(e.Name()) || depth(dir, name) > Depth) {
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

// depth is how many folders a name is below a folder.
func depth(dir, name string) int {
	return strings.Count(within(dir, name), "/") + 1
}

// within is a name as it is seen from a folder that holds it.
func within(dir, name string) string {
	if dir == "." {
		return name
	}
	return strings.TrimPrefix(name, dir+"/")
}

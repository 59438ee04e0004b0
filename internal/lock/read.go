package lock

import (
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// Options are what reading a lock may need of the world.
type Options struct {
	// Open gives the content of a file that the lock includes, by its path
	// relative to the build context, or an error. Only requirements.txt needs
	// it; nil forbids includes.
	Open func(name string) ([]byte, error)
	// Getenv gives the value of a variable for "${NAME}" in requirement
	// files; nil leaves such texts as they are.
	Getenv func(name string) (string, bool)
}

// FormatOf gives the format of a lock by the name of its file, or "".
func FormatOf(name string) Format {
	base := path.Base(name)
	switch {
	case pylockName.MatchString(base):
		return Pylock
	case base == string(UV), base == string(Poetry), base == string(PDM), base == string(Pipenv):
		return Format(base)
	case strings.HasSuffix(base, ".lock"):
		return ""
	case strings.HasSuffix(base, ".txt"), strings.HasSuffix(base, ".in"):
		return Requirements
	}
	return ""
}

// Detect finds the lock among the names of the files in a project's folder.
// The first of pylock.toml, pylock.<name>.toml, uv.lock, poetry.lock, pdm.lock
// and Pipfile.lock is taken; others gives the ones passed over. Requirement
// files are never found by their name, see IsLocked.
func Detect(names []string) (name string, others []string) {
	rank := func(name string) int {
		if name != path.Base(name) {
			return -1
		}
		switch {
		case name == string(Pylock):
			return 0
		case pylockName.MatchString(name):
			return 1
		}
		return slices.Index([]string{"", "", string(UV), string(Poetry), string(PDM), string(Pipenv)}, name)
	}
	var found []string
	for _, n := range names {
		if rank(n) >= 0 && n != "" {
			found = append(found, n)
		}
	}
	sort.Slice(found, func(i, j int) bool {
		if a, b := rank(found[i]), rank(found[j]); a != b {
			return a < b
		}
		return found[i] < found[j]
	})
	if len(found) == 0 {
		return "", nil
	}
	return found[0], found[1:]
}

// Read reads a lock; its file's name tells the format. Errors are
// *source.Error and tell the line.
func Read(file *source.File, o Options) (*Lock, error) {
	format := FormatOf(file.Name)
	switch format {
	case "":
		return nil, source.Errorf(source.Pos{File: file}, "%s is not the name of a lock file", file.Name).
			WithHint("Moult reads pylock.toml, pylock.<name>.toml, uv.lock, poetry.lock, pdm.lock, Pipfile.lock and requirement files (*.txt)")
	case Requirements:
		return readRequirements(file, o)
	case Pipenv:
		return readPipenv(file)
	}
	root, err := toml.Parse(file)
	if err != nil {
		return nil, err
	}
	switch format {
	case UV:
		return readUV(file, root)
	case Poetry:
		return readPoetry(file, root)
	case PDM:
		return readPDM(file, root)
	default:
		return readPylock(file, root)
	}
}

// sortedUnique sorts names and drops doubles.
func sortedUnique(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}

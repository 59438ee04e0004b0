package lock

import (
	"bytes"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// maxSize is the largest lock that is not TOML, in bytes: ten thousand packages
// with their hashes are smaller.
const maxSize = 10 << 20

// Format is a kind of lock file.
type Format string

// The formats.
const (
	Pylock       Format = "pylock.toml"      // PEP 751
	UV           Format = "uv.lock"          // uv
	Poetry       Format = "poetry.lock"      // Poetry 1 and 2
	PDM          Format = "pdm.lock"         // PDM
	Pipenv       Format = "Pipfile.lock"     // Pipenv
	Requirements Format = "requirements.txt" // pip, every line pinned and hashed
)

// behaviour has the methods in which the formats differ. To add a format,
// write one file with a type of this interface, which may embed plain, and add
// a row to formats.
type behaviour interface {
	// read reads a file. The error is a *source.Error with the line.
	read(file *source.File, o Options) (*Lock, error)
	// choose returns the packages of a selection.
	choose(s *selector) error
	// compare returns the differences between the lock and its project.
	compare(c *checker) error
	// refresh returns the command that refreshes the lock.
	refresh(l *Lock) string
	// listsNames says whether the lock lists all its extras and all its groups,
	// so that another name is an error.
	listsNames(l *Lock) (extras, groups bool)
	// anyIndex says whether every index of the lock may serve every package.
	// Otherwise a package names its index, or comes from the project's.
	anyIndex() bool
}

// row is one format in the table.
type row struct {
	Format
	behaviour
	// named reports whether a file of this name, without folder, has the
	// format.
	named func(base string) bool
	// patterns are the names of files that are always locks of this format; none
	// if a name does not tell it.
	patterns []string
	// limit is the largest file that is read, in bytes.
	limit int
}

// formats are the formats, in the order in which Detect prefers them.
var formats = []row{
	{Pylock, pylockFormat{}, pylockName.MatchString, []string{"pylock.toml", "pylock.*.toml"}, toml.MaxSize},
	{UV, uvFormat{}, isUV, []string{"uv.lock"}, toml.MaxSize},
	{Poetry, poetryFormat{}, isNamed(Poetry), []string{"poetry.lock"}, toml.MaxSize},
	{PDM, pdmFormat{}, isNamed(PDM), []string{"pdm.lock"}, toml.MaxSize},
	{Pipenv, pipenvFormat{}, isNamed(Pipenv), []string{"Pipfile.lock"}, maxSize},
	{Requirements, requirementsFormat{}, isRequirementsName, nil, maxSize},
}

// Patterns are the names of the files that are locks, except requirement
// files, whose names do not tell it.
func Patterns() []string {
	var all []string
	for _, f := range formats {
		all = append(all, f.patterns...)
	}
	return all
}

// isNamed is true for a file with the format's own name.
func isNamed(f Format) func(string) bool {
	return func(base string) bool { return base == string(f) }
}

// isUV accepts the lock of a script, too: job.py.lock of job.py.
func isUV(base string) bool { return base == string(UV) || strings.HasSuffix(base, ".py.lock") }

// plain is the behaviour of a format that stores no graph and no requirements
// of the project. It takes the entries whose marker is true, and compares the
// project's requirements with their versions.
type plain struct{}

func (plain) choose(s *selector) error      { return s.flat(pep508.Active{Extras: s.sel.Extras}) }
func (plain) compare(c *checker) error      { return c.satisfied("") }
func (plain) listsNames(*Lock) (bool, bool) { return true, true }
func (plain) anyIndex() bool                { return false }

// format returns the behaviour of a lock. A lock without a format, which was
// not read from a file, is plain.
func (l *Lock) format() behaviour {
	for _, f := range formats {
		if f.Format == l.Format {
			return f.behaviour
		}
	}
	return pylockFormat{}
}

// AnyIndex reports whether every index of the lock may serve every package.
func (l *Lock) AnyIndex() bool { return l.format().anyIndex() }

// Options are the inputs for reading a lock in addition to its content.
type Options struct {
	// Open returns the content of a file that the lock includes, by its path
	// relative to the build context, or an error. Only requirements.txt needs
	// it; nil forbids includes.
	Open func(name string) ([]byte, error)
}

// FormatOf gives the format of a lock by the name of its file, or "".
func FormatOf(name string) Format {
	for _, f := range formats {
		if f.named(path.Base(name)) {
			return f.Format
		}
	}
	return ""
}

// Names are the usual names of lock files.
func Names() []string {
	var names []string
	for _, f := range formats {
		if len(f.patterns) > 0 {
			names = append(names, string(f.Format))
		}
	}
	return names
}

// Detect finds the lock among the names of the files in a project's folder. It
// returns the first of pylock.toml, pylock.<name>.toml, uv.lock, poetry.lock,
// pdm.lock and Pipfile.lock, and the other ones in others. Requirement files
// are never found by their name, see ErrNotLocked.
func Detect(names []string) (name string, others []string) {
	type candidate struct {
		name string
		rank int
	}
	var found []candidate
	for _, n := range names {
		for rank, f := range formats {
			if len(f.patterns) == 0 || n != path.Base(n) || !f.named(n) {
				continue
			}
			// The format's own name comes before others that it allows.
			rank *= 2
			if n != string(f.Format) {
				rank++
			}
			found = append(found, candidate{n, rank})
			break
		}
	}
	sort.Slice(found, func(i, j int) bool {
		if found[i].rank != found[j].rank {
			return found[i].rank < found[j].rank
		}
		return found[i].name < found[j].name
	})
	if len(found) == 0 {
		return "", nil
	}
	for _, c := range found[1:] {
		others = append(others, c.name)
	}
	return found[0].name, others
}

// Read reads a lock; the file's name decides the format. Errors are
// *source.Error with the line.
func Read(file *source.File, o Options) (*Lock, error) {
	for _, f := range formats {
		if !f.named(path.Base(file.Name)) {
			continue
		}
		if len(file.Data) > f.limit {
			return nil, source.Errorf(source.Pos{File: file}, "the file is larger than %d MiB", f.limit>>20)
		}
		if f.patterns != nil && IsEmpty(file.Data) && f.Format != Pylock {
			return nil, source.Errorf(source.Pos{File: file, Line: 1, Col: 1}, "the lock is empty").
				WithHint("remove it, or make it again: %s", f.refresh(&Lock{File: file}))
		}
		return f.read(file, o)
	}
	names := Names()
	return nil, source.Errorf(source.Pos{File: file}, "%s is not the name of a lock file", file.Name).
		WithHint("Moult reads %s, pylock.<name>.toml and requirement files (*.txt)", strings.Join(names, ", "))
}

// IsEmpty reports whether a lock's content is nothing: a shell that redirects a
// command's output makes such a file, if the command fails.
func IsEmpty(content []byte) bool { return len(bytes.TrimSpace(content)) == 0 }

// sortedUnique sorts names and drops doubles.
func sortedUnique(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}

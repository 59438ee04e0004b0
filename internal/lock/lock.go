// Package lock reads the lock files of Python's tools into one model, and
// selects a lock's packages for one environment.
//
// Read turns a file into a Lock, plain data in which every package has its
// line. Select returns the packages to install for an environment, extras and
// groups. Choose returns the file of a package that fits an interpreter. Check
// reports whether the lock matches its project. Nothing here uses the network,
// and no name, path or size in a file is trusted.
//
// The package is used between internal/project and internal/plan and imports
// neither. Formats without the addresses of files (see Package.NeedsIndex)
// are completed with the files that a package index lists (package
// indexpage); the caller fetches the index's pages.
package lock

import (
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

// Lock is a lock file as it was read.
type Lock struct {
	Format Format
	// File is the file that was read; Files are those it includes
	// (requirements.txt only).
	File  *source.File
	Files []*source.File
	// Together are the files that are one lock with File, in their order
	// (requirements.txt only).
	Together []*source.File
	// Others are the names of other locks in the same folder, set by the caller
	// for messages.
	Others []string
	// Version is the format's version as written, "" where a format has none.
	Version string
	// Tool is the tool that wrote the file, if the file says it: "uv", "Poetry
	// 2.1.3".
	Tool string
	// RequiresPython limits the interpreters the lock is for.
	RequiresPython pep440.SpecifierSet
	// RequiresPythonPos is its position.
	RequiresPythonPos source.Pos
	// Environments are markers; one of them must be true, unless the list is
	// empty.
	Environments []Condition
	// Extras and Groups are the names in the lock. DefaultGroups are the groups
	// of a pylock.toml that are installed by default.
	Extras, Groups, DefaultGroups []string
	// Indexes are the package indexes the lock names, by name where they
	// have one.
	Indexes []Index
	// Members are the normalized names of the projects the lock was made for
	// (uv workspaces); empty if it does not tell.
	Members []string
	// Packages are the entries in the order of the file.
	Packages []*Package

	// own is the data that only this format has.
	own any
}

// Condition is a marker with its place.
type Condition struct {
	Marker *pep508.Marker
	Pos    source.Pos
}

// Index is a package index.
type Index struct {
	Name string
	URL  string
	// Default is true if it replaces the tool's default index, as --index-url
	// and Pipenv's first source do.
	Default bool
	Pos     source.Pos
}

// Package is one entry of a lock.
type Package struct {
	// Name is normalized.
	Name string
	// Version is as written, "" where the entry has none (source trees).
	Version string
	// Parsed is Version parsed; zero if there is none.
	Parsed pep440.Version
	// Pos is where the entry starts.
	Pos source.Pos
	// Marker is the condition under which the package is installed; nil if there
	// is none or the format has conditions on edges.
	Marker *pep508.Marker
	// RequiresPython limits the interpreters.
	RequiresPython pep440.SpecifierSet
	// Extras are the extras of this entry, normalized.
	Extras []string
	// Source is the source of the package.
	Source Source
	// Wheels are its wheels, Sdist its source archive, with their hashes.
	Wheels []Artifact
	Sdist  *Artifact
	// Hashes are the hashes of the files if the format does not name files: each
	// "sha256:..."; any file with one of them may be used.
	Hashes []string
	// Unlisted is true if the lock has an empty list of the package's files, as
	// Poetry wrote it in 2022. Poetry installs what the index has of the version.
	Unlisted bool
	// NoWheel and NoSdist say that the lock forbids this kind of file.
	NoWheel, NoSdist bool

	// own is the data that only this format has; nil if there is none.
	own packageData
	// groups are the groups or categories the entry is for; nil is all.
	groups []string
}

// packageData is the data of a package that only one format has.
type packageData interface {
	// needs returns the names of the packages that the package with the extras
	// may need.
	needs(extras []string) []string
}

// SourceKind is the kind of a package's source.
type SourceKind string

// The kinds of sources.
const (
	// FromIndex is a release on a package index.
	FromIndex SourceKind = "index"
	// FromGit is a commit of a repository.
	FromGit SourceKind = "git"
	// FromURL is a wheel or an archive at a fixed address.
	FromURL SourceKind = "url"
	// FromFile is a wheel or an archive in the context.
	FromFile SourceKind = "file"
	// FromDirectory is a source tree in the context.
	FromDirectory SourceKind = "directory"
)

// Source is where a package comes from.
type Source struct {
	Kind SourceKind
	// Index is the index's URL, or a folder if IndexIsPath. If it is "", the
	// lock does not say the index: then it is any of Lock.Indexes, or of the
	// project's if there are none. IndexName is its name if the lock has only
	// the name.
	Index       string
	IndexName   string
	IndexIsPath bool
	// URL is that of the repository or the file.
	URL string
	// Commit is the full commit id; Requested is the requested tag or branch.
	Commit    string
	Requested string
	// VCS is the kind of repository. Moult can fetch only "git".
	VCS string
	// Subdirectory is the folder of the project in the repository or archive.
	Subdirectory string
	// LFS says that files of the repository are in Git LFS.
	LFS bool
	// File is the wheel or the sdist of a repository that is the package; empty
	// where the package is a folder of it.
	File string
	// Path is the file's or folder's path relative to the lock file's folder,
	// cleaned. It may be outside of that folder, see Outside.
	Path string
	// Editable says the lock asks for an editable install; Virtual that the
	// folder is not installed, only its dependencies.
	Editable, Virtual bool
}

// Outside reports whether the path leaves the lock file's folder or is
// absolute, so that the build context may not hold it.
func (s Source) Outside() bool { return escapesFolder(s.Path) }

// Artifact is a file: a wheel or an archive.
type Artifact struct {
	// Filename is a plain file name without any folder; "" where unknown.
	Filename string
	// URL is the address of the file; "" if the lock does not have it.
	URL string
	// Path is its path relative to the lock file's folder, if it is in the
	// context.
	Path string
	// Hashes maps an algorithm's name ("sha256") to the digest in lower case
	// hexadecimal. It is empty if a lock has none. Some tools allow this for
	// files with a URL of their own and files in the context.
	Hashes map[string]string
	// Size is in bytes; 0 if unknown. No code may rely on it.
	Size int64
	Pos  source.Pos
}

func (l *Lock) addIndex(name, address string, pos source.Pos) {
	for _, i := range l.Indexes {
		if i.Name == name && i.URL == address {
			return
		}
	}
	l.Indexes = append(l.Indexes, Index{Name: name, URL: address, Pos: pos})
}

// describe gives "name version".
func describe(name, version string) string {
	if version == "" {
		return name
	}
	return name + " " + version
}

// own returns the data of one format; empty data if the lock has another format.
func own[T any](of any) *T {
	if d, ok := of.(*T); ok {
		return d
	}
	return new(T)
}

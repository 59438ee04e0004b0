// Package lock reads the lock files of Python's tools into one model and
// answers what a lock means for one environment.
//
// A file goes in; a Lock comes out, plain data in which every package knows
// the line it was written on. Select then gives the packages to install for an
// environment, extras and groups; Choose the file of each package that fits an
// interpreter; Check says whether the lock still matches its project. All of
// it is offline and never trusts a name, path or size it reads.
//
// The package stands between internal/project and internal/plan and knows
// neither. Formats that do not hold the addresses of files (see
// Package.NeedsIndex) are completed with the files that a package index lists
// (package indexpage); fetching its pages is the caller's business.
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
	// Others are the names of the locks in the same folder that were passed
	// over for this one, as the caller found them; messages name them.
	Others []string
	// Version is the format's version as written, "" where a format has none.
	Version string
	// Tool is what wrote the file, as far as it says: "uv", "Poetry 2.1.3".
	Tool string
	// RequiresPython limits the interpreters the lock is for.
	RequiresPython pep440.SpecifierSet
	// RequiresPythonPos is where that is written.
	RequiresPythonPos source.Pos
	// Environments are markers of which one must hold; none if empty.
	Environments []Condition
	// Extras and Groups are the names the lock offers. DefaultGroups are those
	// of a pylock.toml that are installed if nothing else is said.
	Extras, Groups, DefaultGroups []string
	// Indexes are the package indexes the lock names, by name where they
	// have one.
	Indexes []Index
	// Members are the normalized names of the projects the lock was made for
	// (uv workspaces); empty if it does not tell.
	Members []string
	// Packages are the entries in the order of the file.
	Packages []*Package

	// own is what only this format has.
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
	// Default says that it takes the place of the tool's default, as
	// --index-url and Pipenv's first source do.
	Default bool
	Pos     source.Pos
}

// Package is one entry of a lock.
type Package struct {
	// Name is normalized.
	Name string
	// Version is as written, "" where the entry has none (source trees).
	Version string
	// Parsed is Version parsed; zero where there is none.
	Parsed pep440.Version
	// Pos is where the entry starts.
	Pos source.Pos
	// Marker is the condition under which the package is wanted at all, nil
	// if there is none or the format puts conditions on edges.
	Marker *pep508.Marker
	// RequiresPython limits the interpreters.
	RequiresPython pep440.SpecifierSet
	// Extras are those this entry stands for, normalized.
	Extras []string
	// Source is where the package comes from.
	Source Source
	// Wheels are its wheels, Sdist its source archive, with their hashes.
	Wheels []Artifact
	Sdist  *Artifact
	// Hashes are those of the files where the format does not name them:
	// each "sha256:...", any file with one of them is meant.
	Hashes []string
	// NoWheel and NoSdist say that the lock forbids this kind of file.
	NoWheel, NoSdist bool

	// own is what only this format has, nil where it has nothing more.
	own packageData
	// groups are the groups or categories the entry is for; nil is all.
	groups []string
}

// packageData is what a package has in one format alone.
type packageData interface {
	// needs gives the names of the packages that the package with the extras
	// may need.
	needs(extras []string) []string
}

// SourceKind says how a package is got.
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
	// Index is the index's URL, or a folder if IndexIsPath; "" where the
	// lock does not say: then it is any of Lock.Indexes, or of the project's
	// if there are none. IndexName is its name where the lock gives only
	// that.
	Index       string
	IndexName   string
	IndexIsPath bool
	// URL is that of the repository or the file.
	URL string
	// Commit is the full commit id; Requested what was asked for (tag,
	// branch).
	Commit    string
	Requested string
	// VCS is the kind of repository: "git" where Moult can fetch it.
	VCS string
	// Subdirectory is the folder of the project in the repository or archive.
	Subdirectory string
	// LFS says that files of the repository are in Git LFS.
	LFS bool
	// Path is the file's or folder's path relative to the lock file's folder,
	// cleaned; it may lead out of it, see Outside. Of a repository with a URL it
	// is the file in it.
	Path string
	// Editable says the lock asks for an editable install; Virtual that the
	// folder is not installed, only its dependencies.
	Editable, Virtual bool
}

// Outside reports whether the path leaves the lock file's folder or is
// absolute, so that the build context may not hold it.
func (s Source) Outside() bool { return leavesFolder(s.Path) }

// Artifact is a file: a wheel or an archive.
type Artifact struct {
	// Filename is a plain file name without any folder; "" where unknown.
	Filename string
	// URL is where the file is, "" where the lock does not tell.
	URL string
	// Path is where it is relative to the lock file's folder, if it is in the
	// context.
	Path string
	// Hashes maps an algorithm's name ("sha256") to the digest in lower case
	// hexadecimal. It is empty where a lock holds none, which some tools allow
	// for files at an address of their own and in the context.
	Hashes map[string]string
	// Size is in bytes, 0 where unknown. It is advice: nothing may rely on
	// it.
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

package project

import (
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

// Selection are the parts of a project that the image needs in addition to
// the main dependencies.
type Selection struct {
	// Extras and Groups are names as the user wrote them.
	Extras, Groups []source.At[string]
	// Environment, if it is not nil, evaluates the markers of sources. The markers
	// of requirements stay in the lines.
	Environment *pep508.Environment
}

// Requested are the requirements for pip of a project without a lock. It
// depends only on the requirements: a change of the version, a comment or
// another tool's table does not change it, apart from positions.
type Requested struct {
	// Lines are the requirements, sorted, each once, without local packages.
	Lines []Line
	// Constraints are those of requirement files, sorted, each once.
	Constraints []Line
	// Locals are the packages that are made from folders or files of the
	// context, by name, including those that they depend on, but without the
	// project itself.
	Locals []Local
	// Options are those of the requirement files.
	Options RequirementOptions
	// IndexPins are the packages of the lines that are pinned to an index, sorted
	// by name. A package with two entries is pinned to two indexes, which is an
	// error only without a lock.
	IndexPins []IndexPin
}

// IndexPin is a package that is pinned to an index.
type IndexPin struct {
	// Name is normalized.
	Name string
	// Index is its index. It has no URL if the project has no index of that name,
	// which is an error only without a lock.
	Index Index
	// Pos is the position of the entry that pins it.
	Pos source.Pos
}

// Line is one line of the derived requirement file.
type Line struct {
	// Text is what pip reads.
	Text string
	// Name is the package's normalized name.
	Name string
	// Specifier are the required versions; Direct is true if a URL replaces
	// them.
	Specifier pep440.SpecifierSet
	Direct    bool
	// Git is the host of the repository, with its port, if the line names one,
	// else ""; SSH is true if it is reached by SSH.
	Git string
	SSH bool
	// File is the wheel or the sdist of the repository that uv installs in place
	// of a folder; pip, which resolves without a lock, does not know it.
	File string
	// Pos is the first position at which it is written.
	Pos source.Pos
}

// Local is a package that is made from the context.
type Local struct {
	// Name is normalized; "" if only the build knows it.
	Name string
	// Path is its folder, or its wheel or sdist.
	Path string
	// File is true if Path is a wheel or an sdist.
	File bool
	// Extras are the required extras, normalized and sorted.
	Extras []string
	// Requirements are those in its pyproject.toml. Requested.Lines already has
	// them.
	Requirements []Requirement
	// Dynamic is true if its requirements are known only after its metadata is
	// built.
	Dynamic bool
	// BuildSystem is its [build-system], nil if it has none.
	BuildSystem *BuildSystem
	// VCSVersion is set if its backend asks version control for the version.
	VCSVersion *VCSVersion
	// Pos is the position that requires it.
	Pos source.Pos
}

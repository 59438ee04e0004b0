package project

import (
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

// Selection is what of a project goes into the image beside its main
// dependencies.
type Selection struct {
	// Extras and Groups are names as the user wrote them.
	Extras, Groups []source.At[string]
	// Environment, if given, decides the markers of sources; the markers of
	// requirements stay in the lines.
	Environment *pep508.Environment
}

// Requested is what the unlocked road asks pip for. It depends on nothing but
// the requirements: editing the version, a comment or another tool's table
// leaves it as it is (positions apart).
type Requested struct {
	// Lines are the requirements, sorted, each once, without local packages.
	Lines []Line
	// Constraints are those of requirement files, sorted, each once.
	Constraints []Line
	// Locals are the packages made from folders or files of the context, in
	// the order of their names, those they depend on included. The project
	// itself is not among them.
	Locals []Local
	// Options are those of the requirement files.
	Options RequirementOptions
	// IndexPins are the packages among the lines that come from one index alone,
	// by name; one that is there twice is bound to several, which matters only
	// without a lock.
	IndexPins []IndexPin
}

// IndexPin is a package that is bound to an index.
type IndexPin struct {
	// Name is normalized.
	Name string
	// Index is where it comes from; without a URL where the project has no
	// index of that name, which matters only without a lock.
	Index Index
	// Pos is where that was written.
	Pos source.Pos
}

// Line is one line of the derived requirement file.
type Line struct {
	// Text is what pip reads.
	Text string
	// Name is the package's normalized name.
	Name string
	// Specifier is the versions asked for; Direct is true where a URL takes
	// their place.
	Specifier pep440.SpecifierSet
	Direct    bool
	// Git is the host of the repository where the line names one, else "";
	// SSH is true where it is reached by SSH.
	Git string
	SSH bool
	// Pos is where it was written first.
	Pos source.Pos
}

// Local is a package that is made from the context.
type Local struct {
	// Name is normalized; "" where only the build can tell it.
	Name string
	// Path is its folder, or its wheel or sdist.
	Path string
	// File is true where Path is a wheel or an sdist.
	File bool
	// Extras are those asked for, normalized and sorted.
	Extras []string
	// Requirements are what it needs, as far as its pyproject.toml says;
	// they are in Requested.Lines already.
	Requirements []Requirement
	// Dynamic is true where only building its metadata tells what it needs.
	Dynamic bool
	// BuildSystem is its [build-system], nil if it has none.
	BuildSystem *BuildSystem
	// Pos is where it was asked for.
	Pos source.Pos
}

// Package project reads the files of a project: pyproject.toml with its
// standard tables and [tool.moult], moult.toml, .python-version, requirement
// files, and the tables of uv, Poetry, PDM, Pipenv and setuptools.
//
// Read takes the build context's files and the build file's name, and returns
// a Project: plain data in which every value has its line. The package comes
// first in the flow, before internal/lock and internal/plan, and imports
// neither. It reports every error in these files as a *source.Error at its
// line.
//
// ChoosePython, Requirements and Command then derive the Python, the
// requirements and the command from the Project.
package project

import (
	"strings"

	"github.com/moult-build/moult/internal/pypkg/constraint"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// Project is the content of a project's files. All file names are clean,
// slash-separated and relative to the build context's root; none leaves the
// context.
type Project struct {
	// File is the build file.
	File *source.File
	// Dir is the folder of the build file, "." for the context's root. The
	// paths in the file are relative to it.
	Dir string

	Metadata
	Packaging
	Resolution
	PythonFiles
	Program

	// Settings are the keys of [tool.moult] or moult.toml, of the target that
	// Options names.
	Settings Settings
	// Targets are those that the build file has, in its order.
	Targets []Target
	// UnusedArgs are the names of build arguments that the build passes and no
	// target declares, sorted.
	UnusedArgs []string

	// Versions are the versions of packages of the context whose version is in
	// version control, by name. internal/pipeline finds them.
	Versions map[string]string
	// Releases are the packages of the context whose folder has the sources of a
	// release as an index has them (an sdist), by name. Their *.egg-info lists the
	// files of the package, because there is no git to ask.
	Releases map[string]bool
	// GuessedVersions are those of Versions that are made from an older tag.
	GuessedVersions []GuessedVersion
	// passed are the build arguments of the build.
	passed map[string]string

	// uvBuilds, uvConfig and buildConstraints are the build settings in uv's
	// tables; see PackageBuild.
	uvBuilds         []PackageSettings
	uvConfig         []Variable
	buildConstraints []Requirement
	// indexPins are PDM's include_packages; see IndexFor.
	indexPins []indexPattern

	// files is the context, for Requirements.
	files *store
	// staticDependencies is true if a table has the main dependencies, even as
	// an empty list.
	staticDependencies bool
}

// Metadata are the fields of [project], or of another tool's table instead of
// it. The choice of Python, the lock and the resolution read it.
type Metadata struct {
	// Name is [project] name as written, or that of another tool's table;
	// empty if none gives it.
	Name source.At[string]
	// NameError is the error for a name that no package may have; nil if the
	// name is valid. It does not matter to a project that is not packaged.
	NameError *source.Error
	// Version is [project] version; empty if it is dynamic or missing.
	Version source.At[string]
	// RequiresPython is requires-python as written; its V is "" if there is
	// none.
	RequiresPython source.At[string]
	// Requires is RequiresPython parsed; empty if there is none.
	Requires pep440.SpecifierSet
	// Origin says which tables have Name, Dependencies and so on.
	Origin Origin

	// Dependencies are the main dependencies, without those of requirement
	// files.
	Dependencies []Requirement
	// Extras are the optional dependencies, in the order of the file.
	Extras []Set
	// Groups are the dependency groups with all their includes resolved.
	Groups []Set
	// Unasked are the groups that the project's own tool installs unless it is
	// told not to.
	Unasked []UnaskedGroup
	// DynamicDependencies is true if only the build backend knows the main
	// dependencies; DynamicExtras is the same for extras.
	DynamicDependencies, DynamicExtras bool

	// Scripts are the console scripts, GUIScripts the graphical ones.
	Scripts, GUIScripts []Script
}

// Packaging says whether and how the project becomes a wheel.
type Packaging struct {
	// BuildSystem is [build-system]; nil if there is none.
	BuildSystem *BuildSystem
	// OnlyMember is true if the build file is the root of a uv workspace without a
	// project of its own, and this is the workspace's only project.
	OnlyMember bool
	// Unpackaged is the [build-system] of a project that has nothing to package
	// and is copied like an application; then BuildSystem is nil.
	Unpackaged *BuildSystem
	// Script is true if the build file is a Python file with metadata (PEP 723).
	Script bool
	// VCSVersion is set if the build backend asks version control for the
	// version; otherwise nil.
	VCSVersion *VCSVersion
	// BuildFiles are files that the build of the project's own wheel reads in
	// addition to the code, because [project] or a tool's table names them: the
	// readme, dynamic dependencies. BuildPatterns are those of licence files.
	BuildFiles, BuildPatterns []source.At[string]
	// SentAnyway are those of them that .dockerignore leaves out, by their names in
	// the context: it keeps them out of the image, and the wheel needs them.
	SentAnyway []string
}

// Resolution are the fields besides the dependencies that decide which packages
// are installed: requirement files and the tables of other tools.
type Resolution struct {
	// Locker is the tool that locks the project.
	Locker Locker
	// RequirementFiles are those of Settings.Requirements, in order, or the
	// requirements.txt that is read by default.
	RequirementFiles []RequirementFile
	// Indexes are all package indexes, of [tool.moult] and of the other
	// tools' tables, each once.
	Indexes []Index
	// Sources are the sources of single packages.
	Sources []Source
	// Workspace is [tool.uv.workspace] of this project, or of a folder above it if
	// the project is a member; nil if there is none.
	Workspace *Workspace
	// Constraints limit versions and require no package (uv's
	// constraint-dependencies).
	Constraints []Requirement

	// ResolverSettings are those of other tools' resolvers that pip does not
	// have. Without a lock they are refused.
	ResolverSettings []ResolverSetting
	// Prereleases is true if another tool's table allows pre-releases of all
	// packages, which pip's --pre does, too.
	Prereleases bool
	// UVLocking is what uv.lock remembers of [tool.uv].
	UVLocking UVLocking
	// UnusedPins is the first pinned line of a requirements.txt that is not used,
	// because a table has the dependencies; invalid if there is none.
	UnusedPins source.Pos
}

// PythonFiles are the releases of Python that files beside the build file name.
type PythonFiles struct {
	// PythonVersion is the content of .python-version; nil if there is none.
	PythonVersion *PythonRequest
	// Processes are those of the Procfile. Process is the name of the one that the
	// requested target starts; "" if the target is none.
	Processes []Process
	Process   string
	// PyenvName is the name of a virtual environment of pyenv that
	// .python-version has instead of a version.
	PyenvName string
	// PythonHint is the release that another tool's file names (runtime.txt,
	// .tool-versions, mise.toml, the Dockerfile); nil where none does.
	PythonHint *PythonRequest
	// DevelopmentPython is the release of the container in which the authors work;
	// nil if there is none.
	DevelopmentPython *PythonRequest
}

// ReadFiles returns all files that were read so far, sorted by name.
func (p *Project) ReadFiles() []*source.File { return p.files.all() }

// Origin names the tables that describe the project.
type Origin string

// The origins, in the order in which they are looked for.
const (
	OriginNone     Origin = ""         // only requirement files, or nothing
	OriginStandard Origin = "standard" // [project]
	OriginPoetry   Origin = "poetry"   // [tool.poetry]
	OriginPipenv   Origin = "pipenv"   // Pipfile
	// OriginSetuptools is a project whose metadata is in setup.cfg or setup.py.
	OriginSetuptools Origin = "setuptools"
)

// Set is an extra or a dependency group.
type Set struct {
	// Name is the name as written.
	Name source.At[string]
	// Requirements are its requirements.
	Requirements []Requirement
}

// Script is an entry of [project.scripts].
type Script struct {
	Name   source.At[string]
	Target source.At[string]
}

// Module is the module that the script imports: "shop.cli" of
// "shop.cli:main".
func (s Script) Module() string {
	module, _, _ := strings.Cut(s.Target.V, ":")
	return strings.TrimSpace(module)
}

// BuildSystem is [build-system].
type BuildSystem struct {
	Pos         source.Pos
	Requires    []Requirement
	Backend     source.At[string]   // "" means setuptools' legacy backend
	BackendPath []source.At[string] // folders in the context
	// Pyproject is the content of the pyproject.toml that the backend gets
	// instead of the user's, without tables that it does not read; "" for the
	// user's.
	Pyproject string
	// AsksNothing is true if it is known that the backend requires nothing beyond Requires.
	AsksNothing bool
}

// Requirement is one thing to install: a PEP 508 requirement, a folder or a
// file of the context, or a repository.
type Requirement struct {
	pep508.Requirement
	// Pos is where it was written.
	Pos source.Pos
	// Path is a folder, wheel or sdist in the context, for "./dir" and
	// "-e ./dir" in requirement files and paths in other tools' tables; then
	// Name may be empty.
	Path string
	// Editable is true for "-e".
	Editable bool
	// Hashes are those of "--hash", each "sha256:...".
	Hashes []string
	// ConfigSettings are those of "--config-settings", each "key=value".
	ConfigSettings []string
	// Source is its source if its own entry has one, as in Poetry and Pipenv;
	// otherwise nil.
	Source *Source
	// ReadBy is the only tool that reads its table; "" for a table of the
	// standards.
	ReadBy Locker
	// Versions are the required versions if Specifier cannot express them,
	// because there are alternatives ("^1 || ^3"); otherwise nil.
	Versions *constraint.Constraint
	// Unreadable is what is wrong with the versions of a Pipfile. Pipenv reads them
	// only to lock.
	Unreadable error
}

// RequirementFile is a requirement file with the content of all files that it
// includes.
type RequirementFile struct {
	// Name is the file's name in the context, with the position that names it.
	Name source.At[string]
	// Requirements and Constraints are the lines of the file and of the files
	// it includes, in order.
	Requirements, Constraints []Requirement
	// ConstraintURLs are the addresses of more constraints.
	ConstraintURLs []source.At[string]
	// Options are the options of the file and of the files it includes.
	Options RequirementOptions
}

// RequirementOptions are the options a requirement file may set for pip.
type RequirementOptions struct {
	IndexURL       *source.At[string]
	ExtraIndexURLs []source.At[string]
	FindLinks      []source.At[string] // URLs, or folders of the context
	NoIndex        bool
	NoBinary       []source.At[string] // names, ":all:" or ":none:"
	OnlyBinary     []source.At[string]
	PreferBinary   bool
	Pre            bool
	RequireHashes  bool
	// AllReleases are packages whose pre-releases are allowed, OnlyFinal those
	// whose pre-releases are not; names, ":all:" or ":none:".
	AllReleases, OnlyFinal []source.At[string]
	TrustedHosts           []source.At[string]
}

// PythonRequest is a Python version as .python-version or a setting gives it.
type PythonRequest struct {
	// Pos is where it was written.
	Pos source.Pos
	// Text is the version, "3.13" or "3.13.2".
	Text string
	// Minor is "3.13".
	Minor string
	// Full is "3.13.2" if it has a patch version, else "".
	Full string
	// FreeThreaded is true for "3.14t".
	FreeThreaded bool
	// Asked is the release that the file names, if this one stands for it, because
	// it is too old to be built for; else "".
	Asked string
}

// Index is a package index.
type Index struct {
	// Pos is where the index was written.
	Pos source.Pos
	// Name is its name; may be empty.
	Name string
	// URL is that of the simple API, without credentials.
	URL source.At[string]
	// Default is true for the index that replaces PyPI.
	Default bool
	// Explicit is true for an index that serves only packages that a Source pins
	// to it.
	Explicit bool
	// Secret is the id of the build secret that holds "user:password" or a
	// token; "" if none.
	Secret source.At[string]
}

// Source is the source of one package ([tool.uv.sources] and similar tables).
type Source struct {
	// Pos is where it was written.
	Pos source.Pos
	// Name is the package's normalized name.
	Name string
	// Exactly one of the following is set.
	Path      string // folder, wheel or sdist in the context
	Workspace bool   // a member of the workspace
	Git       *GitSource
	URL       string
	Index     string // name of an Index
	// Editable is true if the entry says so.
	Editable bool
	// Marker, Extra and Group limit the entry; see pep508. Nil and "" mean no
	// limit.
	Marker       *pep508.Marker
	Extra, Group string
	// Err is the error of the entry: a path that is missing or leaves the
	// context, a workspace without such a member. It is reported only if the
	// entry is used, because many entries are only for development.
	Err error
}

// GitSource is a repository.
type GitSource struct {
	URL          string // https://... or ssh://..., without "git+"
	Rev          string // commit, branch or tag; "" is the default branch
	Ref          string // what Rev is in uv's table: "rev", "tag", "branch"; "" if it does not say
	Subdirectory string
	File         string // a wheel or an sdist of the repository, in place of a folder
}

// Workspace is a uv workspace.
type Workspace struct {
	Pos source.Pos
	// Root is the folder of the workspace, in the context.
	Root string
	// Members are the members' folders with their projects' names, sorted by
	// folder; the root itself is one of them if it has a [project].
	Members []Member
}

// Member is one project of a workspace.
type Member struct {
	Dir  string
	Name string // normalized
	// Conflicts is [tool.uv] conflicts of its pyproject.toml; nil if there is none.
	Conflicts *toml.Node
}

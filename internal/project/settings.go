package project

import (
	"time"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// Settings are the keys of [tool.moult]. A pointer is nil, and a list empty,
// where the key is missing; defaults are the plan's business, except where
// Command and ChoosePython give them.
type Settings struct {
	// Pos is the table's header; the file itself for moult.toml.
	Pos source.Pos

	// Target is the target that the settings are of; "" for [tool.moult] itself.
	Target string
	// Args are the build arguments with their values, in the order of the
	// file. They are expanded already wherever they may be used.
	Args []Arg

	Python *PythonRequest
	// PythonFrom is the image whose Python is added to a base without one.
	PythonFrom   *source.At[string]
	Base         *source.At[string]
	Builder      *source.At[string]
	Requirements []source.At[string] // files of the context
	Extras       []source.At[string]
	Groups       []source.At[string]
	Indexes      []Index
	// Apt, Apk and Dnf are packages of Debian's, Alpine's and Red Hat's kind
	// of distribution. An image uses those of its own kind.
	Apt, Apk, Dnf SystemPackages
	Lock          Lock
	Packages      []PackageSettings
	Build         BuildSettings

	Env         []Variable
	User        *User
	Workdir     *source.At[string] // absolute
	Entrypoint  *Argv
	Cmd         *Argv
	Expose      []Port
	Labels      []Variable
	Healthcheck *Healthcheck
	Stopsignal  *source.At[string]
	Volumes     []source.At[string] // absolute
	// Init is true where an init process starts the command.
	Init *source.At[bool]
	// Writable are folders that the user may write; those of Volumes are not
	// repeated here.
	Writable []Writable

	App    App
	Files  []FileSet
	Stages []Stage
	Steps  []Step
	// Bytecode is nil where the key is missing, which means on.
	Bytecode *source.At[bool]
}

// Arg is an entry of [tool.moult.args].
type Arg struct {
	Pos  source.Pos
	Name string
	// Value is what the build gives it, else its default. Set says which.
	Value string
	Set   bool
	// Default is nil where the argument has none; then it must be given
	// wherever it is used.
	Default     *source.At[string]
	Description string
	// Choices are the values allowed; none means any.
	Choices []source.At[string]

	// bad is true for one with which something is wrong; what uses it is left
	// out, so that one mistake is said once.
	bad bool
}

// Condition says when an entry of a list counts; the zero value means always.
// An entry whose when is false is not in the Settings at all.
type Condition struct {
	// Arch are the architectures, as in "amd64" and "arm64"; none means all.
	Arch []source.At[string]
	// Extra is the extra that has to be installed; "" means none has to.
	// Whether it is follows from Settings.Extras.
	Extra source.At[string]
}

// SystemPackages is [tool.moult.apt], [tool.moult.apk] or [tool.moult.dnf].
type SystemPackages struct {
	// Build are for the builder alone, Run for the image.
	Build, Run []SystemPackage
	// Env is the environment of the installation alone.
	Env []Variable
	// Repositories are asked beside the image's own.
	Repositories []Repository
}

// SystemPackage is one package of a distribution.
type SystemPackage struct {
	Condition
	Pos source.Pos
	// Name is what the package manager takes: for apt "name", "name:arch",
	// "name=version" or "name/suite". "" where URL is set.
	Name string
	// URL is a package file, with its digest in hex.
	URL    string
	SHA256 string
}

// Repository is one entry of [[tool.moult.apt.repositories]] and its like.
type Repository struct {
	Condition
	Pos source.Pos
	URL source.At[string]
	// Suite is the code name of the distribution where it is ""; Components
	// are "main" where there are none. Both are apt's alone.
	Suite      string
	Components []string
	// Key is the file that signs it.
	Key Key
}

// Key is a public key: a file of the context, or one fetched by its digest.
type Key struct {
	Pos source.Pos
	// File is in the context; "" where URL is set.
	File        string
	URL, SHA256 string
}

// BuildSettings is [tool.moult.build]: what counts for all that is compiled.
type BuildSettings struct {
	// Constraints is a requirement file of the context that limits build
	// requirements; its V is "" if there is none. Constrained are its lines.
	Constraints source.At[string]
	Constrained []Requirement
	Env         []Variable
}

// Writable is a folder that the image's user may write.
type Writable struct {
	Pos source.Pos
	// Path is absolute.
	Path string
	// Mode is the permission bits; 0 where none were given.
	Mode uint32
}

// FileSet is one entry of [[tool.moult.files]]: files that come into the image
// or the builder. At most one of Image, Context, Stage and URL is set; with
// none they come from the build context.
type FileSet struct {
	Condition
	Pos source.Pos
	// Image is an image's reference.
	Image source.At[string]
	// Context is the name of another build context.
	Context source.At[string]
	// Stage is the name of a Stage.
	Stage source.At[string]
	// URL and SHA256 (in hex) are by architecture; "" stands for all.
	URL, SHA256 map[string]source.At[string]
	// Unpack is true where the URL's file is an archive to be unpacked; Strip
	// is how many leading folders are dropped.
	Unpack bool
	Strip  int
	// From is a path or pattern inside the source, relative to its root, "."
	// for all; for the build context it is relative to the context's root.
	From source.At[string]
	// To is absolute; a slash at its end means into that folder.
	To      source.At[string]
	Exclude []source.At[string]
	// Mode is the permission bits; 0 means as they are.
	Mode uint32
	// Owner is "" for root, "user" for the image's user, or "uid:gid".
	Owner string
	// InImage and InBuilder say where they are put.
	InImage, InBuilder bool
}

// Stage is [tool.moult.stage.NAME]: another image in which something is built.
type Stage struct {
	Pos  source.Pos
	Name string
	// Image is its reference; "" for the builder's image.
	Image source.At[string]
	// Dir is the folder of the context that it works on.
	Dir     string
	Exclude []source.At[string]
	// Workdir is absolute.
	Workdir string
	Env     []Variable
	// Apt, Apk and Dnf are packages for it.
	Apt, Apk, Dnf []SystemPackage
	// Venv is true where the Python environment is at its place.
	Venv    bool
	Steps   []Step
	Outputs []Output
}

// Output is a result of a stage.
type Output struct {
	Pos source.Pos
	// From is absolute in the stage.
	From string
	// To is absolute in the image, or relative to the project's folder, where
	// it is put before the project is built or copied.
	To string
}

// Lock is the key lock: a file, or false.
type Lock struct {
	Pos source.Pos
	// File is the lock's name in the context; "" where the key is missing or
	// false.
	File string
	// Off is true for `lock = false`: no lock file is looked for.
	Off bool
}

// PackageSettings is [tool.moult.package.NAME].
type PackageSettings struct {
	// Pos is that of the path if there is one, else that of the table.
	Pos source.Pos
	// Name is normalized.
	Name string
	// Path is the folder, wheel or sdist of the context it is made from; ""
	// where the key is missing.
	Path string
	// Index is the name of the index it is taken from, and from no other; its
	// V is "" where the key is missing.
	Index source.At[string]
	// Apt, Apk and Dnf are packages for its builder alone.
	Apt, Apk, Dnf []SystemPackage
	// Env is the environment of its build.
	Env []Variable
	// NoBinary is true where it is built even though a wheel fits.
	NoBinary bool
	// NoIsolation is true for build-isolation = false: its build sees the
	// packages of the environment.
	NoIsolation bool
	// Network is true where its build reaches the network.
	Network bool
	// Large is true where its wheel may be far larger unpacked than packed.
	Large bool
	// BuildRequires are added to what its [build-system] requires.
	BuildRequires []Requirement
	// ConfigSettings are for its build backend (PEP 517).
	ConfigSettings []Variable
}

// Variable is one entry of env or labels.
type Variable struct {
	Pos  source.Pos // of the key
	Name string
	// Value has the build arguments in it. Where Open is true it also refers
	// to variables that the reader does not know (of an image, or of entries
	// before it): ExpandEnv gives the final values. Of labels, config settings
	// and what is set for builds none is open.
	Value source.At[string]
	open  template // nil where nothing is left to replace
}

// Open reports whether the value refers to other variables, as in
// "/opt/bin:${PATH}"; ExpandEnv replaces them.
func (v Variable) Open() bool { return v.open != nil }

// Argv is a command as an argument list. An empty list is one that was written
// as [], to have none.
type Argv struct {
	Pos  source.Pos
	Args []source.At[string]
}

// Strings gives the bare arguments.
func (a *Argv) Strings() []string {
	if a == nil {
		return nil
	}
	args := make([]string, len(a.Args))
	for i, arg := range a.Args {
		args[i] = arg.V
	}
	return args
}

// User is the key user: "name", "uid", or either with ":group"; or a table, by
// which it is made.
type User struct {
	Pos source.Pos
	// Make is true for a table: Name, UID and GID are all set, and the user is
	// added to the image unless it has it.
	Make bool
	// Home is the home folder of a user that is made; absolute.
	Home string
	// Name is a user that the base image has; "" where UID is meant.
	Name string
	// UID is the number; -1 where Name is meant.
	UID int
	// Group is a group's name that the base image has; "" where GID is meant
	// or nothing was said.
	Group string
	// GID is the number; -1 where Group is meant or nothing was said.
	GID int
	// Text is what was written, in the image configuration's form.
	Text string
}

// IsRoot reports whether the user is root, by name or by number.
func (u *User) IsRoot() bool { return u != nil && (u.UID == 0 || u.Name == "root") }

// Port is one entry of expose.
type Port struct {
	Pos source.Pos
	// Port is "8000" or "8000-8010".
	Port string
	// Protocol is "tcp", "udp" or "sctp".
	Protocol string
}

// String gives "8000/tcp", the image configuration's form.
func (p Port) String() string { return p.Port + "/" + p.Protocol }

// Healthcheck is [tool.moult.healthcheck]. A zero duration is one that was not
// given.
type Healthcheck struct {
	Pos source.Pos
	// Off is true for `healthcheck = false`: the base image's is switched
	// off.
	Off           bool
	Cmd           Argv
	Interval      time.Duration
	Timeout       time.Duration
	StartPeriod   time.Duration
	StartInterval time.Duration
	// Retries is 0 where it was not given.
	Retries int
}

// App is [tool.moult.app]: patterns in .dockerignore's syntax, relative to the
// project's folder.
type App struct {
	// Include is what of the folder is the application; nil means all.
	Include []source.At[string]
	// Exclude is what of that is not.
	Exclude []source.At[string]
	// Executable is what of that is made executable.
	Executable []source.At[string]
	// To is the absolute folder in the image; its V is "" for the default.
	To source.At[string]
}

// Step is one entry of [[tool.moult.steps]] or of a stage's steps.
type Step struct {
	Condition
	Pos source.Pos
	// Name is what the build's log calls it; "" if none was given.
	Name    string
	Run     Argv
	Env     []Variable
	Secrets []StepSecret
	Caches  []StepCache
	// Network is true where the step may reach the network.
	Network bool
	// SSH is true where the step may use the build's SSH agent.
	SSH bool
	// Inputs are patterns of the files it reads; nil means all, an empty list
	// none.
	Inputs []source.At[string]
	// Outputs are absolute paths of what it leaves; nil means all it writes,
	// an empty list nothing.
	Outputs []source.At[string]
	// InBuilder is true where it runs in the builder instead of the image.
	InBuilder bool
}

// StepSecret is a build secret that a step may read.
type StepSecret struct {
	Pos source.Pos
	ID  string
	// Env is the variable it is put into; "" where it is a file.
	Env string
	// File is the file it is put into; "" where it is a variable. The default
	// is /run/secrets/ID.
	File string
	// Optional is true where the step also runs without it.
	Optional bool
}

// StepCache is a folder that is kept from build to build.
type StepCache struct {
	Pos source.Pos
	// Path is the absolute folder.
	Path string
	// ID names the cache; "" means by its path.
	ID string
}

// entries is short for the ordered tables of this package.
type entries = toml.Entries[*toml.Node]

package project

import (
	"time"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// Settings are the keys of [tool.moult]. If a key is missing, its pointer is
// nil and its list is empty. The plan sets the defaults, except those that
// Command and ChoosePython set.
type Settings struct {
	// Pos is the table's header; the file itself for moult.toml.
	Pos source.Pos

	// Target is the target that the settings are of; "" for [tool.moult] itself.
	Target string
	// Args are the build arguments with their values, in the order of the file.
	// They are already expanded in all values that may use them.
	Args []Arg

	BaseSettings
	ResolutionSettings
	ImageSettings
	ContentSettings
}

// BaseSettings say which images the result is built on and in, and what is
// added to them. ChoosePython and the plan's choice of base and builder read
// them.
type BaseSettings struct {
	Python *PythonRequest
	// PythonFrom is the image whose Python is added to a base without one.
	PythonFrom *source.At[string]
	Base       *source.At[string]
	Builder    *source.At[string]
	// Apt, Apk and Dnf are packages of Debian's, Alpine's and Red Hat's kind
	// of distribution. An image uses those of its own kind.
	Apt, Apk, Dnf SystemPackages
}

// ResolutionSettings say which packages are installed and how they are found
// and built. The reader of the requirements, the locks and the plan of the
// virtual environment read them.
type ResolutionSettings struct {
	Requirements []source.At[string] // files of the context
	Extras       []source.At[string]
	// Groups is nil if the build file does not say it, and empty if it wants none.
	Groups   []source.At[string]
	Indexes  []Index
	Lock     Lock
	Packages []PackageSettings
	Build    BuildSettings
	// Version is the version of packages of the context whose version is in
	// version control; nil if the key is missing.
	Version *source.At[string]
}

// ImageSettings become the image's configuration, its user and its folders.
// Command and the plan's image read them.
type ImageSettings struct {
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
	// Init is true if an init process starts the command.
	Init *source.At[bool]
	// Writable are folders that the user may write; those of Volumes are not
	// repeated here.
	Writable []Writable
}

// Arg is an entry of [tool.moult.args].
type Arg struct {
	Pos  source.Pos
	Name string
	// Value is the value that the build passes, or else the default. Set is true
	// for the former.
	Value string
	Set   bool
	// Default is nil if the argument has none; then a build must pass it if it
	// is used.
	Default     *source.At[string]
	Description string
	// Choices are the allowed values; none means any.
	Choices []source.At[string]

	// bad is true if the argument has an error. Values that use it are skipped,
	// so that the error is reported once.
	bad bool
}

// Condition says when an entry of a list applies; the zero value means
// always. An entry whose when is false is not in the Settings at all.
type Condition struct {
	// Arch are the architectures, as in "amd64" and "arm64"; none means all.
	Arch []source.At[string]
	// Extra is the extra that must be in Settings.Extras; "" means none.
	Extra source.At[string]
}

// SystemPackages is [tool.moult.apt], [tool.moult.apk] or [tool.moult.dnf].
type SystemPackages struct {
	// Build are for the builder only, Run for the image.
	Build, Run []SystemPackage
	// Automatic is false if packages that Python packages need are not added; nil
	// if the build file does not say it. Only apt has it.
	Automatic *source.At[bool]
	// Env are variables for the installation only.
	Env []Variable
	// Repositories are used in addition to the image's own.
	Repositories []Repository
}

// SystemPackage is one package of a distribution.
type SystemPackage struct {
	Condition
	Pos source.Pos
	// Name is the name in the package manager's form: for apt "name", "name:arch",
	// "name=version" or "name/suite". It is "" if URL is set.
	Name string
	// URL is the address of a package file, SHA256 its digest in hex.
	URL    string
	SHA256 string
}

// Repository is one entry of [[tool.moult.apt.repositories]], or of the same
// table of apk or dnf.
type Repository struct {
	Condition
	Pos source.Pos
	URL source.At[string]
	// An empty Suite is the code name of the distribution; empty Components are
	// "main". Both are for apt only.
	Suite      string
	Components []string
	// Key is the file that signs it.
	Key Key
}

// Key is a public key: a file of the context, or one fetched by its digest.
type Key struct {
	Pos source.Pos
	// File is its name in the context; "" if URL is set.
	File        string
	URL, SHA256 string
}

// BuildSettings is [tool.moult.build]: the settings for every build of a
// package.
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
	// Mode is the permission bits; 0 if the key is missing.
	Mode uint32
}

// Lock is the key lock: a file, or false.
type Lock struct {
	Pos source.Pos
	// File is the lock's name in the context; "" if the key is missing or false.
	File string
	// Off is true for `lock = false`: no lock is used.
	Off bool
}

// PackageSettings is [tool.moult.package.NAME].
type PackageSettings struct {
	// Pos is that of the path if there is one, else that of the table.
	Pos source.Pos
	// Name is normalized.
	Name string
	// Path is the folder, wheel or sdist of the context from which it is made;
	// "" if the key is missing.
	Path string
	// Index is the name of the index that it is pinned to; its V is "" if the
	// key is missing.
	Index source.At[string]
	// Apt, Apk and Dnf are packages for its build only.
	Apt, Apk, Dnf []SystemPackage
	// Env is the environment of its build.
	Env []Variable
	// NoBinary is true if it is built even if a wheel fits.
	NoBinary bool
	// NoIsolation is true for build-isolation = false: its build sees the
	// packages of the environment.
	NoIsolation bool
	// Network is true if its build has the network.
	Network bool
	// Large is true if its wheel may be more than 100 times as large unpacked.
	Large bool
	// Omit is true for install = false: the image does not get it.
	Omit bool
	// Version is its version if that is in version control; its V is "" if the
	// key is missing.
	Version source.At[string]
	// BuildRequires are added to the requirements of its [build-system].
	BuildRequires []Requirement
	// ConfigSettings are for its build backend (PEP 517).
	ConfigSettings []Variable
}

// Variable is one entry of env or labels.
type Variable struct {
	Pos  source.Pos // of the key
	Name string
	// Value is the value after build arguments are expanded. If Open is true, it
	// also refers to variables that the reader does not know (of an image, or of
	// earlier entries), which ExpandEnv expands. Labels, config settings and
	// variables for builds are never open.
	Value source.At[string]
	open  template // nil where nothing is left to replace
}

// Open reports whether the value refers to other variables, as in
// "/opt/bin:${PATH}"; ExpandEnv replaces them.
func (v Variable) Open() bool { return v.open != nil }

// Argv is a command as an argument list. An empty list was written as [], for
// no command.
type Argv struct {
	Pos  source.Pos
	Args []source.At[string]
}

// Strings returns the arguments without positions.
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

// User is the key user: "name", "uid", or either with ":group"; or a table for
// a user to add.
type User struct {
	Pos source.Pos
	// Make is true for a table. Then Name, UID and GID are all set, and the user
	// is added to the image unless the image already has it.
	Make bool
	// Home is the home folder of a user to add; absolute.
	Home string
	// Name is a user of the base image; "" if UID is set.
	Name string
	// UID is the number; -1 if Name is set.
	UID int
	// Group is the name of a group of the base image; "" if the key has a number
	// or no group.
	Group string
	// GID is the number of the group; -1 if the key has a name or no group.
	GID int
	// Text is the value of the key, in the form of the image configuration.
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

// Healthcheck is [tool.moult.healthcheck]. A zero duration means that the key
// is missing.
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
	// Retries is 0 if the key is missing.
	Retries int
}

// entries is the type of an ordered table of this package.
type entries = toml.Entries[*toml.Node]

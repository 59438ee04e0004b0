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

	Python       *PythonRequest
	Base         *source.At[string]
	Builder      *source.At[string]
	Requirements []source.At[string] // files of the context
	Extras       []source.At[string]
	Groups       []source.At[string]
	Indexes      []Index
	Apt          Apt
	Lock         Lock
	Packages     []PackageSettings

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

	App   App
	Steps []Step
	// Bytecode is nil where the key is missing, which means on.
	Bytecode *source.At[bool]
}

// Apt is [tool.moult.apt].
type Apt struct {
	// Build are Debian packages for the builder alone, Run those for the
	// image; each "name", "name:arch", "name=version" or "name/suite".
	Build, Run []source.At[string]
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
}

// Variable is one entry of env or labels.
type Variable struct {
	Pos   source.Pos // of the key
	Name  string
	Value source.At[string]
}

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

// User is the key user: "name", "uid", or either with ":group".
type User struct {
	Pos source.Pos
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
}

// Step is one entry of [[tool.moult.steps]].
type Step struct {
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

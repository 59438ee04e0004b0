// Package plan makes all decisions of a build. Its input are project,
// resolution and environment. Its output is a Plan, which describes as data
// everything that a build will do for one platform and can be printed as
// JSON. Package llb only encodes it.
//
// The package does not talk to BuildKit, read files or ask a clock: the same
// input gives the same plan.
package plan

import (
	"time"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/source"
)

// Plan is everything that a build will do for one platform.
type Plan struct {
	// Project is the project's name, for labels and progress.
	Project     string                  `json:"project"`
	Environment environment.Environment `json:"environment"`
	// PythonReason says why this release was chosen; empty if the build file or
	// its base says it.
	PythonReason string `json:"pythonReason,omitempty"`
	// Base is the reference of the image that the result is built on.
	Base string `json:"base"`
	// Building is the work in the builder; nil if there is none. Then the
	// builder's image is not even resolved.
	Building *Building `json:"building,omitempty"`
	// PythonFrom is the image whose Python is added to the base; nil if the base
	// has one.
	PythonFrom *PythonFrom `json:"pythonFrom,omitempty"`
	// System are the distribution's packages added to the base.
	System *SystemPackages `json:"system,omitempty"`
	// Packages are the packages of the virtual environment, by name.
	Packages []Package `json:"packages"`
	// Layers are all layers of the image above its base, in order.
	Layers []Layer `json:"layers"`
	// Bytecode reports whether modules are compiled.
	Bytecode bool `json:"bytecode"`
	// LibraryBytecode is the standard library's bytecode, which is added to a
	// base without it; nil if nothing is added.
	LibraryBytecode *LibraryBytecode `json:"libraryBytecode,omitempty"`
	// App are the application's files; nil if the project is a package.
	App *App `json:"app,omitempty"`
	// User is added to the image's accounts. Folders are created, parents first.
	User    *User    `json:"user,omitempty"`
	Folders []Folder `json:"folders,omitempty"`
	// Init is copied into an image without a package manager that has it; nil if
	// none is wanted or a package contains it.
	Init *Init `json:"init,omitempty"`
	// Files do not belong to the application; each entry is a layer of its own.
	Files []Files `json:"files,omitempty"`
	// Stages are other images in which something is built for the image, the
	// builder or the project's folder.
	Stages []Stage `json:"stages,omitempty"`
	// Steps run one after another after everything else is in the image.
	Steps []Step `json:"steps,omitempty"`
	// Image is the configuration that the project adds to the base's. Config is
	// the whole configuration: that of the base, BaseConfig, with Image.
	Image      Image  `json:"image"`
	Config     Config `json:"config"`
	BaseConfig Config `json:"baseConfig"`
}

// Building is the work in the builder, which has a compiler and the network.
type Building struct {
	// Image is the builder's reference.
	Image string `json:"image"`
	// System are the distribution's packages added to it.
	System *SystemPackages `json:"system,omitempty"`
	// Files are copied into it.
	Files []Files `json:"files,omitempty"`
	// Indexes are asked for packages; none means pip's default.
	Indexes []Index `json:"indexes,omitempty"`
	// Resolve runs pip's resolver; nil with a lock.
	Resolve *Resolve `json:"resolve,omitempty"`
	// Sources are trees that become wheels, by name.
	Sources []Source `json:"sources,omitempty"`
}

// Resolve is the run of pip's resolver for an unlocked project.
type Resolve struct {
	// Requirements is pip's list, with one PEP 508 requirement or pip option on
	// each line. It is derived from the project and contains only lines that can
	// change the resolution.
	Requirements []string `json:"requirements"`
	// Constraints is the same for constraints.
	Constraints []string `json:"constraints,omitempty"`
	// Options are options of pip from requirement files.
	Options []string `json:"options,omitempty"`
	// Dynamic are the names of Sources whose wheels the resolver needs, because
	// their requirements are not known otherwise. They are part of its result.
	Dynamic []string `json:"dynamic,omitempty"`
	// Extras are the extras of Dynamic, by name.
	Extras map[string][]string `json:"extras,omitempty"`
	// Pinned are the names of Sources whose wheels the resolver has to take if
	// it needs these packages at all.
	Pinned []string `json:"pinned,omitempty"`
	// BuildConstraints limit the build requirements of packages. Env are the
	// environment variables of all builds.
	BuildConstraints []string   `json:"buildConstraints,omitempty"`
	Env              []Variable `json:"env,omitempty"`
	// Files are wheels and sdists of the context that it installs.
	Files []string `json:"files,omitempty"`
	// SSH reports whether a requirement is fetched by git over SSH. Git are the
	// hosts from which requirements are fetched by git over HTTPS.
	SSH bool       `json:"ssh,omitempty"`
	Git []string   `json:"git,omitempty"`
	Pos source.Pos `json:"-"`
}

// Source is a source tree that is built into one wheel.
type Source struct {
	// Name is the normalised name of the package.
	Name string `json:"name"`
	// Origin says where the tree is.
	Origin TreeOrigin `json:"-"`
	// Subdirectory is the project's folder in the tree.
	Subdirectory string `json:"subdirectory,omitempty"`
	// Version is the version that a lock gives to a tree without version
	// control; empty for folders of the context, and for what is no tree.
	Version string `json:"version,omitempty"`
	// Backend, Requires and BackendPath are its [build-system] (PEP 517). An
	// empty Backend means that the step has to read it from the tree.
	Backend     string   `json:"backend,omitempty"`
	Requires    []string `json:"requires,omitempty"`
	BackendPath []string `json:"backendPath,omitempty"`
	// AsksNothing is true if it is known that the backend requires nothing beyond Requires.
	AsksNothing bool `json:"asksNothing,omitempty"`
	// setupOnly is true if it has a setup.py or setup.cfg and no pyproject.toml.
	setupOnly bool
	// System are packages of the distribution for this build only, Env are its
	// environment variables, Config are the settings for its backend.
	System *SystemPackages `json:"system,omitempty"`
	Env    []Variable      `json:"env,omitempty"`
	Config []Variable      `json:"config,omitempty"`
	// ExtraRequires are build requirements in addition to those of its
	// [build-system]; they replace one of the same name. Constraints limit all
	// of them.
	ExtraRequires []string `json:"extraRequires,omitempty"`
	Constraints   []string `json:"constraints,omitempty"`
	// EnvironmentPackages are the names of packages of the virtual environment that its
	// build sees.
	EnvironmentPackages []string `json:"environmentPackages,omitempty"`
	// Network is whether its backend reaches the network.
	Network bool       `json:"network,omitempty"`
	Pos     source.Pos `json:"-"`
}

// Choice says how the file of an unlocked package is chosen: the best one for
// the image on the indexes. If it is a wheel, nothing has to be built.
type Choice struct {
	// Requirement is the package with its allowed versions.
	Requirement string `json:"requirement"`
	// Indexes are the only indexes that are asked.
	Indexes []Index `json:"indexes"`
	// Target is the interpreter that a wheel has to fit, in the form of package
	// tags.
	Target string `json:"target"`
	// NoBinary leaves wheels out.
	NoBinary bool `json:"noBinary,omitempty"`
	// Pre allows releases before the final one.
	Pre bool `json:"pre,omitempty"`
}

// Git is a commit of a repository: a tree, or a file of it.
type Git struct {
	URL string `json:"url"`
	// Commit is the full id.
	Commit string `json:"commit"`
	// File is the path of a wheel or an sdist in the repository. Nothing else of
	// the repository is used then. SHA256 is its digest in hex, if it is known.
	File   string `json:"file,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

// SystemPackages are packages of a distribution that are added to an image.
type SystemPackages struct {
	// Manager is the kind of package manager: environment.Apt, Apk or Dnf.
	Manager string `json:"manager"`
	// Packages are their names, sorted.
	Packages []string `json:"packages,omitempty"`
	// Files are package files.
	Files []Download `json:"files,omitempty"`
	// Repositories are used in addition to the image's own.
	Repositories []Repository `json:"repositories,omitempty"`
	// Env is the installation's environment.
	Env []Variable `json:"env,omitempty"`
	// Automatic are those of Packages that the build file does not name, each with
	// the Python package that cannot work without it.
	Automatic []Automatic `json:"automatic,omitempty"`
	Pos       source.Pos  `json:"-"`
}

// Automatic is a package of the distribution that a Python package needs.
type Automatic struct {
	Package string `json:"package"`
	For     string `json:"for"`
}

// Repository is a package repository of a distribution.
type Repository struct {
	URL string `json:"url"`
	// An empty Suite is the distribution's code name. Suite and Components are
	// for apt only.
	Suite      string   `json:"suite,omitempty"`
	Components []string `json:"components,omitempty"`
	// Key is the public key: a file of the context or a download. Without both,
	// the image's own keys are used.
	KeyFile string     `json:"keyFile,omitempty"`
	Key     *Download  `json:"key,omitempty"`
	Pos     source.Pos `json:"-"`
}

// Index is a package index.
type Index struct {
	Name string `json:"name,omitempty"`
	URL  string `json:"url"`
	// Secret is the id of the build secret with its credentials.
	Secret string `json:"secret,omitempty"`
}

// Package is one package of the virtual environment.
type Package struct {
	// Name is the normalised name (PEP 503).
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	// Size is the wheel's size in bytes, 0 where it is not known yet.
	Size int64 `json:"size,omitempty"`
	// Unpacked is the size of its files in bytes, 0 where it is not known.
	Unpacked int64 `json:"unpacked,omitempty"`
	// Origin says where its wheel comes from.
	Origin WheelOrigin `json:"-"`
	// Reason says why it has this origin in a few words, for people.
	Reason string `json:"reason,omitempty"`
	// Large is whether its files may be far larger than its wheel.
	Large bool `json:"large,omitempty"`
	// DirectURL is the content of direct_url.json (PEP 610) for a package that
	// does not come from an index; empty for others.
	DirectURL string     `json:"directURL,omitempty"`
	Pos       source.Pos `json:"-"`
}

// Download is a file that is identified by its content.
type Download struct {
	URL      string `json:"url"`
	Filename string `json:"filename"`
	// SHA256 is the file's digest in hex.
	SHA256 string `json:"sha256"`
	// Secret is the id of the build secret with the credentials of its
	// index, or empty.
	Secret string `json:"secret,omitempty"`
}

// App are the application's files.
type App struct {
	// Include are .dockerignore patterns of the files that belong to it; none
	// means all files.
	Include []string `json:"include,omitempty"`
	// Exclude are .dockerignore patterns of the files that do not.
	Exclude []string `json:"exclude,omitempty"`
	// From is the folder in the context, Dir the one in the image.
	From string `json:"from"`
	Dir  string `json:"dir"`
	// Executable are patterns of files that are made executable, whatever their
	// mode in the context.
	Executable []string `json:"executable,omitempty"`
	// Parents are the parent directories of Dir, as the image has them.
	Parents []ParentDirectory `json:"parents,omitempty"`
	// Added are outputs of stages that are copied into it.
	Added []Added `json:"added,omitempty"`
	// Open is true if everybody may create files in Dir, which is the last of
	// Parents, and in its folders without Python modules. Nobody but root may
	// change, replace or delete what the build has put there.
	Open bool `json:"open,omitempty"`
}

// Cache is a cache mount of a step.
type Cache struct {
	Path string `json:"path"`
	ID   string `json:"id"`
}

// Variable is an environment variable.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Secret is a build secret of a step: a file, or an environment variable.
type Secret struct {
	ID string `json:"id"`
	// Target is the file's path; Env the variable's name. One is set.
	Target   string `json:"target,omitempty"`
	Env      string `json:"env,omitempty"`
	Optional bool   `json:"optional,omitempty"`
}

// Image is the part of an image's configuration that does not come from its
// base.
type Image struct {
	Env        []Variable `json:"env,omitempty"`
	User       string     `json:"user"`
	WorkingDir string     `json:"workdir"`
	Entrypoint []string   `json:"entrypoint,omitempty"`
	Cmd        []string   `json:"cmd,omitempty"`
	// CommandReason says where the command comes from; empty if the build file
	// says it.
	CommandReason string       `json:"commandReason,omitempty"`
	Expose        []string     `json:"expose,omitempty"`
	Labels        []Variable   `json:"labels,omitempty"`
	Volumes       []string     `json:"volumes,omitempty"`
	StopSignal    string       `json:"stopsignal,omitempty"`
	Healthcheck   *Healthcheck `json:"healthcheck,omitempty"`
	// Pos is the user's.
	Pos source.Pos `json:"-"`
}

// Healthcheck is the command for the image's health check. Test is in the
// form of the image specification, {"CMD", ...} or {"NONE"}.
type Healthcheck struct {
	Test          []string      `json:"test"`
	Interval      time.Duration `json:"interval,omitempty"`
	Timeout       time.Duration `json:"timeout,omitempty"`
	StartPeriod   time.Duration `json:"startPeriod,omitempty"`
	StartInterval time.Duration `json:"startInterval,omitempty"`
	Retries       int           `json:"retries,omitempty"`
}

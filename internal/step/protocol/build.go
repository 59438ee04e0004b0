package protocol

// The commands of moult-build that make wheels. Times (Epoch) are in Unix
// seconds.

// Index is a package index.
type Index struct {
	// URL is the simple index's base, without credentials.
	URL string `json:"url"`
	// Secret is the file that holds "user:password" or a token; empty for an
	// open index.
	Secret string `json:"secret,omitempty"`
}

// Tree is a source tree: a folder, or an archive that holds one.
type Tree struct {
	// Source is the folder; Archive, if it is set, is unpacked instead. It may
	// be a folder that holds only the archive.
	Source  string `json:"source,omitempty"`
	Archive string `json:"archive,omitempty"`
	// SHA256 is the digest in hex that the archive must have; an empty one is any.
	SHA256 string `json:"sha256,omitempty"`
	// Subdirectory is the project's folder in the tree.
	Subdirectory string `json:"subdirectory,omitempty"`
	// Pyproject, if it is set, is a file that is copied over the project's
	// pyproject.toml. It has only the tables that the backend reads, so that a
	// change of the others does not build the tree again.
	Pyproject string `json:"pyproject,omitempty"`
}

// Resolve runs pip's resolver: requirements in, wheels out.
type Resolve struct {
	// Python is the interpreter that has pip.
	Python string `arg:"python"`
	// Requirements is the file with the requirement list, Constraints and
	// BuildConstraints are files with constraints for it and for build
	// requirements.
	Requirements     string `arg:"requirements"`
	Constraints      string `arg:"constraints,optional"`
	BuildConstraints string `arg:"build-constraints,optional"`
	// Wheels are folders with one wheel each: if their packages are needed, the
	// resolver takes these wheels.
	Wheels []string `arg:"wheel"`
	// Own are wheels that are required, whatever an index has of these names.
	Own []OwnWheel `arg:"own"`
	// Indexes are asked in this order, the first one as the main index; none
	// means pip's default.
	Indexes []Index `arg:"index"`
	Output  string  `arg:"output"`
	Epoch   int64   `arg:"epoch"`
}

// OwnWheel is a folder with one wheel, and the extras of its package.
type OwnWheel struct {
	Folder string   `json:"folder"`
	Extras []string `json:"extras,omitempty"`
}

// Prepare creates the virtual environment in which a build backend runs.
type Prepare struct {
	Python string `arg:"python"`
	// Tree, if it is set, has the requirements; otherwise they are Requires.
	Tree *Tree `arg:"tree"`
	// Extra are further requirements, which replace one of the same name.
	Extra []string `arg:"extra"`
	// Constraints is a file that limits all of them.
	Constraints string `arg:"constraints,optional"`
	// Wheels are folders with one wheel each, of packages that the build sees.
	Wheels  []string `arg:"wheel"`
	Indexes []Index  `arg:"index"`
	// Asked is a file of AskBackend. If it names requirements, the existing
	// environment in Output is recreated with them.
	Asked    string   `arg:"asked,optional"`
	Output   string   `arg:"output"`
	Requires []string `arg:"requires,rest"`
}

// AskBackend writes the list of requirements that a backend has in addition
// to those of its tree (get_requires_for_build_wheel of PEP 517). Prepare
// installs them.
type AskBackend struct {
	Python      string   `arg:"python"`
	Environment string   `arg:"environment"`
	Tree        *Tree    `arg:"tree"`
	Backend     string   `arg:"backend,optional"`
	BackendPath []string `arg:"backend-path"`
	Config      []string `arg:"config"`
	Extra       []string `arg:"extra"`
	Output      string   `arg:"output"`
	Epoch       int64    `arg:"epoch"`
}

// BuildWheel builds a source tree with a backend.
type BuildWheel struct {
	Python string `arg:"python"`
	// Environment is the folder that Prepare has made.
	Environment string `arg:"environment"`
	Tree        *Tree  `arg:"tree"`
	// Backend is the PEP 517 backend, imported from BackendPath; if it is empty,
	// it is read from the tree.
	Backend     string   `arg:"backend,optional"`
	BackendPath []string `arg:"backend-path"`
	// Config are settings for the backend, each "key=value".
	Config []string `arg:"config"`
	// Network is true if it has the network; it then trusts the build's
	// certificates.
	Network bool   `arg:"network"`
	Output  string `arg:"output"`
	Epoch   int64  `arg:"epoch"`
}

// Choose finds the file of a package that fits a target, only on the given
// indexes, and downloads it.
type Choose struct {
	Requirement string `arg:"requirement"`
	// Target is the interpreter for the wheel, in the form of tags.Target.
	Target string `arg:"target"`
	// NoBinary excludes wheels; Prereleases allows pre-releases like other
	// versions.
	NoBinary    bool    `arg:"no-binary"`
	Prereleases bool    `arg:"prereleases"`
	Indexes     []Index `arg:"index"`
	Output      string  `arg:"output"`
	Epoch       int64   `arg:"epoch"`
}

// Download fetches a file of an index with a password.
type Download struct {
	// URL is the file's, Secret the file with the credentials.
	URL    string `arg:"url"`
	Secret string `arg:"secret,optional"`
	SHA256 string `arg:"sha256"`
	// Filename is the name of the file in Output.
	Filename string `arg:"filename"`
	Output   string `arg:"output"`
	Epoch    int64  `arg:"epoch"`
}

// Locate asks indexes where the files of a lock are (package indexfiles).
type Locate struct {
	// Request is the file with the request, Cache the folder with earlier
	// answers.
	Request string `arg:"request"`
	Cache   string `arg:"cache"`
	Output  string `arg:"output"`
}

// ShowFailure prints the file Failure of a failed step. It is for a daemon that
// lets a frontend run a container but not read a file of a failed step.
type ShowFailure struct {
	Folder string `arg:"folder"`
}

func (c Resolve) Args() []string    { return encode(c) }
func (c Prepare) Args() []string    { return encode(c) }
func (c BuildWheel) Args() []string { return encode(c) }
func (c AskBackend) Args() []string { return encode(c) }
func (c Choose) Args() []string     { return encode(c) }
func (c Download) Args() []string   { return encode(c) }
func (c Locate) Args() []string     { return encode(c) }

func (c Resolve) Result() string    { return c.Output }
func (c Prepare) Result() string    { return c.Output }
func (c BuildWheel) Result() string { return c.Output }
func (c AskBackend) Result() string { return c.Output }
func (c Choose) Result() string     { return c.Output }
func (c Download) Result() string   { return c.Output }
func (c Locate) Result() string     { return c.Output }

func (c ShowFailure) Args() []string { return encode(c) }
func (c ShowFailure) Result() string { return "" }

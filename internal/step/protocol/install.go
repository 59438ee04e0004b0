package protocol

// The commands of moult-install. Prefix is the virtual environment's absolute
// path in the image, Python the interpreter's version as in its library's folder
// ("3.13", "3.13t").

// CreateVenv creates the virtual environment's skeleton.
type CreateVenv struct {
	Prefix      string `arg:"prefix"`
	Python      string `arg:"python"`
	Interpreter string `arg:"interpreter"`
	Output      string `arg:"output"`
	Epoch       int64  `arg:"epoch"`
}

// InstallWheels installs wheels; files of later wheels replace those of
// earlier ones.
type InstallWheels struct {
	Prefix string `arg:"prefix"`
	Python string `arg:"python"`
	// Interpreter compiles the wheels' modules; without it nothing is compiled.
	Interpreter string      `arg:"interpreter,optional"`
	DirectURLs  []DirectURL `arg:"direct-url"`
	// Large are those of the wheels that may be far larger unpacked than
	// others of their size.
	Large []string `arg:"large"`
	// Identities are the required names and versions of wheels.
	Identities []Identity `arg:"identity"`
	Output     string     `arg:"output"`
	Epoch      int64      `arg:"epoch"`
	// Wheels are files, or folders with one wheel each.
	Wheels []string `arg:"wheels,rest"`
}

// Identity is the required package, version and digest in hex of one of the
// wheels; an empty Version or SHA256 is any.
type Identity struct {
	Wheel   string `json:"wheel"`
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	SHA256  string `json:"sha256,omitempty"`
}

// DirectURL is the origin of one of the wheels (PEP 610).
type DirectURL struct {
	Wheel string `json:"wheel"`
	// Content is the JSON of direct_url.json.
	Content string `json:"content"`
}

// Compile compiles the modules of a folder to bytecode.
type Compile struct {
	// Interpreter is empty if nothing is compiled and only folders are opened.
	Interpreter string `arg:"interpreter,optional"`
	// Source is the folder of the modules, Path their folder in the image.
	Source string `arg:"source"`
	Path   string `arg:"path"`
	// Exclude are names of folders that are not compiled.
	Exclude []string `arg:"exclude"`
	// Checked makes bytecode that Python compares with its source before each use.
	Checked bool `arg:"checked"`
	// Alike gives bytecode the owner and the permissions of its source, and each
	// folder those that it has in Source.
	Alike bool `arg:"alike"`
	// Parents are folders of the layer as the image has them, outermost first.
	Parents []Parent `arg:"parent"`
	// Open opens all folders below Path that hold no modules: everybody may create
	// files there.
	Open   bool   `arg:"open"`
	Output string `arg:"output"`
	// Report is the folder for the answer of package compiled; "" if nobody reads it.
	Report string `arg:"report,optional"`
	Epoch  int64  `arg:"epoch"`
}

// Parent is a folder of an image with its mode and owner.
type Parent struct {
	Path string `json:"path"`
	Mode uint32 `json:"mode"`
	UID  int    `json:"uid,omitempty"`
	GID  int    `json:"gid,omitempty"`
}

// Inspect searches the layers of a virtual environment for conflicts, missing
// libraries and modules.
type Inspect struct {
	Prefix string `arg:"prefix"`
	Python string `arg:"python"`
	Output string `arg:"output"`
	// Layers are folders in the image's order.
	Layers []string `arg:"layers,rest"`
}

func (c CreateVenv) Args() []string    { return encode(c) }
func (c InstallWheels) Args() []string { return encode(c) }
func (c Compile) Args() []string       { return encode(c) }
func (c Inspect) Args() []string       { return encode(c) }

func (c CreateVenv) Result() string    { return c.Output }
func (c InstallWheels) Result() string { return c.Output }
func (c Compile) Result() string       { return c.Output }
func (c Inspect) Result() string       { return c.Output }

package protocol

// The commands of moult-install. Prefix is the virtual environment's absolute
// path in the image, Python the interpreter's version as its library's folder is
// named ("3.13", "3.13t").

// CreateVenv makes the virtual environment's skeleton.
type CreateVenv struct {
	Prefix      string `arg:"prefix"`
	Python      string `arg:"python"`
	Interpreter string `arg:"interpreter"`
	Output      string `arg:"output"`
	Epoch       int64  `arg:"epoch"`
}

// InstallWheels lays wheels out, the later over the earlier.
type InstallWheels struct {
	Prefix string `arg:"prefix"`
	Python string `arg:"python"`
	// Interpreter compiles what the wheels bring; without it nothing is
	// compiled.
	Interpreter string      `arg:"interpreter,optional"`
	DirectURLs  []DirectURL `arg:"direct-url"`
	// Large are those of the wheels that may be far larger unpacked than
	// others of their size.
	Large []string `arg:"large"`
	// Identities are what wheels must be.
	Identities []Identity `arg:"identity"`
	Output     string     `arg:"output"`
	Epoch      int64      `arg:"epoch"`
	// Wheels are files, or folders with one wheel each.
	Wheels []string `arg:"wheels,rest"`
}

// Identity says of one of the wheels of which package and version it must be;
// an empty Version is any.
type Identity struct {
	Wheel   string `json:"wheel"`
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

// DirectURL says of one of the wheels where it comes from (PEP 610).
type DirectURL struct {
	Wheel string `json:"wheel"`
	// Content is the JSON of direct_url.json.
	Content string `json:"content"`
}

// Compile makes bytecode for the modules of a folder.
type Compile struct {
	Interpreter string `arg:"interpreter"`
	// Source is where the modules are, Path where they are in the image.
	Source string `arg:"source"`
	Path   string `arg:"path"`
	// Exclude are names of folders that are not looked into.
	Exclude []string `arg:"exclude"`
	Output  string   `arg:"output"`
	Epoch   int64    `arg:"epoch"`
}

// Inspect looks through the layers of a virtual environment for what does not
// fit together.
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

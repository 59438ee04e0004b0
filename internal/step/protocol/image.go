package protocol

import "io/fs"

// The commands of moult-build that change a file system or make a layer.

// Packages installs packages of a distribution.
type Packages struct {
	// Manager is the package manager: "apt", "apk" or "dnf".
	Manager string `arg:"manager"`
	Epoch   int64  `arg:"epoch"`
	// Repositories are asked in addition to the image's own.
	Repositories []Repository `arg:"repository"`
	// Files are package files, Names packages by their names.
	Files []string `arg:"file"`
	Names []string `arg:"names,rest"`
}

// Repository is a package repository of a distribution.
type Repository struct {
	URL string `json:"url"`
	// Suite and Components are for apt only. An empty suite is the
	// distribution's code name; one that ends with a slash is the path of a flat
	// repository, which has no components.
	Suite      string   `json:"suite,omitempty"`
	Components []string `json:"components,omitempty"`
	// Key is the file with its public key; "" if the image already has the key.
	Key string `json:"key,omitempty"`
}

// Accounts makes a layer with a user and folders.
type Accounts struct {
	// Base is the root of the image that the layer is for.
	Base   string `arg:"base"`
	Output string `arg:"output"`
	Epoch  int64  `arg:"epoch"`
	// User is added to the image's accounts unless they have it.
	User *Account `arg:"user"`
	// Owner is the image's user, in the form of its configuration.
	Owner   string   `arg:"owner,optional"`
	Folders []Folder `arg:"folder"`
}

// Account is a user in the form of passwd(5).
type Account struct {
	Name string `json:"name"`
	UID  int    `json:"uid"`
	GID  int    `json:"gid"`
	Home string `json:"home"`
	// Optional is true if the user is not added when its name or number is
	// taken; otherwise that is an error.
	Optional bool `json:"optional,omitempty"`
}

// OpenMode is the mode of a folder in which everybody may create files and
// nobody but root may touch root's files, like /tmp. Programs make folders,
// databases and logs in their working folder, and the number of the image's user
// is not always known before a container starts.
const OpenMode = 0o1777

// Folder is a folder that is created in an image.
type Folder struct {
	// Path is absolute.
	Path string `json:"path"`
	// Mode is the permission bits; 0 means those it has, or 0755.
	Mode uint32 `json:"mode,omitempty"`
	// Owned is true if it belongs to the image's user. Otherwise its owner does
	// not change, and a new folder belongs to root.
	Owned bool `json:"owned,omitempty"`
	// Open is true if everybody may create files in it, should it be new.
	Open bool `json:"open,omitempty"`
}

// AddPython makes a layer with the Python of one image for another.
type AddPython struct {
	// Base is the root of the image that the layer is for, Origin that of the
	// image with Python.
	Base   string `arg:"base"`
	Origin string `arg:"origin"`
	// Interpreter and Library are paths in Origin.
	Interpreter string `arg:"interpreter"`
	Library     string `arg:"library"`
	Output      string `arg:"output"`
	Epoch       int64  `arg:"epoch"`
}

// TakeInterpreter takes the Python that compiles bytecode out of an image (package takenpython), and answers questions
// about the image.
type TakeInterpreter struct {
	// Base is the root of the image.
	Base string `arg:"base"`
	// Interpreter and Library are paths in it.
	Interpreter string `arg:"interpreter"`
	Library     string `arg:"library"`
	// Files and Folders are the paths that Answers tells of.
	Files   []string `arg:"file"`
	Folders []string `arg:"folder"`
	Output  string   `arg:"output"`
	Epoch   int64    `arg:"epoch"`
}

// Answers are what TakeInterpreter found in the image: the content of files, and what is in folders, by their paths.
// What is missing does not exist.
type Answers struct {
	// NotTaken is why the interpreter was not taken; "" if it was.
	NotTaken string                      `json:"notTaken,omitempty"`
	Files    map[string][]byte           `json:"files"`
	Folders  map[string]map[string]Entry `json:"folders"`
}

// Entry is a file or a folder, by its name, with its own mode and owner: a link is not followed.
type Entry struct {
	Mode fs.FileMode `json:"mode"`
	UID  int         `json:"uid,omitempty"`
	GID  int         `json:"gid,omitempty"`
	Link string      `json:"link,omitempty"`
}

// AnswersFile is the file with the Answers in the result, TakenPython the folder with the interpreter.
const (
	AnswersFile = "/answers.json"
	TakenPython = "/python"
)

// Run runs a user's command.
type Run struct {
	// Epoch is the time of all files that the command changes; nil does not
	// change times, for a result that is copied.
	Epoch *int64 `arg:"epoch"`
	// Outputs are the files and folders that have to exist afterwards.
	Outputs []string `arg:"output"`
	// Report is the folder for what the command writes into its home folder.
	Report  string   `arg:"report,optional"`
	Command []string `arg:"command,rest"`
}

// Unpack unpacks an archive.
type Unpack struct {
	Archive string `arg:"archive"`
	// Strip is the number of leading folders to remove from paths.
	Strip  int    `arg:"strip,optional"`
	Output string `arg:"output"`
	Epoch  int64  `arg:"epoch"`
}

// SetModes copies a tree and gives its files other modes.
type SetModes struct {
	Source string `arg:"source"`
	// Mode is in the notation of chmod(1): "a+X,u+rw,go+r,go-w".
	Mode   string `arg:"mode"`
	Output string `arg:"output"`
	Epoch  int64  `arg:"epoch"`
}

// KeepBytecode changes the bytecode in a tree for a copy that gives all files
// the fixed time.
type KeepBytecode struct {
	// Root is the root of an image. It is the result, too.
	Root string `arg:"root"`
	// Paths are the folders and files in Root that will be copied.
	Paths []string `arg:"path"`
	Epoch int64    `arg:"epoch"`
}

func (c Packages) Args() []string        { return encode(c) }
func (c Accounts) Args() []string        { return encode(c) }
func (c AddPython) Args() []string       { return encode(c) }
func (c TakeInterpreter) Args() []string { return encode(c) }

func (c Run) Args() []string      { return encode(c) }
func (c Unpack) Args() []string   { return encode(c) }
func (c SetModes) Args() []string { return encode(c) }

func (c KeepBytecode) Args() []string { return encode(c) }

// Result is the root itself, because after a failure only the search for the
// reason reads it.
func (c Packages) Result() string        { return "/" }
func (c Accounts) Result() string        { return c.Output }
func (c AddPython) Result() string       { return c.Output }
func (c TakeInterpreter) Result() string { return c.Output }

func (c Run) Result() string      { return "" }
func (c Unpack) Result() string   { return c.Output }
func (c SetModes) Result() string { return c.Output }

func (c KeepBytecode) Result() string { return c.Root }

package project

import "github.com/moult-build/moult/internal/source"

// ContentSettings say what the image has besides the virtual environment. The
// plan's application, files, stages and steps read them.
type ContentSettings struct {
	App    App
	Files  []FileSet
	Stages []Stage
	Steps  []Step
	// Packaged says whether the project is built as a package. It is nil if the
	// key is missing; then the project's files decide.
	Packaged *source.At[bool]
	// Bytecode is nil if the key is missing; then bytecode is compiled.
	Bytecode *source.At[bool]
}

// FileSet is one entry of [[tool.moult.files]]: files for the image or the
// builder. At most one of Image, Context, Stage and URL is set; with none of
// them, the files come from the build context.
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
	// Unpack is true if the URL's file is an archive to unpack; Strip is the
	// number of leading folders that are removed from its paths.
	Unpack bool
	Strip  int
	// From is a path or pattern inside the source, relative to its root, "."
	// for all; for the build context it is relative to the context's root.
	From source.At[string]
	// To is absolute; a slash at its end means into that folder.
	To      source.At[string]
	Exclude []source.At[string]
	// Mode are the permission bits; 0 means those of the source.
	Mode uint32
	// Owner is "" for root, "user" for the image's user, or "uid:gid".
	Owner string
	// Bytecode says whether the modules are compiled; nil if the key is missing.
	Bytecode *source.At[bool]
	// InImage and InBuilder say into which images they are copied.
	InImage, InBuilder bool
}

// Stage is [tool.moult.stage.NAME]: another image in which something is built.
type Stage struct {
	Pos  source.Pos
	Name string
	// Image is its reference; "" for the builder's image.
	Image source.At[string]
	// Dir is the folder of the context whose files it gets.
	Dir     string
	Exclude []source.At[string]
	// Workdir is absolute.
	Workdir string
	Env     []Variable
	// Apt, Apk and Dnf are packages for it.
	Apt, Apk, Dnf []SystemPackage
	// Venv is true if the stage has the virtual environment.
	Venv    bool
	Steps   []Step
	Outputs []Output
}

// Output is an output of a stage.
type Output struct {
	Pos source.Pos
	// From is absolute in the stage.
	From string
	// To is absolute in the image, or relative to the project's folder, to which
	// it is copied before the project is built or copied.
	To string
}

// App is [tool.moult.app]: patterns in .dockerignore's syntax, relative to the
// project's folder.
type App struct {
	// Include are patterns of the files that are the application; nil means all.
	Include []source.At[string]
	// Exclude are patterns of files among them that are not.
	Exclude []source.At[string]
	// Executable are patterns of files among them that are made executable.
	Executable []source.At[string]
	// To is the absolute folder in the image; its V is "" for the default.
	To source.At[string]
	// ReadOnly is true if nobody but root may create files in its folders.
	ReadOnly bool
}

package pep508

// Environment is the values of the marker variables that describe an
// interpreter and the machine it runs on. Values nobody can know beforehand,
// such as PlatformVersion in an image, stay empty.
type Environment struct {
	ImplementationName           string // "cpython"
	ImplementationVersion        string // "3.13.1"
	OSName                       string // "posix"
	PlatformMachine              string // "x86_64", "aarch64"
	PlatformPythonImplementation string // "CPython"
	PlatformRelease              string // the kernel's release, or ""
	PlatformSystem               string // "Linux"
	PlatformVersion              string // the kernel's build, or ""
	PythonFullVersion            string // "3.13.1"
	PythonVersion                string // "3.13"
	SysPlatform                  string // "linux"
}

// lookup gives the value of a variable by its name in markers.
func (e Environment) lookup(name string) (string, bool) {
	switch name {
	case "implementation_name":
		return e.ImplementationName, true
	case "implementation_version":
		return e.ImplementationVersion, true
	case "os_name":
		return e.OSName, true
	case "platform_machine":
		return e.PlatformMachine, true
	case "platform_python_implementation":
		return e.PlatformPythonImplementation, true
	case "platform_release":
		return e.PlatformRelease, true
	case "platform_system":
		return e.PlatformSystem, true
	case "platform_version":
		return e.PlatformVersion, true
	case "python_full_version":
		return e.PythonFullVersion, true
	case "python_version":
		return e.PythonVersion, true
	case "sys_platform":
		return e.SysPlatform, true
	}
	return "", false
}

// Context says where a marker stands, which decides whether the variables
// "extra", "extras" and "dependency_groups" have a meaning in it.
type Context int8

const (
	// InMetadata is a requirement in a package's metadata, in [project] or in
	// an edge of a lock's graph: "extra" is known.
	InMetadata Context = iota
	// InLockFile is pylock.toml: "extras" and "dependency_groups" are known
	// as sets.
	InLockFile
	// InRequirement is any other place: none of the three is known.
	InRequirement
)

// Active is what the variables "extra", "extras" and "dependency_groups"
// stand for. Names need not be normalized.
type Active struct {
	// AnyExtra makes every comparison with "extra" true, as Poetry reads the
	// markers of a lock: there an extra's requirements are optional besides.
	AnyExtra bool
	// AnyGroup makes every comparison with "dependency_groups" true, as Pipenv reads
	// the markers of a lock: it has chosen the groups by their categories.
	AnyGroup bool
	Context  Context
	// Extras are the extras asked for. Markers in metadata compare "extra"
	// with each: "==" holds if one is equal, "!=" if none is. uv.lock's
	// conflict markers rely on that with more than one name.
	Extras []string
	// Groups are the dependency groups asked for.
	Groups []string
}

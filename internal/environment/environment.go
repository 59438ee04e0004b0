// Package environment describes what an image offers to Python: its
// platform, its interpreter, its C library. It reads the image's files and
// configuration, and runs nothing.
//
// The frontend opens images for it; internal/lock and internal/plan use the
// result to choose artifacts that fit. It knows neither locks nor BuildKit.
package environment

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Environment is the target for which packages are installed.
type Environment struct {
	Platform     Platform     `json:"platform"`
	Python       Python       `json:"python"`
	Libc         Libc         `json:"libc"`
	Distribution Distribution `json:"distribution"`
	// Manager is the kind of package manager that the image has; "" if it has
	// none, or if Wanted.Manager was false.
	Manager string `json:"manager,omitempty"`
}

// Platform is an OCI platform in its normalised parts ("linux", "arm64",
// "v8").
type Platform struct {
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	Variant string `json:"variant,omitempty"`
}

// String gives "linux/arm64" or "linux/arm/v7".
func (p Platform) String() string {
	s := p.OS + "/" + p.Arch
	if p.Variant != "" {
		s += "/" + p.Variant
	}
	return s
}

// Python is the interpreter of an image.
type Python struct {
	// Major and Minor are the release, 3 and 13.
	Major int `json:"major"`
	Minor int `json:"minor"`
	// FreeThreaded is true for an interpreter without the global lock, such as
	// python3.14t.
	FreeThreaded bool `json:"freeThreaded,omitempty"`
	// Full is the version with its patch number; empty if the image's files do not
	// contain it.
	Full string `json:"full,omitempty"`
	// Interpreter is the program's path, such as /usr/local/bin/python3.13.
	Interpreter string `json:"interpreter"`
	// Library is the folder of the standard library.
	Library string `json:"library"`
	// LibraryBytecode is true if the standard library has its bytecode; the
	// official slim images delete it.
	LibraryBytecode bool `json:"libraryBytecode"`
}

// Version gives "3.13".
func (p Python) Version() string { return fmt.Sprintf("%d.%d", p.Major, p.Minor) }

// Name gives "3.13", or "3.13t" without the global lock: the version as in the
// names of the interpreter and of the library's folder.
func (p Python) Name() string {
	if p.FreeThreaded {
		return p.Version() + "t"
	}
	return p.Version()
}

// prefix is where the official images of Python install it. They have nothing
// else there.
const prefix = "/usr/local"

// Folder returns the folder that holds Python's installation and nothing else.
// Outside of the official images, that is the standard library alone, because
// Python is one of the distribution's packages.
func (p Python) Folder() string {
	if strings.HasPrefix(p.Interpreter, prefix+"/") {
		return prefix
	}
	return p.Library
}

// SitePackages returns the folder of the packages in an environment.
func (p Python) SitePackages(environment string) string {
	return path.Join(environment, "lib", "python"+p.Name(), "site-packages")
}

// Image is the part of an image that Detect reads.
type Image interface {
	// ReadFile returns a file's content. Symbolic links are followed inside the
	// image. The error is fs.ErrNotExist if there is no such file.
	ReadFile(ctx context.Context, name string) ([]byte, error)
	// ReadDir returns the names in a folder. The error is fs.ErrNotExist if there
	// is no such folder.
	ReadDir(ctx context.Context, name string) ([]string, error)
}

// Wanted says what Detect searches for.
type Wanted struct {
	// Major and Minor name the release; a zero Major accepts any release
	// that Allows accepts, the newest first.
	Major, Minor int
	Allows       func(major, minor int) bool
	// FreeThreaded asks for an interpreter without the global lock; else it has to
	// have one.
	FreeThreaded bool
	// Manager is true if Detect has to find the package manager.
	Manager bool
}

// binFolders are searched for the interpreter after those of the image's
// PATH.
var binFolders = []string{
	"/usr/local/bin", "/usr/bin",
	"/opt/python/bin",         // hardened images
	"/opt/bitnami/python/bin", // Bitnami's
	"/opt/conda/bin",          // conda's
	"/usr/local/python/bin", "/bin",
}

// Detect finds the interpreter, the C library and the distribution of an
// image. env is the image's configured environment ("NAME=value").
//
// The error is a *NoPythonError if no interpreter fits. If a file cannot be
// read, the error names it.
func Detect(ctx context.Context, of Image, platform Platform, env []string, want Wanted) (Environment, error) {
	img := NewReader(of)
	e := describe(ctx, img, platform, want)
	python, err := findPython(ctx, img, env, want)
	if img.Err() != nil {
		return e, img.Err()
	}
	if err != nil {
		if np, ok := err.(*NoPythonError); ok {
			np.Distribution = e.Distribution
		}
		return e, err
	}
	e.Python = python
	return e, nil
}

// describe finds everything but the interpreter.
func describe(ctx context.Context, img Image, platform Platform, want Wanted) Environment {
	e := Environment{Platform: platform, Distribution: readDistribution(ctx, img)}
	e.Libc = readLibc(ctx, img, platform, e.Distribution)
	if want.Manager {
		e.Manager = FindManager(ctx, img)
	}
	return e
}

// NoPythonError is the error for an image without an interpreter that fits.
type NoPythonError struct {
	// Wanted is the release, "3.13", or empty for any.
	Wanted string
	// Found are the releases the image has.
	Found        []string
	Distribution Distribution
}

func (e *NoPythonError) Error() string {
	wanted := "Python " + e.Wanted
	if e.Wanted == "" {
		wanted = "Python that the project's requires-python allows"
	}
	if len(e.Found) == 0 {
		return fmt.Sprintf("has no %s, and no other Python", wanted)
	}
	return fmt.Sprintf("has no %s, only Python %s", wanted, strings.Join(e.Found, ", "))
}

func findPython(ctx context.Context, img Image, env []string, want Wanted) (Python, error) {
	var best Python
	found := map[string]bool{}
	var order []string
	seen := map[string]bool{}
	folders := append(strings.Split(Getenv(env, "PATH"), ":"), binFolders...)
	// Each folder costs a request to BuildKit. The first folder with an
	// interpreter that fits decides, as in a shell.
	for n := 0; n < len(folders) && best.Interpreter == ""; n++ {
		folder := path.Clean(folders[n])
		if !path.IsAbs(folder) || seen[folder] {
			continue
		}
		seen[folder] = true
		for _, p := range interpreters(ctx, img, folder) {
			if !found[p.Name()] {
				found[p.Name()] = true
				order = append(order, p.Name())
			}
			if p.FreeThreaded != want.FreeThreaded {
				continue
			}
			if want.Major != 0 && (p.Major != want.Major || p.Minor != want.Minor) {
				continue
			}
			if want.Major == 0 && want.Allows != nil && !want.Allows(p.Major, p.Minor) {
				continue
			}
			if best.Interpreter == "" || p.Minor > best.Minor {
				best = p
			}
		}
		if best.Interpreter == "" {
			continue
		}
		// The interpreter of a virtual environment is a link to another one. An
		// environment that is made from an environment has the packages of neither,
		// so the base interpreter is used.
		if home, ok := venvHome(ctx, img, folder); ok {
			folders = append(folders[:n+1:n+1], append([]string{home}, folders[n+1:]...)...)
			best = Python{}
		}
	}
	if best.Interpreter == "" {
		e := &NoPythonError{Found: order}
		if want.Major != 0 {
			e.Wanted = Python{Major: want.Major, Minor: want.Minor, FreeThreaded: want.FreeThreaded}.Name()
		}
		return Python{}, e
	}
	if full := Getenv(env, "PYTHON_VERSION"); strings.HasPrefix(full, best.Version()+".") {
		best.Full = full
	}
	best.Library, best.LibraryBytecode = findLibrary(ctx, img, best)
	return best, nil
}

// interpreters returns the releases of Python in a folder of programs.
func interpreters(ctx context.Context, img Image, folder string) []Python {
	names, err := img.ReadDir(ctx, folder)
	if err != nil {
		return nil
	}
	var all []Python
	for _, name := range names {
		major, minor, ok := release(name)
		if !ok {
			continue
		}
		p := Python{Major: major, Minor: minor, FreeThreaded: strings.HasSuffix(name, "t"), Interpreter: path.Join(folder, name)}
		// An installation without the global lock has the same program under the name
		// without the t, too.
		if !p.FreeThreaded && slices.Contains(names, name+"t") && hasLibrary(ctx, img, folder, name+"t") && !hasLibrary(ctx, img, folder, name) {
			continue
		}
		all = append(all, p)
	}
	if len(all) > 0 || !slices.Contains(names, "python3") {
		return all
	}
	// If the program has only the name python3, the folder of its library has its
	// release.
	names, err = img.ReadDir(ctx, path.Join(path.Dir(folder), "lib"))
	if err != nil {
		return nil
	}
	for _, name := range names {
		major, minor, ok := release(name)
		if !ok || major != 3 {
			continue
		}
		if hasLibrary(ctx, img, folder, name) {
			all = append(all, Python{Major: major, Minor: minor, FreeThreaded: strings.HasSuffix(name, "t"), Interpreter: path.Join(folder, "python3")})
		}
	}
	if len(all) != 1 {
		return nil // the release of python3 is ambiguous
	}
	return all
}

// hasLibrary reports whether the standard library of a program is beside its
// folder.
func hasLibrary(ctx context.Context, img Image, folder, program string) bool {
	files, err := img.ReadDir(ctx, path.Join(path.Dir(folder), "lib", program))
	return err == nil && slices.Contains(files, "os.py")
}

// venvHome returns the folder of the base interpreter if the folder of programs
// belongs to a virtual environment; otherwise ok is false.
func venvHome(ctx context.Context, img Image, folder string) (home string, ok bool) {
	content, err := img.ReadFile(ctx, path.Join(path.Dir(folder), "pyvenv.cfg"))
	if err != nil {
		return "", false
	}
	for line := range strings.SplitSeq(string(content), "\n") {
		key, value, _ := strings.Cut(line, "=")
		if strings.TrimSpace(key) == "home" {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}

// release reads "python3.13" and "python3.13t".
func release(name string) (major, minor int, ok bool) {
	rest, ok := strings.CutPrefix(name, "python")
	if !ok {
		return 0, 0, false
	}
	a, b, ok := strings.Cut(rest, ".")
	if !ok {
		return 0, 0, false
	}
	major, err := strconv.Atoi(a)
	if err != nil {
		return 0, 0, false
	}
	minor, err = strconv.Atoi(strings.TrimSuffix(b, "t"))
	return major, minor, err == nil
}

// findLibrary finds the standard library in the places in which an interpreter
// searches: next to itself, then in the folders of distributions.
func findLibrary(ctx context.Context, img Image, p Python) (folder string, bytecode bool) {
	prefix := path.Dir(path.Dir(p.Interpreter))
	for _, lib := range []string{
		prefix + "/lib", prefix + "/lib64", // Red Hat has it in lib64
		"/usr/local/lib", "/usr/lib", "/usr/lib64",
	} {
		folder := path.Join(lib, "python"+p.Name())
		names, err := img.ReadDir(ctx, folder)
		if err != nil || !slices.Contains(names, "os.py") {
			continue
		}
		compiled, err := img.ReadDir(ctx, path.Join(folder, "__pycache__"))
		if err != nil {
			return folder, false
		}
		// Python without the GIL may have its own tag.
		name := fmt.Sprintf("os.cpython-%d%d", p.Major, p.Minor)
		return folder, slices.Contains(compiled, name+".pyc") || p.FreeThreaded && slices.Contains(compiled, name+"t.pyc")
	}
	return "", false
}

// Getenv returns the value of a variable in a list of "NAME=value"; "" if it is
// not there.
func Getenv(env []string, name string) string {
	value, _ := LookupEnv(env, name)
	return value
}

// LookupEnv is Getenv, and reports whether the variable is there.
func LookupEnv(env []string, name string) (value string, ok bool) {
	for _, kv := range env {
		if k, v, ok := strings.Cut(kv, "="); ok && k == name {
			return v, true
		}
	}
	return "", false
}

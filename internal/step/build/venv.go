package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	"github.com/moult-build/moult/internal/step/install"
)

// installedPython matches the names of interpreters in distributions and
// official images: /usr/local/bin/python3.13. A program of another name may
// be a script that looks for the interpreter.
var installedPython = regexp.MustCompile(`^python([0-9]+\.[0-9]+t?)$`)

// venv creates a virtual environment without pip at out, as `python -m venv
// --without-pip` does. It reports false if it does not know this kind of
// interpreter. Python's program takes a quarter of a second for five links
// and a file if the standard library has no bytecode.
func venv(python, out string) (bool, error) {
	program, version, ok := interpreter(python)
	if !ok {
		return false, nil
	}
	prefix, err := filepath.Abs(out)
	if err != nil {
		return false, err
	}
	tree, err := install.NewTree("/", time.Unix(0, 0))
	if err != nil {
		return false, err
	}
	skeleton := install.Skeleton{Target: install.Target{Prefix: prefix, Python: version}, Interpreter: program}
	if err := skeleton.WriteTo(tree); err != nil {
		return false, err
	}
	return true, tree.Mkdir(prefix + "/include")
}

// interpreter returns an interpreter's absolute path without links, and its
// version as in the name of its library's folder.
func interpreter(python string) (path, version string, ok bool) {
	found, err := exec.LookPath(python)
	if err != nil {
		return "", "", false
	}
	if found, err = filepath.EvalSymlinks(found); err != nil {
		return "", "", false
	}
	name := installedPython.FindStringSubmatch(filepath.Base(found))
	if name == nil || !filepath.IsAbs(found) {
		return "", "", false
	}
	head := make([]byte, 4)
	file, err := os.Open(found)
	if err != nil {
		return "", "", false
	}
	defer file.Close()
	if _, err := file.Read(head); err != nil || string(head) != "\x7fELF" {
		return "", "", false
	}
	return found, name[1], true
}

// pipFor returns the command with which python's pip works on the environment
// of the interpreter target. `pip --python` starts pip twice: first to find
// itself, and then in the environment, by the file that this command starts
// directly. The first string is the interpreter; the others are as package
// confine wants them.
func pipFor(python, target string) []string {
	if path, version, ok := interpreter(python); ok {
		prefix := filepath.Dir(filepath.Dir(path))
		for _, folder := range []string{
			filepath.Join(prefix, "lib", "python"+version, "site-packages"),
			filepath.Join(prefix, "lib", "python3", "dist-packages"),
		} {
			runner := filepath.Join(folder, "pip", "__pip-runner__.py")
			if info, err := os.Stat(runner); err == nil && info.Mode().IsRegular() {
				return []string{target, runner}
			}
			// pip before 22.2 has no such file and before 22.3 no --python. Its folder is a
			// program, too, which then sees what its own interpreter has installed.
			whole := filepath.Dir(runner)
			if info, err := os.Stat(filepath.Join(whole, "__main__.py")); err == nil && info.Mode().IsRegular() {
				return []string{target, whole}
			}
		}
	}
	return []string{python, "pip", "--python", target}
}

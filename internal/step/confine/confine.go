// Package confine runs pip so that the build backends that pip starts have
// neither its passwords nor its network.
//
// pip needs the passwords of the indexes, the tokens of git and the network. It
// also runs the code of every sdist that it considers, because only this code
// knows the sdist's metadata. Both happen in one step, where namespaces are not
// permitted. So pip starts each Python through this package (driver.py), and a
// backend runs as another user with a filter on its system calls:
//
//   - it cannot read the secrets' files, the SSH agent or the environment of
//     pip's processes, because they are root's;
//   - it gets a copy of the environment without what a password can be in;
//   - it cannot open sockets other than local ones;
//   - it can write to its own source tree and the folders that pip's hooks
//     name, but not to the wheels of others, the output or pip's cache;
//   - when it ends, its processes are killed.
//
// If pip starts itself, for build requirements, the new pip has the same
// rights. Its arguments may contain passwords, and other users can read a
// process's arguments. So these arguments are moved to the environment.
package confine

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/moult-build/moult/internal/step/legacy"
	"github.com/moult-build/moult/internal/step/protocol"
)

// Command is the first argument of moult-build when pip starts a Python through
// it. The other arguments are the command line of that Python.
const Command = "confined"

// Folder is where pip keeps its temporary files. It is not on a tmpfs, because
// source trees can be large.
const Folder = "/moult/pip"

// orderVariable is the variable with the order for driver.py, as JSON.
const orderVariable = "MOULT_PIP"

// NewestSetuptools is a variable for Pip. With it the newest setuptools builds what has no pyproject.toml, for indexes
// that have no older one.
const NewestSetuptools = "MOULT_SETUPTOOLS=newest"

//go:embed driver.py
var driver string

// order tells driver.py what to run.
type order struct {
	// Args is pip's command line. It begins with the file that starts pip, or with
	// "pip" for the interpreter's own pip.
	Args []string `json:"args"`
	// Through is the command through which pip starts a Python.
	Through []string `json:"through"`
	// Environment are the variables that the order replaces.
	Environment map[string]string `json:"environment,omitempty"`
	// Legacy are the requirements to build a source tree that has no pyproject.toml.
	Legacy []string `json:"legacy"`
}

// Pip returns the command that runs pip with the given interpreter, and its
// environment. The first of args is the file that starts pip, or "pip".
func Pip(python string, args, env []string) (command, environment []string, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	if err := shut(); err != nil {
		return nil, nil, err
	}
	requires := legacy.Requires(python)
	if slices.Contains(env, NewestSetuptools) {
		requires, _ = legacy.Newest(requires, python)
	}
	content, err := json.Marshal(order{Args: args, Through: []string{self, Command}, Legacy: requires})
	if err != nil {
		return nil, nil, err
	}
	environment = append(env[:len(env):len(env)],
		orderVariable+"="+string(content),
		"TMPDIR="+Folder,
		// An old pip runs setup.py without hooks.
		"PIP_USE_PEP517=1")
	return []string{python, "-c", driver}, environment, nil
}

// shut creates pip's folder. It also stops other users from listing the
// secrets, and from writing to folders in which programs create temporary files
// with names that can be guessed.
func shut() error {
	if err := os.MkdirAll(Folder, 0o711); err != nil {
		return err
	}
	for name, mode := range map[string]os.FileMode{Folder: 0o711, protocol.Tmp: 0o711, protocol.Secrets: 0o700} {
		if err := os.Chmod(name, mode); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Run is the command line of moult-build after Command: a Python and its
// arguments. It returns the exit code.
func Run(args []string) (code int, err error) {
	if len(args) < 2 {
		return 0, fmt.Errorf("confined needs an interpreter and what it runs, not %q", args)
	}
	if args[0] == killCommand {
		return 0, killMine()
	}
	switch filepath.Base(args[1]) {
	case "__pip-runner__.py", "pip":
		return 0, again(args)
	}
	b, err := backendOf(args)
	if err != nil {
		return 0, err
	}
	return b.run()
}

// again replaces this process by pip.
func again(args []string) error {
	python, err := exec.LookPath(args[0])
	if err != nil {
		return err
	}
	command, env, err := Pip(python, args[1:], os.Environ())
	if err != nil {
		return err
	}
	return replace(python, command, env)
}

package build

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/step/confine"
	"github.com/moult-build/moult/internal/step/legacy"
	"github.com/moult-build/moult/internal/step/protocol"
)

// Backend is the [build-system] table of a source tree (PEP 517, PEP 518).
type Backend struct {
	// Requires are the requirements of the backend itself.
	Requires []string `json:"-"`
	// Backend is the object with the hooks, "package.module:object".
	Backend string `json:"backend"`
	// Path holds folders inside the source tree from which the backend is
	// imported (backend-path).
	Path []string `json:"path,omitempty"`
}

// Environment creates the virtual environment in which a backend runs, with the
// backend's requirements, in Out.
type Environment struct {
	Python   string
	Requires []string
	// Tree, if it is not nil, has the requirements instead.
	Tree *Tree
	// Extra are further requirements; each replaces one of the same name.
	Extra []string
	// Constraints is a file with constraints for all of them; "" if there is none.
	Constraints string
	// Wheels are folders with one wheel each. If the environment gets one of these
	// packages, it gets this wheel.
	Wheels  []string
	Indexes []Index
	// Asked, if it is not empty, is a file with the requirements that the backend
	// has asked for (see Wheel.Ask). If it has asked for some, the environment in
	// Out is recreated with them. pip must not work on the existing environment,
	// because its code must not run here: pip would start its interpreter, which
	// runs .pth files.
	Asked string
	// Out is the environment's folder, its final place.
	Out     string
	Console *Console
}

// Make creates the environment and installs the requirements: itself where that
// is plain, else with the pip of Python. The environment holds no pip.
func (e Environment) Make(ctx context.Context) error {
	env, err := network()
	if err != nil {
		return err
	}
	var asked []string
	if e.Asked != "" {
		content, err := os.ReadFile(e.Asked)
		if err != nil {
			return err
		}
		if text := strings.TrimSpace(string(content)); text != "" {
			asked = strings.Split(text, "\n")
		} else {
			return nil
		}
		if err := empty(e.Out); err != nil {
			return err
		}
	}
	if e.Tree != nil {
		if _, ok := e.Tree.wheel(); ok {
			return os.MkdirAll(e.Out, 0o755) // nothing to build
		}
		dir, err := e.Tree.open(ctx, e.Console, e.Python)
		if err != nil {
			return err
		}
		backend, err := readBackend(dir, e.Python)
		if err != nil {
			return err
		}
		e.Requires = backend.Requires
	}
	made, err := venv(e.Python, e.Out)
	if err != nil {
		return fmt.Errorf("creating the build environment: %w", err)
	}
	if !made {
		if err := e.Console.command(ctx, env, "", e.Python, "-m", "venv", "--without-pip", "--clear", e.Out); err != nil {
			return fmt.Errorf("creating the build environment: %w", err)
		}
	}
	python := filepath.Join(e.Out, "bin", "python")
	constraints := e.Constraints
	if len(e.Wheels) > 0 {
		pins, err := pin(e.Wheels)
		if err != nil {
			return err
		}
		constraints = strings.TrimSpace(constraints + " " + pins)
	}
	requires := append(override(e.Requires, e.Extra), asked...)
	if made {
		if done, err := e.installWithoutPip(ctx, env, requires); done || err != nil {
			return err
		}
	}
	// pip starts the interpreter of the environment, which runs .pth files. So pip
	// gets an empty environment, and the wheels that it did not need are installed
	// afterwards without pip.
	err = e.install(ctx, env, python, constraints, requires)
	if newest, ok := legacy.Newest(requires, e.Python); ok && err != nil && e.Console.lacksOldSetuptools(ctx) {
		err = e.install(ctx, env, python, constraints, newest)
	}
	if err != nil {
		return err
	}
	return e.addWheels()
}

// empty removes the content of a folder.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// override returns the requirements and those of extra, which replace
// requirements of the same name. So pip does not get two versions of one
// package.
func override(requires, extra []string) []string {
	var all []string
	for _, r := range requires {
		name := requirementName(r)
		if name == "" || !slices.ContainsFunc(extra, func(e string) bool { return requirementName(e) == name }) {
			all = append(all, r)
		}
	}
	return append(all, extra...)
}

// requirementName is the normalised name of a requirement, or empty.
func requirementName(text string) string {
	r, err := pep508.ParseRequirement(text)
	if err != nil {
		return ""
	}
	return r.NormalizedName()
}

// buildInstall are pip's options for build requirements. They switch bytecode
// off: a backend imports a small part of itself once or twice, and compiling
// all of it takes longer.
var buildInstall = []string{"--no-warn-script-location", "--no-compile"}

// install installs requirements into the environment whose interpreter is
// python. The build of an sdist sees no passwords (package confine).
func (e Environment) install(ctx context.Context, env []string, python, constraints string, requires []string) error {
	if len(requires) == 0 {
		return nil
	}
	index, err := e.Console.indexEnvironment(e.Indexes)
	if err != nil {
		return err
	}
	env = append(env, index...)
	if constraints != "" {
		env = append(env, "PIP_CONSTRAINT="+constraints)
	}
	if e.Constraints != "" {
		// The constraints also apply if a build requirement is itself built from an
		// sdist.
		env = append(env, "PIP_BUILD_CONSTRAINT="+e.Constraints)
	}
	pip := pipFor(e.Python, python)
	args := append(append(append(pip[1:], "install"), pipOptions...), buildInstall...)
	if filepath.Base(pip[1]) == "pip" && len(pip) == 2 {
		args = append(args, "--ignore-installed") // the environment is empty
	}
	command, env, err := confine.Pip(pip[0], append(append(args, "--"), requires...), env)
	if err != nil {
		return err
	}
	if err := e.Console.command(ctx, env, "", command[0], command[1:]...); err != nil {
		e.Console.tellFailure()
		return fmt.Errorf("installing the build requirements: %w", err)
	}
	return nil
}

// ParseConfig reads settings of a build backend, each "key=value". A repeated
// key becomes a list, as in pip.
func ParseConfig(settings []string) map[string]any {
	config := map[string]any{}
	for _, s := range settings {
		key, value, _ := strings.Cut(s, "=")
		switch old := config[key].(type) {
		case nil:
			config[key] = value
		case string:
			config[key] = []string{old, value}
		case []string:
			config[key] = append(old, value)
		}
	}
	return config
}

//go:embed hooks.py
var hooks string

// Wheel builds one source tree into one wheel by the hooks of its backend,
// without pip in between: pip's own start costs more than most builds.
type Wheel struct {
	// Python is the interpreter that unpacks archives.
	Python string
	// Environment is the folder that Environment.Make has created.
	Environment string
	// Backend is the tree's build backend; if its name is empty, it is read from
	// the tree.
	Backend Backend
	// Config are the settings for the backend. A value is a string or a list of
	// strings.
	Config map[string]any
	// Extra are those of Environment.
	Extra []string
	// Network is true if the backend has the network. It then trusts the build's
	// certificates; it never gets other secrets.
	Network bool
	// Tree is the source tree. Backends write into it.
	Tree    Tree
	Out     string
	Epoch   int64
	Console *Console
}

// Make builds the wheel into Out.
func (w Wheel) Make(ctx context.Context) error {
	if file, ok := w.Tree.wheel(); ok {
		return w.copy(file)
	}
	if err := os.MkdirAll(w.Out, 0o755); err != nil {
		return err
	}
	if _, err := w.hooks(ctx, false); err != nil {
		return fmt.Errorf("building the wheel: %w", err)
	}
	return checkWheel(w.Out)
}

// Ask writes the list of requirements that the backend has in addition to those
// of its tree. Environment installs them in another step, because this step
// runs the backend's code and so has no network and no secrets.
func (w Wheel) Ask(ctx context.Context) error {
	var missing []string
	if _, ok := w.Tree.wheel(); !ok {
		var err error
		if missing, err = w.hooks(ctx, true); err != nil {
			return fmt.Errorf("asking the build backend for its requirements: %w", err)
		}
	}
	for _, line := range missing {
		if strings.ContainsFunc(line, unicode.IsControl) {
			return fmt.Errorf("the build backend requires %q", line)
		}
	}
	if err := os.MkdirAll(w.Out, 0o755); err != nil {
		return err
	}
	name := filepath.Join(w.Out, path.Base(protocol.Asked))
	if err := os.WriteFile(name, []byte(strings.Join(append(missing, ""), "\n")), 0o644); err != nil {
		return err
	}
	return setTimes([]string{name}, w.Epoch)
}

// checkWheel checks that a backend has written one wheel and nothing else.
func checkWheel(dir string) error {
	if err := checkWheels(dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) != 1 {
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return fmt.Errorf("the build backend has left %d wheels instead of one: %s", len(names), strings.Join(names, ", "))
	}
	return nil
}

// copy takes a wheel that needs no building.
func (w Wheel) copy(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(w.Out, 0o755); err != nil {
		return err
	}
	name := filepath.Join(w.Out, filepath.Base(file))
	if err := os.WriteFile(name, content, 0o644); err != nil {
		return err
	}
	return setTimes([]string{name}, w.Epoch)
}

// hooks runs hooks.py, which calls the backend. The backend builds the wheel.
// If ask is true, hooks only returns the requirements of the backend that the
// environment does not satisfy.
func (w Wheel) hooks(ctx context.Context, ask bool) (missing []string, err error) {
	if err := os.MkdirAll(protocol.Tmp, 0o700); err != nil {
		return nil, err
	}
	env := os.Environ()
	if w.Network {
		ca, err := trust(protocol.Certificates, protocol.Tmp)
		if err != nil {
			return nil, err
		}
		env = append(env, ca...)
	}
	env = append(env, buildEnvironment(w.Epoch)...)
	env = append(env, "PATH="+filepath.Join(w.Environment, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	project, err := w.Tree.open(ctx, w.Console, w.Python)
	if err != nil {
		return nil, err
	}
	if w.Backend.Backend == "" {
		if w.Backend, err = readBackend(project, w.Python); err != nil {
			return nil, err
		}
	}
	var present []string
	for _, e := range w.Extra {
		present = append(present, requirementName(e))
	}
	order, err := json.Marshal(struct {
		Backend
		Ask     bool           `json:"ask"`
		Present []string       `json:"present,omitempty"`
		Out     string         `json:"out"`
		Config  map[string]any `json:"config,omitempty"`
	}{w.Backend, ask, present, w.Out, w.Config})
	if err != nil {
		return nil, err
	}
	answer := filepath.Join(protocol.Tmp, "answer.json")
	cmd := exec.CommandContext(ctx, filepath.Join(w.Environment, "bin", "python"), "-c", hooks, answer)
	cmd.Env = env
	cmd.Dir = project
	cmd.Stdin = bytes.NewReader(order)
	cmd.Stdout = w.Console
	cmd.Stderr = w.Console
	if err := cmd.Run(); err != nil {
		if exit, ok := err.(*exec.ExitError); ok {
			return nil, exitError(strings.Split(w.Backend.Backend, ":")[0], exit)
		}
		return nil, err
	}
	if !ask {
		return nil, nil
	}
	content, err := os.ReadFile(answer)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(content, &missing); err != nil {
		return nil, fmt.Errorf("the answer of the build backend: %w", err)
	}
	return missing, nil
}

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
	"github.com/moult-build/moult/internal/step/protocol"
)

// Backend is the [build-system] table of a source tree (PEP 517, PEP 518).
type Backend struct {
	// Requires are what it needs before it starts.
	Requires []string `json:"-"`
	// Backend is the object with the hooks, "package.module:object".
	Backend string `json:"backend"`
	// Path holds folders inside the source tree from which the backend is
	// imported (backend-path).
	Path []string `json:"path,omitempty"`
}

// Environment makes the virtual environment a backend runs in, with the
// backend's requirements, at Out.
type Environment struct {
	Python   string
	Requires []string
	// Tree, if given, is asked for the requirements instead.
	Tree *Tree
	// Extra are requirements beside those; they take the place of one of the
	// same name.
	Extra []string
	// Constraints is a file that limits all of them, or empty.
	Constraints string
	// Wheels are folders with one wheel each, of packages that are to be
	// there in just that version.
	Wheels  []string
	Indexes []Index
	// Asked, if given, is a file with the requirements that the backend has
	// named (see Wheel.Ask). Where it has, the environment that is in Out is
	// made anew with them: code of what is in it must not run here, not even
	// that of a .pth file when pip starts its interpreter.
	Asked string
	// Out is the environment's folder, its final place.
	Out     string
	Console *Console
}

// Make creates the environment and installs the requirements with the pip of
// Python; the environment itself holds no pip.
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
		backend, err := readBackend(dir)
		if err != nil {
			return err
		}
		e.Requires = backend.Requires
	}
	if made, err := venv(e.Python, e.Out); err != nil {
		return fmt.Errorf("creating the build environment: %w", err)
	} else if !made {
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
	// pip starts the interpreter of the environment, and that runs the .pth
	// files in it. So pip works on an empty environment, and the wheels that it
	// did not need come afterwards, without it.
	if err := e.install(ctx, env, python, constraints, append(override(e.Requires, e.Extra), asked...)); err != nil {
		return err
	}
	return e.addWheels()
}

// empty removes what is in a folder.
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

// override gives the requirements with those of extra, which take the place of
// others of the same name. What a backend asks for is then not asked for again
// in another version.
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

// buildInstall are pip's options for what a build needs. A backend imports a
// small part of itself, once or twice: to compile all of it takes longer.
var buildInstall = []string{"--no-warn-script-location", "--no-compile"}

// install puts requirements into the environment, of which python is the
// interpreter. What has to be built sees no passwords (package confine).
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
		// They also hold where a build requirement has to be built itself.
		env = append(env, "PIP_BUILD_CONSTRAINT="+e.Constraints)
	}
	pip := pipFor(e.Python, python)
	args := append(append(append(pip[1:], "install"), pipOptions...), buildInstall...)
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

// ParseConfig reads settings of a build backend, each "key=value". A key that
// is there several times has a list, as with pip.
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
	// Environment is the folder that Environment.Make made.
	Environment string
	// Backend is the tree's build backend; where it has no name, the tree
	// tells.
	Backend Backend
	// Config is what the backend is told: a string, or a list of them.
	Config map[string]any
	// Extra are those of Environment.
	Extra []string
	// Network is whether the backend may reach the network, with the
	// certificates of the build and without its other secrets.
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

// Ask leaves what the backend requires beyond what its tree says, as a list
// that Environment installs. The backend is a stranger's code: whoever runs it
// gives it no network and no secret, so it does not install anything itself.
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

// checkWheel makes sure that a backend has left one wheel and nothing else.
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

// hooks runs hooks.py, by which the backend builds the wheel or, if it is only
// asked, names the requirements that the environment does not satisfy.
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
		if w.Backend, err = readBackend(project); err != nil {
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

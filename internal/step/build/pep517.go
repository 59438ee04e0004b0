package build

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep508"
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
	// Beside are folders with one wheel each, of packages that are to be
	// there in just that version.
	Beside  []string
	Indexes []Index
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
	if len(e.Beside) > 0 {
		var wheels []string
		for _, dir := range e.Beside {
			wheel, err := picked(dir)
			if err != nil {
				return err
			}
			wheels = append(wheels, wheel)
		}
		args := append(append(pipFor(e.Python, python), "install"), pipOptions...)
		args = append(append(args, buildInstall...), "--no-index", "--no-deps", "--")
		if err := e.Console.command(ctx, env, "", args[0], append(args[1:], wheels...)...); err != nil {
			return fmt.Errorf("installing the packages that the build sees: %w", err)
		}
	}
	return e.Console.install(ctx, env, e.Python, python, e.Constraints, e.Indexes, override(e.Requires, e.Extra))
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

// install puts requirements into the environment of the interpreter target.
func (c *Console) install(ctx context.Context, env []string, python, target, constraints string, indexes []Index, requires []string) error {
	if len(requires) == 0 {
		return nil
	}
	index, err := indexEnvironment(indexes)
	if err != nil {
		return err
	}
	env = append(env, index...)
	args := append(append(pipFor(python, target), "install"), pipOptions...)
	args = append(args, buildInstall...)
	if constraints != "" {
		// They also hold where a build requirement has to be built itself.
		env = append(env, "PIP_CONSTRAINT="+constraints, "PIP_BUILD_CONSTRAINT="+constraints)
	}
	args = append(args, "--")
	if err := c.command(ctx, env, "", args[0], append(args[1:], requires...)...); err != nil {
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
	// Python is the interpreter that has pip, for requirements the backend
	// names only when it runs.
	Python string
	// Environment is the folder that Environment.Make made.
	Environment string
	// Backend is the tree's build backend; where it has no name, the tree
	// tells.
	Backend Backend
	// Config is what the backend is told: a string, or a list of them.
	Config map[string]any
	// Extra and Constraints are those of Environment.
	Extra       []string
	Constraints string
	Indexes     []Index
	// Tree is the source tree. Backends write into it.
	Tree    Tree
	Out     string
	Epoch   int64
	Console *Console
}

// Make builds the wheel into Out.
func (w Wheel) Make(ctx context.Context) error {
	env, err := network()
	if err != nil {
		return err
	}
	if file, ok := w.Tree.wheel(); ok {
		return w.copy(file)
	}
	env = append(env, buildEnvironment(w.Epoch)...)
	env = append(env, "PATH="+filepath.Join(w.Environment, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	python := filepath.Join(w.Environment, "bin", "python")
	project, err := w.Tree.open(ctx, w.Console, w.Python)
	if err != nil {
		return err
	}
	if w.Backend.Backend == "" {
		if w.Backend, err = readBackend(project); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(w.Out, 0o755); err != nil {
		return err
	}
	missing, err := w.hooks(ctx, env, python, project, true)
	if err != nil {
		return fmt.Errorf("building the wheel: %w", err)
	}
	if len(missing) > 0 {
		if err := w.Console.install(ctx, env, w.Python, python, w.Constraints, w.Indexes, missing); err != nil {
			return err
		}
		if _, err := w.hooks(ctx, env, python, project, false); err != nil {
			return fmt.Errorf("building the wheel: %w", err)
		}
	}
	return checkWheels(w.Out)
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

// hooks runs hooks.py, which has the backend build the wheel. If it is to ask
// first, the backend may name requirements that the environment does not
// satisfy; then these are given and nothing was built.
func (w Wheel) hooks(ctx context.Context, env []string, python, project string, ask bool) (missing []string, err error) {
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
	cmd := exec.CommandContext(ctx, python, "-c", hooks, answer)
	cmd.Env = env
	cmd.Dir = project
	cmd.Stdin = bytes.NewReader(order)
	cmd.Stdout = w.Console
	cmd.Stderr = w.Console
	if err := cmd.Run(); err != nil {
		if exit, ok := err.(*exec.ExitError); ok {
			return nil, &ExitError{Program: strings.Split(w.Backend.Backend, ":")[0], Code: exit.ExitCode()}
		}
		return nil, err
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

package buildstep

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/moult-build/moult/internal/inside"
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
	Tree    *Tree
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
	if err := e.Console.command(ctx, env, "", e.Python, "-m", "venv", "--without-pip", "--clear", e.Out); err != nil {
		return fmt.Errorf("creating the build environment: %w", err)
	}
	return e.Console.install(ctx, env, e.Python, filepath.Join(e.Out, "bin", "python"), e.Indexes, e.Requires)
}

// install puts requirements into the environment of the interpreter target.
func (c *Console) install(ctx context.Context, env []string, python, target string, indexes []Index, requires []string) error {
	if len(requires) == 0 {
		return nil
	}
	index, err := indexEnvironment(indexes)
	if err != nil {
		return err
	}
	env = append(env, index...)
	args := append([]string{"-m", "pip", "--python", target, "install"}, pipOptions...)
	args = append(args, "--no-warn-script-location", "--")
	if err := c.command(ctx, env, "", python, append(args, requires...)...); err != nil {
		return fmt.Errorf("installing the build requirements: %w", err)
	}
	return nil
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
	Indexes []Index
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
	missing, err := w.hook(ctx, env, python, project, "requires")
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		if err := w.Console.install(ctx, env, w.Python, python, w.Indexes, missing); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(w.Out, 0o755); err != nil {
		return err
	}
	if _, err := w.hook(ctx, env, python, project, "wheel"); err != nil {
		return fmt.Errorf("building the wheel: %w", err)
	}
	return checkWheels(w.Out)
}

// hook runs hooks.py for one hook. The hook "requires" gives the requirements
// that the environment does not satisfy yet.
func (w Wheel) hook(ctx context.Context, env []string, python, project, hook string) ([]string, error) {
	order, err := json.Marshal(struct {
		Backend
		Hook string `json:"hook"`
		Out  string `json:"out"`
	}{w.Backend, hook, w.Out})
	if err != nil {
		return nil, err
	}
	answer := filepath.Join(inside.Tmp, "answer.json")
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
	var missing []string
	if err := json.Unmarshal(content, &missing); err != nil {
		return nil, fmt.Errorf("the answer of the build backend: %w", err)
	}
	return missing, nil
}

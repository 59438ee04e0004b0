package confine

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// stranger is the number of the user and the group of backends. No distribution
// uses this number, and a rootless daemon has it.
const stranger = 62462

// backend is one call of a hook: pip runs `python _in_process.py HOOK FOLDER`,
// where the folder holds the call's arguments as input.json and gets its
// result.
type backend struct {
	args []string
	// tree is the source tree, writable are other paths to which the hook writes,
	// and readable are folders with its requirements.
	tree     string
	writable []string
	readable []string
	env      []string
	// wheel is where pip wants the wheel, if that is not below Folder; else nil.
	wheel *wheelFolder
}

func backendOf(args []string) (*backend, error) {
	tree, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	b := &backend{args: args, tree: tree, env: environment(os.Environ())}
	if control := args[len(args)-1]; below(control) {
		b.writable = append(b.writable, control)
		if b.wheel, err = redirect(filepath.Join(control, "input.json"), Folder); err != nil {
			return nil, err
		}
		named, err := folders(filepath.Join(control, "input.json"))
		if err != nil {
			return nil, err
		}
		b.writable = append(b.writable, named...)
	}
	for _, kv := range b.env {
		if name, value, _ := strings.Cut(kv, "="); name == "PATH" || name == "PYTHONPATH" {
			b.readable = append(b.readable, filepath.SplitList(value)...)
		}
	}
	return b, nil
}

// folders returns the folders in a call's arguments.
func folders(file string) ([]string, error) {
	content, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var call struct {
		Arguments map[string]any `json:"kwargs"`
	}
	if err := json.Unmarshal(content, &call); err != nil {
		return nil, fmt.Errorf("the call of a hook: %w", err)
	}
	var all []string
	for _, name := range []string{"metadata_directory", "sdist_directory", "wheel_directory"} {
		if folder, ok := call.Arguments[name].(string); ok && below(folder) {
			all = append(all, folder)
		}
	}
	return all, nil
}

// below reports whether a path is below pip's temporary folder.
func below(name string) bool {
	rel, err := filepath.Rel(Folder, name)
	return err == nil && rel != "." && filepath.IsLocal(rel)
}

// private are the beginnings of variables with which pip and git get passwords
// and agents.
var private = []string{"PIP_", "GIT_", "SSH_", "NETRC=", orderVariable}

// environment returns the variables of an environment without those that may
// have a password.
func environment(all []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.ContainsFunc(private, func(p string) bool { return strings.HasPrefix(kv, p) }) ||
			strings.HasSuffix(strings.ToLower(name), "_proxy")
	})
}

// run runs the backend and returns its exit code.
func (b *backend) run() (code int, err error) {
	// A process that an earlier backend has started must not run while the owners
	// are changed below.
	if err := killAll(); err != nil {
		return 0, err
	}
	home, err := os.MkdirTemp(Folder, "home-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(home)
	if err := allowGit(home); err != nil {
		return 0, err
	}
	if err := b.grant(home); err != nil {
		return 0, err
	}
	cmd := exec.Command(b.args[0], b.args[1:]...)
	cmd.Env = append(b.env, "HOME="+home, "TMPDIR="+home)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = asStranger()
	started := make(chan error)
	go func() {
		// The filter stays on this thread, which ends with the goroutine.
		runtime.LockOSThread()
		if err := withoutNetwork(); err != nil {
			fmt.Fprintf(os.Stderr, "moult-build: the build backend keeps the network, because this kernel has no filter for system calls: %v\n", err)
		}
		started <- cmd.Start()
	}()
	if err := <-started; err != nil {
		return 0, fmt.Errorf("running a build backend as a user without rights: %w", err)
	}
	err = cmd.Wait()
	if err := killAll(); err != nil {
		return 0, err
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return 128 + int(status.Signal()), nil
		}
		return exit.ExitCode(), nil
	}
	if err == nil && b.wheel != nil {
		err = b.wheel.deliver()
	}
	return 0, err
}

func asStranger() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stranger, Gid: stranger}}
}

// killAll ends all processes of the backends' user, also those that have left
// their parent. kill(-1) ends all processes that its caller may end, so a
// process of that user calls it.
func killAll() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// A backend may end the process that has to end it, so this is tried several
	// times.
	for range 20 {
		cmd := exec.Command(self, Command, killCommand, "all")
		cmd.SysProcAttr = asStranger()
		cmd.Env = []string{}
		err = cmd.Run()
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("ending what a build backend has left running: %w", err)
	}
	return nil
}

// killCommand is an argument instead of an interpreter. With it, the process
// ends all other processes of its user.
const killCommand = "-kill"

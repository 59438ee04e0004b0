package embedded

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/gofrs/flock"
	"github.com/moby/buildkit/cmd/buildkitd/config"
	"golang.org/x/sys/unix"
)

// A user who is not root builds as root of a user namespace. A running Go
// program cannot enter a namespace, so it starts itself again, twice. The first
// child is created in the namespace. It waits there until newuidmap has set the
// users of the namespace. Then it executes itself again, because only a program
// that root starts has root's capabilities.
const (
	// stageVariable says which of these processes the program is.
	stageVariable  = "MOULT_ROOTLESS"
	stageWait      = "wait"
	stageNamespace = "inside"
	// parentVariable is the process that waits outside of the namespace.
	parentVariable = "MOULT_ROOTLESS_PARENT"
)

// endSignal is the signal that the process in the namespace gets when the outer
// process has ended. It then ends its steps, which no other process would end.
const endSignal = syscall.SIGTERM

// rootless reports whether the program is not run by root, or by the root of
// a user namespace of its own.
func rootless() bool { return os.Geteuid() != 0 || os.Getenv(stageVariable) != "" }

// Reexec continues the start if the program has started itself to become root
// of a user namespace; otherwise ok is false.
func Reexec(args []string) (code int, ok bool) {
	switch os.Getenv(stageVariable) {
	case stageWait:
		parent := strconv.Itoa(os.Getppid())
		// The parent closes the pipe when the users are set.
		_, _ = io.Copy(io.Discard, os.NewFile(3, "ready"))
		env := append(without(os.Environ(), stageVariable, parentVariable), stageVariable+"="+stageNamespace, parentVariable+"="+parent)
		err := syscall.Exec("/proc/self/exe", append([]string{os.Args[0]}, args...), env)
		fmt.Fprintln(os.Stderr, "moult:", err)
		return 1, true
	case stageNamespace:
		if parent, err := strconv.Atoi(os.Getenv(parentVariable)); err == nil {
			if err := endWith(parent); err != nil {
				fmt.Fprintln(os.Stderr, "moult: in the user namespace:", err)
				return 1, true
			}
		}
		// Other processes must not see the mounts of this one.
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
			fmt.Fprintln(os.Stderr, "moult: in the user namespace:", err)
			return 1, true
		}
	}
	return 0, false
}

// endWith makes this process end when its parent ends, even if the parent is
// killed. It must be called again in the namespace, because the kernel resets
// this setting when a process gets new capabilities.
func endWith(parent int) error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(endSignal), 0, 0, 0); err != nil {
		return err
	}
	if os.Getppid() != parent {
		return errors.New("the process that started this one is gone")
	}
	return nil
}

// without removes variables from an environment.
func without(env []string, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(names, name)
	})
}

// inNamespace runs the whole command again in a user namespace, and returns an
// *Exit. This process owns the namespace, so it alone can end what a killed
// process in such a namespace has left.
func inNamespace(root string, cfg config.Config) error {
	l := newLeftovers(root, cfg)
	kill := func() error {
		lock := flock.New(filepath.Join(root, "lock"))
		if ok, err := lock.TryLock(); err != nil || !ok {
			return err // somebody uses it
		}
		return errors.Join(l.kill(), lock.Unlock())
	}
	if err := kill(); err != nil {
		return err
	}
	err := enter(root)
	return errors.Join(err, kill())
}

// enter runs the whole command again as root of a user namespace, and returns
// an *Exit. If that is not possible, the error says what is missing.
func enter(root string) error {
	me, err := user.Current()
	if err != nil {
		return err
	}
	uids, err := subordinate("/etc/subuid", me)
	if err != nil {
		return err
	}
	gids, err := subordinate("/etc/subgid", me)
	if err != nil {
		return err
	}
	for _, name := range []string{"newuidmap", "newgidmap"} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("building without root needs the program %s; on Debian and Ubuntu: apt install uidmap", name)
		}
	}
	ready, done, err := os.Pipe()
	if err != nil {
		return err
	}
	defer done.Close()
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.ExtraFiles = []*os.File{ready}
	cmd.Env = append(os.Environ(), stageVariable+"="+stageWait)
	if os.Getenv("XDG_RUNTIME_DIR") == "" {
		run := filepath.Join(root, "run")
		if err := os.MkdirAll(run, 0o700); err != nil {
			return err
		}
		cmd.Env = append(cmd.Env, "XDG_RUNTIME_DIR="+run)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS, Pdeathsig: endSignal}
	// For the kernel the parent is a thread, not the process.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("building without root needs user namespaces, which this system refuses: %w%s", err, namespaceHint())
	}
	ready.Close()
	// The child gets the terminal's signals itself, but not a signal that is sent
	// only to this process.
	signal.Ignore(os.Interrupt)
	defer passOn(cmd.Process, endingSignals()...)()
	pid := strconv.Itoa(cmd.Process.Pid)
	for _, m := range []struct {
		program, own string
		r            idRange
	}{{"newuidmap", me.Uid, uids}, {"newgidmap", me.Gid, gids}} {
		out, err := exec.Command(m.program, pid, "0", m.own, "1", "1", m.r.first, m.r.count).CombinedOutput()
		if err != nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			return fmt.Errorf("%s: %w: %s", m.program, err, strings.TrimSpace(string(out)))
		}
	}
	done.Close()
	err = cmd.Wait()
	var failed *exec.ExitError
	switch {
	case err == nil:
		return &Exit{0}
	case errors.As(err, &failed):
		return &Exit{max(failed.ExitCode(), 1)}
	}
	return err
}

// endingSignals are the signals that are passed on. The program may have been
// started to ignore SIGHUP, as nohup does.
func endingSignals() []os.Signal {
	all := []os.Signal{syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

// passOn passes signals on to another process, until the returned function is
// called.
func passOn(to *os.Process, signals ...os.Signal) func() {
	got, end := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(got, signals...)
	go func() {
		for {
			select {
			case s := <-got:
				_ = to.Signal(s)
			case <-end:
				return
			}
		}
	}()
	return func() { signal.Stop(got); close(end) }
}

// idRange are the numbers that a user may use for the users of a namespace.
type idRange struct{ first, count string }

// enough is the number of users that a container needs: the numbers of apt's
// user, nobody and the image's own user are below it.
const enough = 65536

// subordinate reads a user's numbers from /etc/subuid or /etc/subgid.
func subordinate(name string, me *user.User) (idRange, error) {
	missing := fmt.Errorf("building without root needs numbers for %s in %s, %d of them; as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 %s",
		me.Username, name, enough, me.Username)
	f, err := os.Open(name)
	if err != nil {
		return idRange{}, missing
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		parts := strings.Split(s.Text(), ":")
		if len(parts) != 3 || parts[0] != me.Username && parts[0] != me.Uid {
			continue
		}
		if n, err := strconv.Atoi(parts[2]); err == nil && n >= enough-1 {
			return idRange{parts[1], parts[2]}, nil
		}
	}
	return idRange{}, missing
}

// namespaceHint returns the hint for the setting of the kernel that forbids
// user namespaces.
func namespaceHint() string {
	for _, s := range []struct{ file, value, hint string }{
		{"/proc/sys/user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=28633"},
		{"/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1"},
		{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "sysctl kernel.apparmor_restrict_unprivileged_userns=0"},
	} {
		content, err := os.ReadFile(s.file)
		if err == nil && strings.TrimSpace(string(content)) == s.value {
			return "; as root: " + s.hint
		}
	}
	return ""
}

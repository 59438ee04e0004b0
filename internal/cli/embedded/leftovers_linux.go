package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/moby/buildkit/cmd/buildkitd/config"
	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// A BuildKit that is killed leaves the containers of its steps with their
// processes, the mounts of their root file systems, and mounts in the folder
// for temporary files, among them those with a build's secrets. The next one
// with the same folder removes all of it.

// leftovers are what a BuildKit leaves in its folder.
type leftovers struct {
	root string
	// runc is the program that has started the containers.
	runc string
}

func newLeftovers(root string, cfg config.Config) leftovers {
	l := leftovers{root: root, runc: "runc"}
	if real, err := filepath.EvalSymlinks(root); err == nil {
		l.root = real // as in the table of mounts
	}
	names := []string{"buildkit-runc", "runc"}
	if b := cfg.Workers.OCI.Binary; b != "" {
		names = []string{b}
	}
	for _, name := range names {
		if _, err := exec.LookPath(name); err == nil {
			l.runc = name
			break
		}
	}
	return l
}

// containers are the folders of running containers: BuildKit makes one for
// each, with the container's id as its name, and removes it at the end.
func (l leftovers) containers() []string {
	var all []string
	bundles, _ := filepath.Glob(filepath.Join(l.root, "runc-*", "executor", "*"))
	for _, bundle := range bundles {
		if info, err := os.Lstat(bundle); err == nil && info.IsDir() {
			all = append(all, bundle)
		}
	}
	return all
}

// wait waits until BuildKit has removed the containers of a build that was
// cancelled.
func (l leftovers) wait(limit time.Duration) {
	for end := time.Now().Add(limit); len(l.containers()) > 0 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
}

// lateEnds is the time in which BuildKit's last goroutines end. Until then one may
// start a container, or make a folder or a mount where everything was removed.
const lateEnds = 5 * time.Second

// remove removes all that is left.
func (l leftovers) remove() error {
	temporary, err := l.temporary()
	if err != nil {
		return err
	}
	for end := time.Now().Add(lateEnds); ; time.Sleep(20 * time.Millisecond) {
		if err := l.clear(temporary); err == nil || time.Now().After(end) {
			return err
		}
	}
}

// clear ends the processes of all containers, removes all mounts, and then the
// files.
func (l leftovers) clear(temporary string) error {
	if err := l.kill(); err != nil {
		return err
	}
	if err := l.unmount(temporary); err != nil {
		return err
	}
	all := l.containers()
	if temporary != "" {
		all = append(all, temporary)
	}
	for _, dir := range all {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	if err := os.Remove(l.record()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// kill ends all processes of the containers. A container without a state has
// none.
func (l leftovers) kill() error {
	var all error
	for _, bundle := range l.containers() {
		ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
		out, err := exec.CommandContext(ctx, l.runc, "delete", "--force", filepath.Base(bundle)).CombinedOutput()
		stop()
		if err != nil {
			all = errors.Join(all, fmt.Errorf("ending a step of a build that was killed: %w: %s", err, strings.TrimSpace(string(out))))
		}
	}
	return all
}

// unmount removes the mounts of containers, of caches that steps share, and in
// the folder for temporary files.
func (l leftovers) unmount(temporary string) error {
	mounts, err := mountinfo.GetMounts(func(m *mountinfo.Info) (skip, stop bool) { return !l.owns(m.Mountpoint, temporary), false })
	if err != nil {
		return err
	}
	// Those that were mounted last first.
	for _, m := range slices.Backward(mounts) {
		if err := unix.Unmount(m.Mountpoint, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil && !errors.Is(err, unix.EINVAL) {
			return fmt.Errorf("removing a mount of a build that was killed: %s: %w", m.Mountpoint, err)
		}
	}
	return nil
}

// owns reports whether BuildKit has mounted something. Mounts of the user's,
// such as a disk for the cache, are no such.
func (l leftovers) owns(mountpoint, temporary string) bool {
	if temporary != "" && strings.HasPrefix(mountpoint, temporary+"/") {
		return true
	}
	rest, ok := strings.CutPrefix(mountpoint, l.root+"/")
	parts := strings.Split(rest, "/")
	return ok && len(parts) > 2 && strings.HasPrefix(parts[0], "runc-") && (parts[1] == "executor" || parts[1] == "cachemounts")
}

// record is the file that names the folder for temporary files.
func (l leftovers) record() string { return filepath.Join(l.root, "temporary") }

// temporaryPrefix begins the name of a folder for temporary files.
const temporaryPrefix = "moult-embedded-"

// makeTemporary makes BuildKit's folder for temporary files, which is not below
// root, because the paths of sockets are short. Its name is written before
// anything is mounted in it.
func (l leftovers) makeTemporary() (string, error) {
	dir, err := os.MkdirTemp("", temporaryPrefix)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if err := os.WriteFile(l.record(), []byte(dir+"\n"), 0o600); err != nil {
		return "", errors.Join(err, os.Remove(dir))
	}
	return dir, nil
}

// temporary is the recorded folder for temporary files; "" if there is none.
// The name alone is not trusted: the system may have removed the folder, and
// somebody else may have made another in its place.
func (l leftovers) temporary() (string, error) {
	content, err := os.ReadFile(l.record())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	dir := strings.TrimSuffix(string(content), "\n")
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || !strings.HasPrefix(filepath.Base(dir), temporaryPrefix) {
		return "", nil
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || int(stat.Uid) != os.Geteuid() {
		return "", nil
	}
	return dir, nil
}

// running are the leftovers of the BuildKit in this process, while it runs. A
// process has one at most.
var running atomic.Pointer[leftovers]

// Kill ends the steps of the embedded BuildKit at once, for a program that
// exits without an orderly end.
func Kill() {
	if l := running.Swap(nil); l != nil {
		_ = l.kill()
		if temporary, err := l.temporary(); err == nil {
			_ = l.unmount(temporary)
		}
	}
}

package daemons

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// Enter replaces this process with a program of another root file system, in a mount namespace of its own. Everything
// else of the machine is the same, and the program's mounts end with it. The folder dir has the same path in the new
// root.
func Enter(root, dir string, argv []string) error {
	// The namespace belongs to a thread; exec ends the other threads.
	runtime.LockOSThread()
	if err := syscall.Unshare(syscall.CLONE_NEWNS); err != nil {
		return fmt.Errorf("a mount namespace: %w", err)
	}
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make / private: %w", err)
	}
	for _, m := range []struct {
		from, to, kind string
		flags          uintptr
	}{
		// The new root must be a mount point.
		{from: root, to: root, flags: syscall.MS_BIND},
		{from: "/proc", to: filepath.Join(root, "proc"), flags: syscall.MS_BIND | syscall.MS_REC},
		{from: "/sys", to: filepath.Join(root, "sys"), flags: syscall.MS_BIND | syscall.MS_REC},
		{from: "/dev", to: filepath.Join(root, "dev"), flags: syscall.MS_BIND | syscall.MS_REC},
		{from: "tmpfs", to: filepath.Join(root, "run"), kind: "tmpfs"},
		{from: "tmpfs", to: filepath.Join(root, "tmp"), kind: "tmpfs"},
		// Without the mounts of other daemons below it, and after /tmp, where it may be.
		{from: dir, to: filepath.Join(root, dir), flags: syscall.MS_BIND},
	} {
		if err := os.MkdirAll(m.to, 0o755); err != nil {
			return err
		}
		if err := syscall.Mount(m.from, m.to, m.kind, m.flags, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.to, err)
		}
	}
	for _, name := range []string{"/etc/resolv.conf", "/etc/hosts"} {
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(root, name), content, 0o644); err != nil {
			return err
		}
	}
	// If both arguments are the same folder, the old root is mounted over the new one until it is unmounted.
	if err := errors.Join(os.Chdir(root), syscall.PivotRoot(".", ".")); err != nil {
		return fmt.Errorf("change the root to %s: %w", root, err)
	}
	if err := errors.Join(syscall.Unmount(".", syscall.MNT_DETACH), os.Chdir("/")); err != nil {
		return err
	}
	path := "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	return fmt.Errorf("start %s: %w", argv[0], syscall.Exec(argv[0], argv, []string{"PATH=" + path, "HOME=/root"}))
}

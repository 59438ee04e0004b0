package build

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// fixTimes runs a step and sets the modification time of everything it
// changed on the root file system to epoch (Unix seconds). A file counts as
// changed when its inode changed after the step began; mounts are not
// changed.
//
// The step begins with this process, not with its function: the process was the
// container's runtime before, which makes what the image lacks of the places for
// its mounts, such as /etc/resolv.conf. The daemon removes them again and keeps
// the times of their folders, so these must be set here.
func fixTimes(epoch int64, step func() error) error {
	start := processStart()
	if err := step(); err != nil {
		return err
	}
	var root syscall.Stat_t
	if err := syscall.Lstat("/", &root); err != nil {
		return err
	}
	// Folders are set after their content: setting a time inside does not
	// change the folder, but creating or removing does.
	var changed []string
	err := filepath.WalkDir("/", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if os.IsNotExist(err) {
				return nil
			}
			return err
		}
		var st syscall.Stat_t
		if err := syscall.Lstat(path, &st); err != nil {
			return nil
		}
		if st.Dev != root.Dev && d.IsDir() {
			return filepath.SkipDir
		}
		if st.Dev == root.Dev && !time.Unix(st.Ctim.Unix()).Before(start.Add(-clockSlack)) {
			changed = append(changed, path)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return setTimesAndBytecode(withFolders(changed), epoch)
}

// withFolders adds the folders above files, without the root. A layer has them, too,
// and a daemon whose snapshots are whole copies gives each the time of the copy.
func withFolders(files []string) []string {
	known := map[string]bool{"/": true}
	for _, name := range files {
		known[name] = true
	}
	for _, name := range files {
		for dir := filepath.Dir(name); !known[dir]; dir = filepath.Dir(dir) {
			known[dir] = true
			files = append(files, dir)
		}
	}
	return files
}

// fixTimesBelow sets the modification time of files, and of folders with
// everything in them. The later copy of a step's outputs sets these times too;
// fixTimesBelow also changes the bytecode to match.
func fixTimesBelow(outputs []string, epoch int64) error {
	var all []string
	for _, output := range outputs {
		more, err := below(output)
		if err != nil {
			return err
		}
		all = append(all, more...)
	}
	return setTimesAndBytecode(all, epoch)
}

// setTimesAndBytecode is setTimes for files, and also writes the new time into
// their bytecode.
func setTimesAndBytecode(paths []string, epoch int64) error {
	stamped, err := keepBytecode(paths, epoch)
	if err != nil {
		return err
	}
	return setTimes(append(paths, stamped...), epoch)
}

// clockSlack covers file systems whose time stamps come from the kernel's
// coarse clock, a tick behind the clock a program reads.
const clockSlack = 10 * time.Millisecond

// setTimes sets access and modification time of each path, not following
// symbolic links. Missing and read-only paths are skipped.
func setTimes(paths []string, epoch int64) error {
	ts := []unix.Timespec{{Sec: epoch}, {Sec: epoch}}
	for _, p := range paths {
		err := unix.UtimesNanoAt(unix.AT_FDCWD, p, ts, unix.AT_SYMLINK_NOFOLLOW)
		switch err {
		case nil, unix.ENOENT, unix.EROFS, unix.EPERM:
		default:
			return &fs.PathError{Op: "utimes", Path: p, Err: err}
		}
	}
	return nil
}

// processStart is when this process was made, as proc(5) tells it. Without it
// the present moment has to do.
func processStart() time.Time {
	now := time.Now()
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return now
	}
	// The second field is the program's name in parentheses, which may hold anything.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	const startTime = 22 - 3
	if len(fields) <= startTime {
		return now
	}
	ticks, err := strconv.ParseInt(fields[startTime], 10, 64)
	var boot unix.Timespec
	if err != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot) != nil {
		return now
	}
	const ticksPerSecond = 100 // on every architecture that Go runs on
	age := time.Duration(boot.Nano()) - time.Duration(ticks)*time.Second/ticksPerSecond
	return now.Add(-age)
}

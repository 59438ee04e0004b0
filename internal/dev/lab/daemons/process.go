package daemons

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// service is one of the lab's daemons: a process that outlives the command that started it.
type service struct {
	name string
	argv []string
	env  []string
	// version is another reason to replace a running process: it is replaced if its version or its command line has
	// changed.
	version string
	// ready reports nil once the daemon answers.
	ready func(context.Context) error
}

// record identifies a started process. The start time in clock ticks since boot, together with the id of the boot,
// distinguishes it from a later process with the same number.
type record struct {
	PID     int      `json:"pid"`
	Started string   `json:"started"`
	Boot    string   `json:"boot"`
	Argv    []string `json:"argv"`
	Version string   `json:"version"`
}

func (l *lab) recordPath(name string) string { return filepath.Join(l.run, name+".json") }

func (l *lab) readRecord(name string) (record, error) {
	var r record
	data, err := os.ReadFile(l.recordPath(name))
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(data, &r)
}

// alive reports whether the recorded process still runs.
func (r record) alive() bool {
	if r.PID <= 0 || r.Boot != bootID() {
		return false
	}
	started, state, err := processStart(r.PID)
	return err == nil && started == r.Started && state != "Z"
}

// start starts the daemon, unless it already runs with this command line, and waits until it answers.
func (l *lab) start(ctx context.Context, s service) error {
	old, err := l.readRecord(s.name)
	if err == nil && old.alive() {
		if strings.Join(old.Argv, "\x00") == strings.Join(s.argv, "\x00") && old.Version == s.version {
			if l.await(ctx, s, old, 10*time.Second) == nil {
				return nil
			}
			l.say("%s does not answer, starting it again", s.name)
		}
		if err := l.stop(s.name); err != nil {
			return err
		}
	}
	log, err := os.OpenFile(filepath.Join(l.logs, s.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(s.argv[0], s.argv[1:]...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), s.env...)
	cmd.Dir = l.dir
	// The daemon has a session of its own, so that it runs longer than this command and its terminal.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", s.name, err)
	}
	started, _, err := processStart(cmd.Process.Pid)
	if err != nil {
		return fmt.Errorf("start %s: it ended at once, see %s", s.name, log.Name())
	}
	now := record{PID: cmd.Process.Pid, Started: started, Boot: bootID(), Argv: s.argv, Version: s.version}
	data, err := json.Marshal(now)
	if err != nil {
		return err
	}
	if err := os.WriteFile(l.recordPath(s.name), data, 0o644); err != nil {
		return err
	}
	// Wait for the process, so that a daemon that ends is no zombie and the check below sees its end.
	go cmd.Wait() //nolint:errcheck // its exit shows in the wait below
	if err := l.await(ctx, s, now, 60*time.Second); err != nil {
		return fmt.Errorf("start %s: %w\n%s", s.name, err, tail(log.Name(), 15))
	}
	return nil
}

// await waits until the daemon answers, it ends, or the time is over.
func (l *lab) await(ctx context.Context, s service, r record, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		err := s.ready(ctx)
		if err == nil {
			return nil
		}
		if !r.alive() {
			return errors.New("it ended before it answered")
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it did not answer in %s: %w", limit, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stop ends only the process that start has recorded under the name: first by SIGTERM, then by SIGKILL.
func (l *lab) stop(name string) error {
	r, err := l.readRecord(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGTERM, 20 * time.Second}, {syscall.SIGKILL, 5 * time.Second}} {
		if !r.alive() {
			break
		}
		if err := syscall.Kill(r.PID, step.signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop %s: %w", name, err)
		}
		for end := time.Now().Add(step.wait); r.alive() && time.Now().Before(end); {
			time.Sleep(20 * time.Millisecond)
		}
	}
	if r.alive() {
		return fmt.Errorf("stop %s: process %d does not end", name, r.PID)
	}
	return os.Remove(l.recordPath(name))
}

// processStart reads field 22 (start time) and field 3 (state) of /proc/PID/stat; see proc(5).
func processStart(pid int) (started, state string, err error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", "", err
	}
	// The second field is the program's name in parentheses, which may hold anything.
	_, rest, ok := strings.Cut(string(data[strings.LastIndexByte(string(data), ')'):]), ") ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 20 {
		return "", "", fmt.Errorf("unexpected content of /proc/%d/stat", pid)
	}
	return fields[19], fields[0], nil
}

func bootID() string {
	data, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// tail returns the last lines of a file, for an error message.
func tail(path string, lines int) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	if end, err := f.Seek(0, io.SeekEnd); err == nil && end > 16<<10 {
		_, _ = f.Seek(-16<<10, io.SeekEnd)
	} else {
		_, _ = f.Seek(0, io.SeekStart)
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return ""
	}
	all := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

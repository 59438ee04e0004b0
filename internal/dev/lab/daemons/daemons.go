// Package daemons starts and stops the lab: the daemons, base images and packages that the tests, the demo and the
// benchmarks build with. The input is a checkout of the project on a Debian or Ubuntu machine; the caller is root. The
// output is the folder .lab with everything in it, and a lab.State with the addresses. Existing parts are not made
// again: a second run takes a moment, and a run after a reboot only starts the daemons.
package daemons

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	labapi "github.com/moult-build/moult/internal/dev/lab"
	"github.com/moult-build/moult/internal/dev/lab/images"
)

// lab is one run of up or down over one checkout.
type lab struct {
	checkout string // the module's root
	dir      string // checkout/.lab
	bin      string // the lab's programs
	run      string // sockets and records of processes
	logs     string
	pythons  []string // those that the lab is for; none means everything
	out      io.Writer
	began    time.Time
	mu       sync.Mutex
	state    labapi.State
}

// open reads the lab of a checkout for one run. A second run over the same checkout waits until the first one unlocks
// it, and only then reads the state: the first one may change it.
func open(checkout string, out io.Writer) (l *lab, unlock func(), err error) {
	if checkout, err = filepath.Abs(checkout); err != nil {
		return nil, nil, err
	}
	if checkout, err = filepath.EvalSymlinks(checkout); err != nil {
		return nil, nil, err
	}
	dir := filepath.Join(checkout, ".lab")
	l = &lab{
		checkout: checkout, dir: dir, bin: filepath.Join(dir, "bin"), run: filepath.Join(dir, "run"),
		logs: filepath.Join(dir, "log"), out: out, began: time.Now(),
	}
	for _, d := range []string{l.bin, l.run, l.logs} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return nil, nil, err
		}
	}
	if unlock, err = l.lock(); err != nil {
		return nil, nil, err
	}
	l.state, err = labapi.ReadState(dir)
	if err != nil && !errors.Is(err, labapi.ErrNoLab) {
		unlock()
		return nil, nil, err
	}
	l.state.Dir = dir
	return l, unlock, nil
}

func (l *lab) lock() (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(l.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// say prints a message for the user.
func (l *lab) say(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.out, "lab %5.1fs  %s\n", time.Since(l.began).Seconds(), fmt.Sprintf(format, args...))
}

// command runs a program of the machine. Its output goes to the log of the given name, and the end of the output is in
// the error.
func (l *lab) command(ctx context.Context, log string, env []string, argv ...string) error {
	path := filepath.Join(l.logs, log+".log")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	program := findProgram(argv[0])
	if program == "" {
		return fmt.Errorf("%s: no such program", argv[0])
	}
	cmd := exec.CommandContext(ctx, program, argv[1:]...)
	cmd.Stdout, cmd.Stderr = f, f
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, tail(path, 15))
	}
	return nil
}

// Up starts the lab of the checkout and returns its state. It prints its progress to out. With Pythons
// (images.OfPythons) the lab has their base images and their builds of the index's packages alone; without one it has all images (images.All). What
// an earlier run has made stays.
func Up(ctx context.Context, checkout string, out io.Writer, pythons ...string) (labapi.State, error) {
	if os.Geteuid() != 0 {
		return labapi.State{}, errors.New("the lab runs daemons and containers: run it as root")
	}
	l, unlock, err := open(checkout, out)
	if err != nil {
		return labapi.State{}, err
	}
	defer unlock()
	if l.pythons = pythons; len(pythons) > 0 {
		if _, err := images.OfPythons(pythons...); err != nil {
			return labapi.State{}, err
		}
	}

	if err := l.installMissing(ctx); err != nil {
		return labapi.State{}, err
	}
	if err := l.choosePlaces(); err != nil {
		return labapi.State{}, err
	}
	l.state.CA = authorities()

	// A first run spends most of its time on compiling tools and making base images, so it does both at the same time.
	// Only the registry must run before the images are made.
	if err := l.buildTools(ctx, "registry"); err != nil {
		return labapi.State{}, err
	}
	if err := l.startRegistry(ctx); err != nil {
		return labapi.State{}, err
	}
	work, workCtx := errgroup.WithContext(ctx)
	work.Go(func() error { return l.bringImages(workCtx) })
	work.Go(func() error {
		if err := l.buildTools(workCtx, "buildkitd"); err != nil {
			return err
		}
		if err := l.startBuildkit(workCtx); err != nil {
			return err
		}
		return l.buildTools(workCtx, "buildx")
	})
	work.Go(func() error {
		if err := l.startEngine(workCtx); err != nil {
			// Builds do not need the engine; tests that need it fail with a message.
			l.say("this machine runs no Docker Engine: %v", err)
			l.state.Docker = ""
		}
		return nil
	})
	work.Go(func() error { l.state.PublicIndex = publicIndex(workCtx); return nil })
	if err := work.Wait(); err != nil {
		return labapi.State{}, err
	}
	if err := l.state.Write(); err != nil {
		return labapi.State{}, err
	}
	if err := l.makeBuilder(ctx); err != nil {
		return labapi.State{}, err
	}
	if err := l.startIndex(ctx); err != nil {
		return labapi.State{}, err
	}
	if err := l.makePackages(ctx); err != nil {
		return labapi.State{}, err
	}
	return l.state, nil
}

// Down ends only the processes that Up has started for this checkout. All files stay, so that the next Up is quick.
func Down(ctx context.Context, checkout string, out io.Writer) error {
	l, unlock, err := open(checkout, out)
	if err != nil {
		return err
	}
	defer unlock()
	var failed []error
	for _, name := range []string{"index", "dockerd", "containerd", "buildkitd", "registry"} {
		failed = append(failed, l.stop(name))
	}
	failed = append(failed, l.stopEngines(ctx), l.removeNetwork(ctx, network{l.state.Bridge, l.state.Subnet}), unmountBelow(l.dir))
	return errors.Join(failed...)
}

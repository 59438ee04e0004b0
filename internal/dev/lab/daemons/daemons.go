// Package daemons starts and stops the lab: the daemons, base images and packages that the tests, the demo and
// the benchmarks build with. In: a checkout of the project on a Debian or Ubuntu machine, as root. Out: the folder
// .lab with everything in it, and a lab.State that says where it answers. What is there already is left alone, so a
// second run takes a moment, and a run after a reboot starts only what is gone.
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
)

// lab is one run of up or down over one checkout.
type lab struct {
	checkout string // the module's root
	dir      string // checkout/.lab
	bin      string // the lab's programs
	run      string // sockets and records of processes
	logs     string
	out      io.Writer
	began    time.Time
	mu       sync.Mutex
	state    labapi.State
}

func open(checkout string, out io.Writer) (*lab, error) {
	checkout, err := filepath.Abs(checkout)
	if err != nil {
		return nil, err
	}
	if checkout, err = filepath.EvalSymlinks(checkout); err != nil {
		return nil, err
	}
	dir := filepath.Join(checkout, ".lab")
	l := &lab{
		checkout: checkout, dir: dir, bin: filepath.Join(dir, "bin"), run: filepath.Join(dir, "run"),
		logs: filepath.Join(dir, "log"), out: out, began: time.Now(),
	}
	for _, d := range []string{l.bin, l.run, l.logs} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return nil, err
		}
	}
	l.state, err = labapi.ReadState(dir)
	if err != nil && !errors.Is(err, labapi.ErrNoLab) {
		return nil, err
	}
	l.state.Dir = dir
	return l, nil
}

// lock keeps two runs over the same checkout apart. The second waits for the first.
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

// say tells the user what is being done.
func (l *lab) say(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.out, "lab %5.1fs  %s\n", time.Since(l.began).Seconds(), fmt.Sprintf(format, args...))
}

// command runs a program of the machine, with what it prints in the log of the given name and its end in the error.
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

// Up starts the lab of the checkout and returns what it is. It says what it does on out.
func Up(ctx context.Context, checkout string, out io.Writer) (labapi.State, error) {
	if os.Geteuid() != 0 {
		return labapi.State{}, errors.New("the lab runs daemons and containers: run it as root")
	}
	l, err := open(checkout, out)
	if err != nil {
		return labapi.State{}, err
	}
	unlock, err := l.lock()
	if err != nil {
		return labapi.State{}, err
	}
	defer unlock()

	if err := l.installMissing(ctx); err != nil {
		return labapi.State{}, err
	}
	if err := l.choosePlaces(); err != nil {
		return labapi.State{}, err
	}
	l.state.CA = authorities()

	// Compiling the tools and making the base images take most of a first run, so they go side by side.
	// Only the registry has to be there before the images.
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
			// Builds do not need it; what does need it says so.
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

// Down ends what Up started for this checkout, and nothing else. What was made stays, so that the next Up is quick.
func Down(ctx context.Context, checkout string, out io.Writer) error {
	l, err := open(checkout, out)
	if err != nil {
		return err
	}
	unlock, err := l.lock()
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

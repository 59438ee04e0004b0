// Package bytecode compiles Python source files with a given interpreter into
// hash-based .pyc files (PEP 552) whose bytes depend only on the source, the
// final path and the Python version.
//
// The input is a list of files. The output are .pyc files in the install.Tree
// that becomes an image layer. The interpreter runs as a child process, which
// reads names and answers with bytecode. It writes no file.
package bytecode

import (
	_ "embed"
	"errors"
	"fmt"
	"path"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moult-build/moult/internal/step/install"
)

//go:embed compile.py
var script string

// Source is one file to compile.
type Source struct {
	// From is the path of the file on this machine.
	From string
	// Final is its absolute path in the image, which tracebacks show.
	Final string
	// Size is the file's length in bytes. Compile divides the work by it.
	Size int64
}

// Result is the result of Compile.
type Result struct {
	// Compiled counts the files that have bytecode now.
	Compiled int
	// Failed are the files that are not valid in this version of Python, sorted by
	// path. Packages contain such files on purpose (templates, Python 2).
	Failed []Failure
	// Tag is the part of the bytecode's names that says the interpreter.
	Tag string
}

// Failure is a file that cannot be compiled.
type Failure struct {
	Final string
	// Line and Column count from 1; 0 if Python does not say them.
	Line, Column int
	Reason       string
}

// parseFailure reads the interpreter's answer for a file that it cannot compile.
func parseFailure(final string, payload []byte) (Failure, error) {
	parts := strings.SplitN(string(payload), "\x00", 3)
	if len(parts) != 3 {
		return Failure{}, fmt.Errorf("answer %q", payload)
	}
	line, err := strconv.Atoi(parts[0])
	if err != nil {
		return Failure{}, err
	}
	column, err := strconv.Atoi(parts[1])
	if err != nil {
		return Failure{}, err
	}
	return Failure{Final: final, Line: line, Column: column, Reason: parts[2]}, nil
}

// Invalidation says when Python stops using bytecode, by the names of
// py_compile.PycInvalidationMode.
type Invalidation string

const (
	// UncheckedHash is bytecode that is used whatever the source says, without a
	// look at it: for files that nobody changes.
	UncheckedHash Invalidation = "unchecked-hash"
	// CheckedHash is bytecode that is used only if the source has the same hash.
	CheckedHash Invalidation = "checked-hash"
)

// Compiler is a running interpreter that compiles files.
type Compiler struct {
	interpreter  string
	invalidation Invalidation
	first        *worker
}

// Start starts the interpreter and does not wait until it is ready, so that it
// starts while the files are unpacked.
func Start(interpreter string, invalidation Invalidation) (*Compiler, error) {
	w, err := startWorker(interpreter, invalidation)
	if err != nil {
		return nil, err
	}
	return &Compiler{interpreter: interpreter, invalidation: invalidation, first: w}, nil
}

// Close ends the interpreter.
func (c *Compiler) Close() error { return c.first.close() }

const (
	// parallelFrom is the amount of source, in bytes, from which on a second
	// interpreter saves more time than it costs.
	parallelFrom = 256 << 10
	// patience is the time between two looks for a free processor.
	patience = 50 * time.Millisecond
	// window is the number of files that a worker gets before it has answered, so
	// that it never waits for the next one.
	window = 4
)

// Compile compiles the sources into tree: x/__pycache__/y.TAG.pyc for the final
// path x/y.py. At most limit interpreters run at once. If limit is 0, there is one for
// each processor that has no other work. The number does not change the output.
func (c *Compiler) Compile(tree *install.Tree, sources []Source, limit int) (*Result, error) {
	if len(sources) == 0 {
		return &Result{}, nil
	}
	sources = append([]Source(nil), sources...)
	sort.Slice(sources, func(i, j int) bool { return sources[i].Final < sources[j].Final })
	var total int64
	for _, s := range sources {
		total += s.Size
	}
	free := func() bool { return true }
	if limit <= 0 {
		limit = runtime.GOMAXPROCS(0)
		// The load is that of the machine, of which a limit may give this step a part.
		free = func() bool { return !busy("/proc/loadavg", runtime.NumCPU()) }
	}
	if err := c.first.greet(); err != nil {
		return nil, err
	}
	if c.first.serial {
		limit = 1
	}
	if most := int(total/parallelFrom) + 1; limit > most {
		limit = most
	}

	q := &queue{sources: sources, left: total}
	var wg sync.WaitGroup
	errs := make([]error, limit)
	for i := range limit {
		wg.Go(func() {
			if i == 0 {
				errs[i] = c.first.run(tree, q)
			} else {
				errs[i] = c.help(tree, q, free)
			}
			if errs[i] != nil {
				q.stop()
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	res := &Result{Compiled: len(sources) - len(q.failed), Failed: q.failed, Tag: c.first.tag}
	sort.Slice(res.Failed, func(i, j int) bool { return res.Failed[i].Final < res.Failed[j].Final })
	return res, nil
}

// help compiles sources with another interpreter, which starts when a processor is
// free for it, unless there is little left to do by then.
func (c *Compiler) help(tree *install.Tree, q *queue, free func() bool) error {
	for !free() {
		if q.rest() < parallelFrom {
			return nil
		}
		time.Sleep(patience)
	}
	if q.rest() == 0 {
		return nil
	}
	w, err := startWorker(c.interpreter, c.invalidation)
	if err != nil {
		return err
	}
	defer w.close()
	return w.run(tree, q)
}

// queue distributes the sources to the workers and collects the failures.
type queue struct {
	mu      sync.Mutex
	sources []Source
	next    int
	// left is the sum of the sizes of the sources that nobody has taken.
	left   int64
	failed []Failure
}

// rest is the amount of source, in bytes, that nobody has taken.
func (q *queue) rest() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.left
}

func (q *queue) take() (Source, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.next >= len(q.sources) {
		return Source{}, false
	}
	q.next++
	q.left -= q.sources[q.next-1].Size
	return q.sources[q.next-1], true
}

func (q *queue) stop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next, q.left = len(q.sources), 0
}

func (q *queue) fail(f Failure) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.failed = append(q.failed, f)
}

// CachePath is the path at which Python searches for the bytecode of a source
// file (PEP 3147).
func CachePath(source, tag string) string {
	dir, name := path.Split(source)
	return dir + "__pycache__/" + strings.TrimSuffix(name, ".py") + "." + tag + ".pyc"
}

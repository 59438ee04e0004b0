// Package bytecode compiles Python source files with a given interpreter into
// hash-based .pyc files (PEP 552) whose bytes depend only on the source, the
// final path and the Python version.
//
// The input is a list of files. The output are .pyc files in the install.Tree
// that becomes an image layer. The interpreter runs as a child process, which
// reads names and answers with bytecode. It writes no file.
package bytecode

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
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
		free = func() bool { return !busy("/proc/loadavg", runtime.GOMAXPROCS(0)) }
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
	for !free() && q.rest() >= parallelFrom {
		time.Sleep(patience)
	}
	if q.rest() == 0 || !free() {
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

// worker is one interpreter process.
type worker struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr *tail
	tag    string // "cpython-313", known once it has answered
	layout string
	// serial is true for versions whose output, even normalized, depends on the
	// files that the process compiled before.
	serial bool
}

func startWorker(interpreter string, invalidation Invalidation) (*worker, error) {
	// Without site, user site and bytecode of imported modules. Not -I, which
	// would ignore the hash seed.
	cmd := exec.Command(interpreter, "-s", "-S", "-B", "-X", "utf8", "-c", script, string(invalidation))
	cmd.Dir = "/"
	cmd.Env = []string{"PYTHONHASHSEED=0"}
	if p, ok := os.LookupEnv("LD_LIBRARY_PATH"); ok {
		cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH="+p)
	}
	w := &worker{cmd: cmd, stderr: &tail{}}
	cmd.Stderr = w.stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.in, w.out = in, bufio.NewReaderSize(out, 64<<10)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the Python that compiles bytecode: %w", err)
	}
	return w, nil
}

func (w *worker) close() error {
	w.in.Close()
	// Unread output belongs to a Compile that has failed.
	_, _ = io.Copy(io.Discard, w.out)
	return w.cmd.Wait()
}

// run compiles sources from q until there are none.
func (w *worker) run(tree *install.Tree, q *queue) error {
	if err := w.greet(); err != nil {
		return err
	}
	var pending []Source
	for {
		for len(pending) < window {
			s, ok := q.take()
			if !ok {
				break
			}
			if strings.ContainsRune(s.From+s.Final, 0) {
				return fmt.Errorf("%q: a path cannot hold a NUL byte", s.Final)
			}
			if _, err := io.WriteString(w.in, s.From+"\x00"+s.Final+"\x00"); err != nil {
				return w.broken(s, err)
			}
			pending = append(pending, s)
		}
		if len(pending) == 0 {
			return nil
		}
		s := pending[0]
		pending = pending[1:]
		kind, payload, err := w.answer()
		if err != nil {
			return w.broken(s, err)
		}
		switch kind {
		case 'e':
			f, err := parseFailure(s.Final, payload)
			if err != nil {
				return w.broken(s, err)
			}
			q.fail(f)
		case 'c':
			// Bytecode in a format that this program does not know is not changed.
			if normal, err := normalizePyc(payload, w.layout); err == nil {
				payload = normal
			}
			if err := tree.WriteFile(CachePath(s.Final, w.tag), payload, false); err != nil {
				return err
			}
		default:
			return w.broken(s, fmt.Errorf("answer of unknown kind %q", kind))
		}
	}
}

// greet reads the first answer, which has the version of Python, unless it was
// read before.
func (w *worker) greet() error {
	if w.tag != "" {
		return nil
	}
	kind, payload, err := w.answer()
	if err != nil || kind != 'h' {
		return w.broken(Source{}, err)
	}
	var major, minor int
	if _, err := fmt.Sscanf(string(payload), "%d %d %s", &major, &minor, &w.tag); err != nil {
		return w.broken(Source{}, err)
	}
	w.layout = layoutOf(major, minor)
	w.serial = major == 3 && minor < 10
	return nil
}

func (w *worker) answer() (kind byte, payload []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(w.out, head[:]); err != nil {
		return 0, nil, err
	}
	payload = make([]byte, binary.LittleEndian.Uint32(head[1:]))
	_, err = io.ReadFull(w.out, payload)
	return head[0], payload, err
}

// broken is the error for an interpreter that has stopped answering, with the
// end of its output.
func (w *worker) broken(s Source, err error) error {
	if exit := w.close(); exit != nil {
		err = exit
	}
	what := "while it started"
	if s.Final != "" {
		what = "at " + s.Final
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signal() == syscall.SIGKILL {
			return fmt.Errorf("%s was killed while it compiled, %s; most often the machine, or the limit of the build, has too little memory: %w", w.cmd.Path, what, err)
		}
	}
	if said := w.stderr.String(); said != "" {
		return fmt.Errorf("%s stopped compiling %s: %w: %s", w.cmd.Path, what, err, said)
	}
	return fmt.Errorf("%s stopped compiling %s: %w", w.cmd.Path, what, err)
}

// CachePath is the path at which Python searches for the bytecode of a source
// file (PEP 3147).
func CachePath(source, tag string) string {
	dir, name := path.Split(source)
	return dir + "__pycache__/" + strings.TrimSuffix(name, ".py") + "." + tag + ".pyc"
}

// tail keeps the last line written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if len(t.buf) > 8<<10 {
		t.buf = t.buf[len(t.buf)-4<<10:]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := bytes.TrimSpace(t.buf)
	return string(b[bytes.LastIndexByte(b, '\n')+1:])
}

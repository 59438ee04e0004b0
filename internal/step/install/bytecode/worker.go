package bytecode

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"

	"github.com/moult-build/moult/internal/step/install"
	"github.com/moult-build/moult/internal/step/takenpython"
)

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

func startWorker(python string, invalidation Invalidation) (*worker, error) {
	argv, env := takenpython.Command(python, script)
	cmd := exec.Command(argv[0], append(argv[1:], string(invalidation))...)
	cmd.Dir = "/"
	cmd.Env = append(env, "PYTHONHASHSEED=0")
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

package build

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/moult-build/moult/internal/step/protocol"
	"github.com/moult-build/moult/internal/step/takenpython"
)

// TakeInterpreter takes the Python that compiles bytecode out of an image (package takenpython), and answers questions
// about the image. A builder that has this from a cache needs neither the image nor its files.
type TakeInterpreter struct {
	// From is the image's root.
	From string
	// Interpreter and Library are paths in it: the program, and the folder of the standard library.
	Interpreter, Library string
	// Files and Folders are the questions: what a file holds, and what is in a folder.
	Files, Folders []string
	// Out is the folder for protocol.TakenPython and protocol.AnswersFile.
	Out string
	// Epoch is the time given to files, in Unix seconds.
	Epoch int64
}

// Make takes the interpreter, tries it, and writes the answers. An interpreter that cannot be taken, or that does not run
// without the rest of its image, is no error: the answers say so, and files are compiled in the whole image.
func (t TakeInterpreter) Make() error {
	out := layer{base: tree(t.Out), out: t.Out}
	answers, err := t.answers()
	if err != nil {
		return err
	}
	if out.made, err = t.take(); err != nil {
		answers.NotTaken, out.made = err.Error(), nil
		if err := os.RemoveAll(filepath.Join(t.Out, protocol.TakenPython)); err != nil {
			return err
		}
	}
	content, err := json.Marshal(answers)
	if err != nil {
		return err
	}
	if err := out.file(protocol.AnswersFile, string(content)); err != nil {
		return err
	}
	return out.setTimes(t.Epoch)
}

// take takes the interpreter and returns what it has written.
func (t TakeInterpreter) take() (made []string, err error) {
	from := tree(t.From)
	// A step that compiles is mounted the library itself, and would not see that a
	// layer with folders at this path replaces a link.
	if behind, err := behindLink(from, t.Library); err != nil || behind {
		return nil, cmp.Or(err, fmt.Errorf("%s is behind a symbolic link", t.Library))
	}
	program, err := readObject(from, t.Interpreter)
	if err != nil {
		return nil, err
	}
	if program == nil {
		return nil, fmt.Errorf("%s is no program", t.Interpreter)
	}
	take := taking{transfer{layer: layer{base: tree(t.Out), out: t.Out}, from: from, theirs: newLibraries(from, program.Machine)}}
	if err := take.program(program); err != nil {
		return nil, err
	}
	if err := take.codecs(t.Library); err != nil {
		return nil, err
	}
	return take.made, t.compiles()
}

// taking is a transfer into the folder of package takenpython.
type taking struct{ transfer }

func taken(parts ...string) string {
	return path.Join(append([]string{protocol.TakenPython}, parts...)...)
}

// program copies the interpreter, its loader, and all shared libraries that it needs.
func (t *taking) program(program *object) error {
	if err := t.copy(program.name, taken(takenpython.Program)); err != nil {
		return err
	}
	if program.Interpreter != "" {
		if err := t.copy(program.Interpreter, taken(takenpython.Loader)); err != nil {
			return err
		}
	}
	return t.needed(program)
}

// needed copies the shared libraries that objects need, directly or not.
func (t *taking) needed(objects ...*object) error {
	for len(objects) > 0 {
		by := objects[0]
		objects = objects[1:]
		for _, name := range by.Needed {
			to := taken(takenpython.Libraries, path.Base(name))
			if t.exists(to) {
				continue
			}
			found := t.theirs.find(name, by)
			if found == "" {
				return fmt.Errorf("%s needs %s, and the loader of its own image does not find it", by.name, name)
			}
			o, err := readObject(t.from, found)
			if err != nil {
				return err
			}
			if o == nil {
				return fmt.Errorf("%s is no shared library", found)
			}
			if err := t.copy(found, to); err != nil {
				return err
			}
			objects = append(objects, o)
		}
	}
	return nil
}

// startup are the modules by which an interpreter recognises its library, or which it reads at its start: codecs and io
// are a part of the program since Python 3.11, and linecache is read since 3.13.
var startup = []string{"os.py", "abc.py", "codecs.py", "io.py", "linecache.py", "_bootlocale.py"}

// codecs copies what an interpreter reads of its library at its start, and to decode sources.
func (t *taking) codecs(library string) error {
	to := func(name string) string {
		return taken(takenpython.Home, "lib", path.Base(library), strings.TrimPrefix(name, library))
	}
	for _, name := range startup {
		if name = path.Join(library, name); isFileIn(t.from, name) {
			if err := t.copy(name, to(name)); err != nil {
				return err
			}
		}
	}
	wanted := func(name string, e fs.DirEntry) bool {
		base := path.Base(name)
		return e.Type().IsRegular() && (strings.HasSuffix(base, ".py") || strings.HasPrefix(base, "_codecs_") || strings.HasPrefix(base, "_multibytecodec."))
	}
	var modules []*object
	for _, folder := range []string{"encodings", "lib-dynload"} {
		folder = path.Join(library, folder)
		err := t.from.walk(folder, func(string) bool { return false }, func(name string, e fs.DirEntry) error {
			if !wanted(name, e) {
				return nil
			}
			o, err := readObject(t.from, name)
			if err != nil {
				return err
			}
			if o != nil {
				modules = append(modules, o)
			}
			return t.copy(name, to(name))
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := t.needed(modules...); err != nil {
		return err
	}
	// An interpreter complains of this folder if it does not exist.
	return t.folder(taken(takenpython.Home, "lib", path.Base(library), "lib-dynload"), 0, -1, -1)
}

// compiles runs the interpreter as the installer will (package bytecode), in an empty root. A release of Python may read
// more of its library at its start than was taken.
func (t TakeInterpreter) compiles() error {
	const script = "import sys, posix, marshal, gc, _imp, _warnings\n" +
		"from _frozen_importlib_external import MAGIC_NUMBER\n" +
		"marshal.dumps(compile(b'# coding: cp1252\\nx = 1', '/x.py', 'exec', dont_inherit=True))\n"
	argv, env := takenpython.Command(filepath.Join(t.Out, protocol.TakenPython), script)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = "/", env
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		return fmt.Errorf("%s does not run without the rest of its image: %v: %s", t.Interpreter, err, out)
	}
	return nil
}

// answers are the answers to the questions about the image.
func (t TakeInterpreter) answers() (protocol.Answers, error) {
	from := tree(t.From)
	a := protocol.Answers{Files: map[string][]byte{}, Folders: map[string]map[string]protocol.Entry{}}
	for _, name := range t.Files {
		content, err := from.readFile(name)
		if err == nil {
			a.Files[name] = content
		} else if !errors.Is(err, fs.ErrNotExist) {
			return a, err
		}
	}
	for _, name := range t.Folders {
		entries, err := entriesOf(from, name)
		if err == nil {
			a.Folders[name] = entries
		} else if !errors.Is(err, fs.ErrNotExist) {
			return a, err
		}
	}
	return a, nil
}

// entriesOf lists a folder of an image.
func entriesOf(image tree, folder string) (map[string]protocol.Entry, error) {
	dir, err := image.path(folder)
	if err != nil {
		return nil, err
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	all := map[string]protocol.Entry{}
	for _, l := range list {
		info, err := l.Info()
		if err != nil {
			return nil, err
		}
		entry := protocol.Entry{Mode: info.Mode()}
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			entry.UID, entry.GID = int(st.Uid), int(st.Gid)
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			if entry.Link, err = os.Readlink(filepath.Join(dir, l.Name())); err != nil {
				return nil, err
			}
		}
		all[l.Name()] = entry
	}
	return all, nil
}

// behindLink reports whether a path of an image goes through a symbolic link.
func behindLink(image tree, name string) (bool, error) {
	root, err := image.path("/")
	if err != nil {
		return false, err
	}
	p, err := image.path(name)
	return p != filepath.Join(root, name), err
}

func isFileIn(image tree, name string) bool {
	p, err := image.path(name)
	return err == nil && isFile(p)
}

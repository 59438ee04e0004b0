package build

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Bytecode that Python or a distribution's package has compiled holds the time
// and the size of its source. If the source gets another time, the bytecode is
// stale, and every start compiles again.

// bytecodeHeader is the length of a file's header (PEP 552): magic number,
// flags, the source's time and size, four bytes each, the smallest first.
const bytecodeHeader = 16

// keepBytecode changes the bytecode of the sources among paths: it writes the
// time that the sources will have, epoch in Unix seconds. It returns the files
// that it has changed. It does not change bytecode that has a hash of its
// source, or that is already stale.
//
// A source may be a link, such as Debian's sitecustomize.py to a file in /etc.
// Python compares the time of the link's target.
func keepBytecode(paths []string, epoch int64) ([]string, error) {
	changed, _, err := keepBytecodeIn("/", paths, epoch)
	return changed, err
}

// keepBytecodeBelow is keepBytecode for paths of an image and everything below
// them. Sources whose bytecode it changes get the time, too, so that the
// bytecode is good for the steps of a stage that run before the copy. The copy
// sets the times of all other files.
func keepBytecodeBelow(image tree, names []string, epoch int64) error {
	var all []string
	for _, name := range names {
		top, err := image.path(name)
		if err != nil {
			return err
		}
		more, err := below(top)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the copy reports it
		}
		if err != nil {
			return err
		}
		all = append(all, more...)
	}
	_, sources, err := keepBytecodeIn(string(image), all, epoch)
	if err != nil {
		return err
	}
	return setTimes(sources, epoch)
}

// keepBytecodeIn is keepBytecode for paths in a root, in which links are
// followed. It also returns the sources of the files that it has changed.
func keepBytecodeIn(root string, paths []string, epoch int64) (changed, sources []string, err error) {
	all := map[string]bool{}
	for _, path := range paths {
		all[path] = true
	}
	for _, source := range paths {
		stem, ok := strings.CutSuffix(filepath.Base(source), ".py")
		if !ok {
			continue
		}
		file, err := followIn(root, source)
		if err != nil || file != source && !all[file] {
			continue // a broken link, or a link to a file that keeps its time
		}
		info, err := os.Lstat(file)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		dir := filepath.Join(filepath.Dir(source), "__pycache__")
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // there is none
		}
		for _, e := range entries {
			rest, ok := strings.CutPrefix(e.Name(), stem+".")
			if !ok || !strings.HasSuffix(rest, ".pyc") || !e.Type().IsRegular() {
				continue
			}
			name := filepath.Join(dir, e.Name())
			done, err := stamp(name, info, epoch)
			if err != nil {
				return changed, sources, err
			}
			if done {
				changed, sources = append(changed, name), append(sources, file)
			}
		}
	}
	return changed, sources, nil
}

// followIn follows the links of a path in a root.
func followIn(root, name string) (string, error) {
	rel, err := filepath.Rel(root, name)
	if err != nil {
		return "", err
	}
	return rootPath(root, rel)
}

// below returns the path of a file, or those of a folder and everything in it.
func below(top string) ([]string, error) {
	var all []string
	err := filepath.WalkDir(top, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		all = append(all, filepath.Clean(path))
		return nil
	})
	return all, err
}

// stamp writes the time that a source will have into its bytecode. It returns
// false if the bytecode has a hash instead of a time, or another time than the
// source.
func stamp(name string, source fs.FileInfo, epoch int64) (done bool, err error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if os.IsPermission(err) || os.IsNotExist(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	var header [bytecodeHeader]byte
	if n, err := f.ReadAt(header[:], 0); n < bytecodeHeader {
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		return false, err
	}
	word := func(at int) uint32 { return binary.LittleEndian.Uint32(header[at:]) }
	// Python compares only the lower 32 bits.
	if word(4) != 0 || word(8) != uint32(source.ModTime().Unix()) || word(12) != uint32(source.Size()) {
		return false, nil
	}
	var now [4]byte
	binary.LittleEndian.PutUint32(now[:], uint32(epoch))
	_, err = f.WriteAt(now[:], 8)
	return true, err
}

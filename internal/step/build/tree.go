package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/moult-build/moult/internal/step/digest"
	"github.com/moult-build/moult/internal/step/legacy"
	"github.com/moult-build/moult/internal/step/protocol"
)

// Tree is a source tree in the arguments of a step.
type Tree protocol.Tree

// unpack is a program that uses Python's standard library, because it
// supports every format that sdists have used. It uses the filter for
// untrusted archives if this Python has it.
const unpack = `import shutil, sys, tarfile
options = {"filter": "data"} if hasattr(tarfile, "data_filter") and ".zip" not in sys.argv[1] else {}
shutil.unpack_archive(sys.argv[1], sys.argv[2], **options)`

// open returns the project's folder. An archive is unpacked to the folder in
// which source trees are built, so that compiled files do not contain a
// temporary path.
func (t Tree) open(ctx context.Context, c *Console, python string) (string, error) {
	root := t.Source
	if t.Archive != "" {
		archive, err := t.archive()
		if err != nil {
			return "", err
		}
		if err := os.MkdirAll(protocol.Source, 0o755); err != nil {
			return "", err
		}
		if err := c.command(ctx, os.Environ(), "", python, "-I", "-c", unpack, archive, protocol.Source); err != nil {
			return "", fmt.Errorf("unpacking %s: %w", filepath.Base(archive), err)
		}
		entries, err := os.ReadDir(protocol.Source)
		if err != nil {
			return "", err
		}
		// An sdist has one folder at its top (PEP 517).
		root = protocol.Source
		if len(entries) == 1 && entries[0].IsDir() {
			root = filepath.Join(root, entries[0].Name())
		}
	}
	dir := filepath.Join(root, filepath.FromSlash(t.Subdirectory))
	if !filepath.IsLocal(filepath.Join(".", filepath.FromSlash(t.Subdirectory))) {
		return "", fmt.Errorf("the subdirectory %q leaves the source tree", t.Subdirectory)
	}
	return dir, t.writePyproject(dir)
}

// writePyproject copies the backend's pyproject.toml into the project's folder, with its time.
func (t Tree) writePyproject(dir string) error {
	if t.Pyproject == "" {
		return nil
	}
	info, err := os.Stat(t.Pyproject)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(t.Pyproject)
	if err != nil {
		return err
	}
	dest := filepath.Join(dir, "pyproject.toml")
	if err := os.WriteFile(dest, content, 0o644); err != nil {
		return err
	}
	return os.Chtimes(dest, info.ModTime(), info.ModTime())
}

// archive is the archive's file.
func (t Tree) archive() (string, error) {
	info, err := os.Stat(t.Archive)
	if err != nil {
		return "", err
	}
	file := t.Archive
	if info.IsDir() {
		if file, err = wheelIn(t.Archive); err != nil {
			return "", err
		}
	}
	return file, digest.Check(file, t.SHA256)
}

// wheel returns the archive if it is a wheel and not an sdist.
func (t Tree) wheel() (file string, ok bool) {
	if t.Archive == "" {
		return "", false
	}
	file, err := t.archive()
	return file, err == nil && strings.HasSuffix(file, ".whl")
}

// readBackend reads the [build-system] table of a project's folder. A tree with another
// table in pyproject.toml may need a setuptools that reads [project].
func readBackend(dir, python string) (Backend, error) {
	content, err := os.ReadFile(filepath.Join(dir, "pyproject.toml"))
	if errors.Is(err, fs.ErrNotExist) {
		return Backend{Requires: legacy.Requires(python), Backend: legacy.Backend}, nil
	}
	if err != nil {
		return Backend{}, err
	}
	var file struct {
		BuildSystem *struct {
			Requires    []string `toml:"requires"`
			Backend     string   `toml:"build-backend"`
			BackendPath []string `toml:"backend-path"`
		} `toml:"build-system"`
	}
	if err := toml.Unmarshal(content, &file); err != nil {
		return Backend{}, fmt.Errorf("pyproject.toml of the source tree: %w", err)
	}
	bs := file.BuildSystem
	if bs == nil {
		return Backend{Requires: legacy.Unpinned, Backend: legacy.Backend}, nil
	}
	b := Backend{Requires: bs.Requires, Backend: bs.Backend, Path: bs.BackendPath}
	if b.Backend == "" {
		b.Backend = legacy.Backend
	}
	return b, nil
}

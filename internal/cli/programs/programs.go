// Package programs holds moult-install and moult-build, which run inside the
// steps of a build, as part of the command line. The frontend's image also
// contains them; a build whose frontend is the command line has no such image.
//
// `make cli` compiles them to the same bytes as in the frontend's image. Every
// step's key contains their content, so only then do both share a cache.
package programs

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/buildkit/util/staticfs"
	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"
)

//go:embed all:bin
var embedded embed.FS

// Local is the name of the local source with the programs.
const Local = "moult-tools"

// Variable is the environment variable with a folder of programs instead of the
// embedded ones. The folder has a subfolder such as linux-amd64 for each
// platform.
const Variable = "MOULT_PROGRAMS"

// names are the programs.
var names = []string{"moult-build", "moult-install"}

// ErrNone is the error of a command line that was compiled without the
// programs.
var ErrNone = errors.New("this moult was compiled without the programs that run in its builds (moult-install, moult-build); " +
	"compile it with `make cli`, or name a folder that holds them in " + Variable)

// Set contains the programs of all available platforms.
type Set struct{ root fs.FS }

// Find returns the programs of the folder that Variable names, or else the
// embedded ones.
func Find() (Set, error) {
	if dir := os.Getenv(Variable); dir != "" {
		s := Set{os.DirFS(dir)}
		if len(s.Platforms()) == 0 {
			return s, fmt.Errorf("%s names %s, which has no folder such as linux-amd64 with moult-install and moult-build in it", Variable, dir)
		}
		return s, nil
	}
	root, err := fs.Sub(embedded, "bin")
	if err != nil {
		return Set{}, err
	}
	s := Set{root}
	if len(s.Platforms()) == 0 {
		return s, ErrNone
	}
	return s, nil
}

// Platforms are the platforms of the set, as linux/amd64.
func (s Set) Platforms() []string {
	entries, err := fs.ReadDir(s.root, ".")
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range entries {
		system, arch, ok := strings.Cut(e.Name(), "-")
		if !ok || !e.IsDir() {
			continue
		}
		if slices.ContainsFunc(names, func(name string) bool {
			_, err := fs.Stat(s.root, path.Join(e.Name(), name))
			return err != nil
		}) {
			continue
		}
		all = append(all, system+"/"+arch)
	}
	return all
}

// folder is a platform's folder.
func folder(platform string) string { return strings.Replace(platform, "/", "-", 1) }

// FS returns the set as a local source.
func (s Set) FS() (fsutil.FS, error) {
	out := staticfs.NewFS()
	for _, p := range s.Platforms() {
		out.Add(folder(p), &types.Stat{Mode: uint32(os.ModeDir | 0o755), ModTime: 1}, nil)
		for _, name := range names {
			content, err := fs.ReadFile(s.root, path.Join(folder(p), name))
			if err != nil {
				return nil, err
			}
			out.Add(path.Join(folder(p), name), &types.Stat{Mode: 0o755, ModTime: stamp(content)}, content)
		}
	}
	return skipping{out}, nil
}

// skipping is a file system whose walk accepts fs.SkipDir, which filters
// return.
type skipping struct{ *staticfs.FS }

// Walk implements fsutil.FS.
func (s skipping) Walk(ctx context.Context, target string, fn fs.WalkDirFunc) error {
	skip := ""
	return s.FS.Walk(ctx, target, func(name string, entry fs.DirEntry, err error) error {
		if skip != "" && strings.HasPrefix(name, skip+"/") {
			return nil
		}
		err = fn(name, entry, err)
		if errors.Is(err, fs.SkipDir) {
			if skip = name; !entry.IsDir() {
				skip = path.Dir(name)
			}
			return nil
		}
		return err
	})
}

// stamp returns a time that depends on a file's content. A daemon does not
// fetch a file again whose size and time it knows. With this time it sees the
// difference between two releases, and the time is the same on every machine.
// It is not part of a step's key.
func stamp(content []byte) int64 {
	sum := sha256.Sum256(content)
	return int64(binary.BigEndian.Uint64(sum[:8]) >> 2)
}

// Write writes the programs of all platforms into a folder, for a client that
// sends this folder itself.
func (s Set) Write(_ context.Context, dir string) error {
	for _, p := range s.Platforms() {
		if err := os.MkdirAll(filepath.Join(dir, folder(p)), 0o755); err != nil {
			return err
		}
		for _, name := range names {
			content, err := fs.ReadFile(s.root, path.Join(folder(p), name))
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, folder(p), name), content, 0o755); err != nil {
				return err
			}
		}
	}
	return nil
}

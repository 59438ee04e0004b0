package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moult-build/moult/internal/step/protocol"
)

// System installs packages of a distribution. The package manager's downloads
// are expected to be in cache mounts. All changed files get the time Epoch,
// and files that differ from run to run (logs, caches) are removed.
type System struct {
	// Packages are names in the package manager's form, Files are package files
	// whose content is trusted.
	Packages, Files []string
	// Repositories are used in addition to the image's own; they do not stay in
	// the image.
	Repositories []protocol.Repository
	// Epoch is the time given to files, in Unix seconds.
	Epoch   int64
	Console *Console
}

// Make installs them with a kind of package manager: "apt", "apk" or "dnf".
func (s System) Make(ctx context.Context, manager string) error {
	env, err := network()
	if err != nil {
		return err
	}
	install := map[string]func(context.Context, []string) error{"apt": s.apt, "apk": s.apk, "dnf": s.dnf}[manager]
	if install == nil {
		return fmt.Errorf("unknown package manager %q", manager)
	}
	// In /tmp they would leave its folder changed if they fetch their lists, and
	// else not: the layer would depend on the cache.
	temporary, err := workFolder("temporary")
	if err != nil {
		return err
	}
	if err := os.Chmod(temporary, 0o777|os.ModeSticky); err != nil {
		return err
	}
	env = append(env, "TMPDIR="+temporary)
	return fixTimes(s.Epoch, func() error { return install(ctx, env) })
}

// program finds the first of several programs; the error for a missing one
// says for what it is needed.
func program(need string, paths ...string) (string, error) {
	for _, p := range paths {
		if _, err := os.Stat(p); err == nil {
			return p, nil
		}
	}
	names := make([]string, len(paths))
	for n, p := range paths {
		names[n] = filepath.Base(p)
	}
	return "", fmt.Errorf("the image has no %s: %s", strings.Join(names, " or "), need)
}

// workFolder creates a folder in the step's tmpfs that other users may read,
// because package managers drop root's rights for some work.
func workFolder(name string) (string, error) {
	dir := filepath.Join(protocol.Tmp, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

// copyFiles copies the regular files of a folder; a missing folder has none.
func copyFiles(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			continue // a folder, or a link to nowhere
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// armored reports whether an OpenPGP key is in its text form.
func armored(key []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(key), []byte("-----BEGIN PGP PUBLIC KEY BLOCK-----"))
}

func removeAll(patterns []string) error {
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, p := range paths {
			if err := os.RemoveAll(p); err != nil {
				return err
			}
		}
	}
	return nil
}

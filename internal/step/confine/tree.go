package confine

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// history are the names of folders with a repository's history and
// configuration.
var history = []string{".git", ".hg", ".bzr", ".svn"}

// projectOf returns the folder that pip has filled with the project of a source
// tree. The backend of a subdirectory may use the whole of it:
// pip-wheel-x/name/sub. pip clones a requirement without a name to
// pip-req-build-x.
func projectOf(base, tree string) (string, error) {
	rel, err := filepath.Rel(base, tree)
	if err != nil {
		return "", err
	}
	parts := strings.Split(rel, string(filepath.Separator))
	name := base
	for _, part := range parts {
		name = filepath.Join(name, part)
		if is, err := isClone(name); err != nil || is {
			return name, err
		}
	}
	return filepath.Join(append([]string{base}, parts[:min(2, len(parts))]...)...), nil
}

// isClone reports whether a folder has the history of a repository.
func isClone(folder string) (bool, error) {
	for _, name := range history {
		is, err := isHistory(filepath.Join(folder, name))
		if err != nil || is {
			return is, err
		}
	}
	return false, nil
}

// isHistory reports whether a path is the history of a repository that pip has
// cloned. What the backends' user has created is none.
func isHistory(name string) (bool, error) {
	if !slices.Contains(history, filepath.Base(name)) {
		return false, nil
	}
	info, err := os.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && owner(info) != stranger, err
}

// giveProject gives a project to the backends' user, except the history of a
// clone. pip runs git in the clone after the backend, and git runs programs that
// the repository's configuration names. It refuses a repository whose history or
// top folder is another user's. So both stay root's. The sticky bit lets the
// backend create files in the folder, but not rename the history.
func giveProject(folder string) error {
	is, err := isClone(folder)
	if err != nil {
		return err
	}
	if !is {
		return give(folder)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := filepath.Join(folder, e.Name())
		if is, err := isHistory(name); err != nil {
			return err
		} else if is {
			continue
		}
		if err := give(name); err != nil {
			return err
		}
	}
	if err := os.Lchown(folder, os.Geteuid(), stranger); err != nil {
		return err
	}
	return os.Chmod(folder, os.ModeSticky|0o775)
}

// allowGit lets the backend's git read a repository of another user. A variable
// is not enough: git before 2.38 and some backends ignore it.
func allowGit(home string) error {
	return os.WriteFile(filepath.Join(home, ".gitconfig"), []byte("[safe]\n\tdirectory = *\n"), 0o644)
}

package sample

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// limit is the longest time for one clone.
const limit = 2 * time.Minute

// Clone brings the newest commit of a repository into a folder of its own below dir, named "owner+name". Files in Git
// LFS stay pointers, submodules stay empty folders, and git asks for no password. What was begun is removed after an error.
func Clone(ctx context.Context, r Repository, dir string) error {
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	folder := filepath.Join(dir, strings.ReplaceAll(r.Name, "/", "+"))
	cmd := exec.CommandContext(ctx, "git", "clone", "--quiet", "--depth=1", "--", r.URL, folder)
	cmd.Env = append(os.Environ(), "GIT_LFS_SKIP_SMUDGE=1", "GIT_TERMINAL_PROMPT=0")
	cmd.WaitDelay = 10 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		_ = os.RemoveAll(folder)
		return fmt.Errorf("cannot clone %s: %w: %s", r.Name, err, strings.TrimSpace(string(out)))
	}
	return nil
}

package confine

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// cloned is a repository as pip clones it: root's.
func cloned(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pip-req-build-x")
	if err := os.MkdirAll(filepath.Join(dir, "packages/one"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README", "packages/one/pyproject.toml"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "-m", "x"}} {
		if out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v: %s", args, err, out)
		}
	}
	return dir
}

func TestTheHistoryOfACloneStaysRootsAndTheRestIsTheBackends(t *testing.T) {
	dir := cloned(t)
	for hook := range 2 { // the second one finds what the first one has changed
		if err := giveProject(dir); err != nil {
			t.Fatal(err)
		}
		seen := 0
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			seen++
			rel, _ := filepath.Rel(dir, name)
			want := stranger
			if rel == "." || rel == ".git" || strings.HasPrefix(rel, ".git/") {
				want = 0
			}
			if owner(info) != want {
				t.Errorf("hook %d: %s belongs to %d", hook, rel, owner(info))
			}
			if rel == "." && info.Mode() != fs.ModeDir|fs.ModeSticky|0o775 {
				t.Errorf("hook %d: the top folder has %v", hook, info.Mode())
			}
			return nil
		})
		if err != nil || seen < 10 {
			t.Fatal(seen, err)
		}
	}
}

func TestABackendUsesItsCloneAndCannotChangeTheHistory(t *testing.T) {
	dir := cloned(t)
	// Other users may not enter the folders of a test.
	for name := dir; name != filepath.Clean(os.TempDir()); name = filepath.Dir(name) {
		if err := os.Chmod(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	home := t.TempDir()
	if err := allowGit(home); err != nil {
		t.Fatal(err)
	}
	if err := giveProject(dir); err != nil {
		t.Fatal(err)
	}
	for command, allowed := range map[string]bool{
		"git rev-parse HEAD":                 true,
		"git status --porcelain":             true,
		"touch new README":                   true,
		"mkdir packages/one/build":           true,
		"git config core.fsmonitor evil":     false,
		"touch .git/config":                  false,
		"touch .git/hooks/post-index-change": false,
		"mv .git old":                        false,
		"chmod 777 .":                        false,
	} {
		cmd := exec.Command("sh", "-c", command)
		cmd.Dir, cmd.SysProcAttr = dir, asStranger()
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
		if out, err := cmd.CombinedOutput(); (err == nil) != allowed {
			t.Errorf("%s: %v: %s", command, err, out)
		}
	}
	// pip's git, with its own configuration.
	if out, err := exec.Command("git", "-C", dir, "rev-parse", "HEAD").CombinedOutput(); err != nil {
		t.Errorf("root's git: %v: %s", err, out)
	}
}

func TestAHistoryThatABackendHasMadeIsItsOwn(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := give(dir); err != nil {
		t.Fatal(err)
	}
	if is, err := isClone(dir); is || err != nil {
		t.Error(is, err)
	}
}

func TestTheProjectOfASubdirectoryIsTheWholeClone(t *testing.T) {
	clone := cloned(t)
	base := filepath.Dir(clone)
	for tree, want := range map[string]string{
		"pip-req-build-x":               "pip-req-build-x",
		"pip-req-build-x/packages/one":  "pip-req-build-x",
		"pip-wheel-x/name":              "pip-wheel-x/name",
		"pip-wheel-x/name/packages/one": "pip-wheel-x/name",
		"pip-req-build-without-a-clone": "pip-req-build-without-a-clone",
	} {
		got, err := projectOf(base, filepath.Join(base, tree))
		if err != nil || got != filepath.Join(base, want) {
			t.Errorf("%s: %s, %v", tree, got, err)
		}
	}
}

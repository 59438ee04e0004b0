package gitrefs

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repository makes a repository with git, which is what the package has to
// agree with. Its commands are lines of arguments.
func repository(t *testing.T, commands ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, c := range append([]string{"init -q -b main", "commit -q --allow-empty -m one"}, commands...) {
		run(t, dir, strings.Fields(c)...)
	}
	return dir
}

func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// load reads the files of a folder.
func load(dir string) Loader {
	return func(names ...string) (map[string][]byte, error) {
		files := map[string][]byte{}
		for _, name := range names {
			err := filepath.WalkDir(filepath.Join(dir, name), func(p string, e fs.DirEntry, err error) error {
				if err != nil || e.IsDir() {
					return nil
				}
				at, err := filepath.Rel(dir, p)
				if err != nil {
					return err
				}
				files[filepath.ToSlash(at)], err = os.ReadFile(p)
				return err
			})
			if err != nil {
				return nil, err
			}
		}
		return files, nil
	}
}

// TestTagsAreThoseThatGitHas makes tags of both kinds, as files and packed.
func TestTagsAreThoseThatGitHas(t *testing.T) {
	second := []string{"commit -q --allow-empty -m two", "tag v2.0", "tag -a -m x v2.1", "tag team/v2.2"}
	for name, commands := range map[string][]string{
		"files":               append([]string{"tag v1.0", "tag -a -m x v1.1"}, second...),
		"packed":              append(append([]string{"tag v1.0", "tag -a -m x v1.1"}, second...), "pack-refs --all", "gc -q"),
		"packed and files":    append([]string{"tag v1.0", "tag -a -m x v1.1", "pack-refs --all"}, second...),
		"a detached head":     append(append([]string{"tag v1.0", "tag -a -m x v1.1"}, second...), "checkout -q v1.1"),
		"a branch of folders": append([]string{"tag v1.0", "checkout -q -b feature/x"}, second...),
	} {
		t.Run(name, func(t *testing.T) {
			dir := repository(t, commands...)
			r, err := Read(".", load(dir))
			if err != nil || r == nil {
				t.Fatal(r, err)
			}
			if want := run(t, dir, "rev-parse", "HEAD"); r.Head != want {
				t.Errorf("the head is %q, git says %q", r.Head, want)
			}
			var names []string
			for _, tag := range r.Tags {
				names = append(names, tag.Name)
				if want := run(t, dir, "rev-parse", tag.Name+"^{commit}"); tag.Commit != want {
					t.Errorf("%s is %q, git says %q", tag.Name, tag.Commit, want)
				}
			}
			if got, want := strings.Join(names, "\n"), run(t, dir, "tag"); got != want {
				t.Errorf("tags %q, git says %q", got, want)
			}
		})
	}
}

// TestATagWhoseObjectIsPackedHasNoCommit makes what a fetch of many objects leaves.
func TestATagWhoseObjectIsPackedHasNoCommit(t *testing.T) {
	dir := repository(t, "tag -a -m x v1.0", "gc -q", "commit -q --allow-empty -m two")
	id := run(t, dir, "rev-parse", "v1.0")
	if err := os.Remove(filepath.Join(dir, ".git/packed-refs")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".git/refs/tags/v1.0"), []byte(id+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := Read(".", load(dir))
	if err != nil || len(r.Tags) != 1 || r.Tags[0] != (Tag{Name: "v1.0"}) {
		t.Errorf("%+v %v", r, err)
	}
}

func TestAFolderWithoutARepositoryHasNone(t *testing.T) {
	dir := t.TempDir()
	// A worktree's .git is a file that names another folder.
	if err := os.WriteFile(filepath.Join(dir, ".git"), []byte("gitdir: /elsewhere\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if r, err := Read(".", load(dir)); r != nil || err != nil {
		t.Errorf("%+v %v", r, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("ref: refs/heads/main\n", "# pack-refs with: peeled fully-peeled sorted\n0123456789012345678901234567890123456789 refs/tags/v1\n^0123456789012345678901234567890123456789\n", []byte("x"))
	f.Fuzz(func(t *testing.T, head, packed string, object []byte) {
		_, err := Read(".", func(names ...string) (map[string][]byte, error) {
			files := map[string][]byte{}
			for _, name := range names {
				files[name] = object
			}
			files[".git/HEAD"], files[".git/packed-refs"] = []byte(head), []byte(packed)
			return files, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

package integration

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// repositoryOfFiles is a repository with the project from_git beside its wheel and
// its sdist, and links to the wheel and to a file outside.
func repositoryOfFiles(t *testing.T) (address, commit string, wheel, archive []byte) {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "repo.git")
	for name, content := range sourceTree("from_git") {
		write(t, filepath.Join(dir, name), strings.ReplaceAll(content, "1.0", "9.9"))
	}
	_, wheel = wheelOf(t, "from_git", map[string]string{"from_git.py": "WHERE = 'the wheel'\n"})
	_, archive = sdist(t, "from_git")
	write(t, filepath.Join(dir, "dist/from_git-1.0-py3-none-any.whl"), string(wheel))
	write(t, filepath.Join(dir, "dist/from_git-1.0.tar.gz"), string(archive))
	for name, to := range map[string]string{"linked": "dist", "outside": "/"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	handler, commit := serveRepository(t, root)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL + "/repo.git", commit, wheel, archive
}

// lockedToFile is a project with the lock that uv 0.13 writes for a file of a
// repository.
func lockedToFile(address, commit, file string, content []byte) map[string]string {
	hash := "sha256:" + sum(content)
	entry := fmt.Sprintf("wheels = [\n    { filename = %q, hash = %q },\n]\n", path.Base(file), hash)
	if strings.HasSuffix(file, ".tar.gz") {
		entry = fmt.Sprintf("sdist = { hash = %q }\n", hash)
	}
	at := address + "?path=" + url.QueryEscape(file)
	return map[string]string{
		"main.py": "import from_git, importlib.metadata as m\nd = m.distribution('from-git')\nprint(d.version, d.read_text('direct_url.json'))\n",
		"uv.lock": "version = 1\nrevision = 5\nrequires-python = \">=3.13\"\n\n" +
			"[[package]]\nname = \"from-git\"\nversion = \"1.0\"\nsource = { git = \"" + at + "#" + commit + "\" }\n" + entry + "\n" +
			"[[package]]\nname = \"files\"\nversion = \"1.0\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"from-git\" }]\n\n" +
			"[package.metadata]\nrequires-dist = [{ name = \"from-git\", git = \"" + at + "\" }]\n",
		"pyproject.toml": "# syntax=registry.example.com/moult:1\n[project]\nname = \"files\"\nversion = \"1.0\"\nrequires-python = \">=3.13\"\ndependencies = [\"from-git\"]\n\n" +
			"[tool.moult]\npython = \"3.13\"\ncmd = [\"python\", \"main.py\"]\n\n" +
			"[tool.uv]\npackage = false\n\n[tool.uv.sources]\nfrom-git = { git = \"" + address + "\", path = \"" + file + "\" }\n",
	}
}

// The repository's own project is of version 9.9.
func TestALockedFileOfARepositoryIsInstalled(t *testing.T) {
	t.Parallel()
	address, commit, wheel, archive := repositoryOfFiles(t)
	for engine, l := range everyEngine(t) {
		for file, content := range map[string][]byte{
			"dist/from_git-1.0-py3-none-any.whl":   wheel,
			"linked/from_git-1.0-py3-none-any.whl": wheel,
			"dist/from_git-1.0.tar.gz":             archive,
		} {
			t.Run(file+" on "+engine, func(t *testing.T) {
				b, ref := push(l, moult(t, project(t, lockedToFile(address, commit, file, content))), "git-file:test")
				mustBuild(t, l, b)
				want := fmt.Sprintf(`1.0 {"path":%q,"url":%q,"vcs_info":{"commit_id":%q,"vcs":"git"}}`, file, address, commit)
				if got := strings.TrimSpace(output(t, l, ref)); got != want {
					t.Errorf("printed %s and not %s", got, want)
				}
			})
		}
	}
}

func TestAFileOfARepositoryThatIsNotTheLockedOneIsAnErrorAtItsLine(t *testing.T) {
	t.Parallel()
	address, commit, wheel, archive := repositoryOfFiles(t)
	for engine, l := range everyEngine(t) {
		for name, test := range map[string]struct {
			file    string
			content []byte
			want    string
		}{
			"another wheel":                {"dist/from_git-1.0-py3-none-any.whl", archive, "does not match its hash"},
			"another sdist":                {"dist/from_git-1.0.tar.gz", wheel, "does not match its hash"},
			"a wheel of another package":   {"dist/other-1.0-py3-none-any.whl", wheel, "is a wheel of other and not of from-git"},
			"a file that does not exist":   {"gone/from_git-1.0-py3-none-any.whl", wheel, "gone/from_git-1.0-py3-none-any.whl"},
			"an sdist that does not exist": {"gone/from_git-1.0.tar.gz", archive, "gone/from_git-1.0.tar.gz"},
			"a link to elsewhere":          {"outside/etc/from_git-1.0-py3-none-any.whl", wheel, "outside/etc/from_git-1.0-py3-none-any.whl"},
		} {
			t.Run(name+" on "+engine, func(t *testing.T) {
				_, err := l.Build(t.Context(), moult(t, project(t, lockedToFile(address, commit, test.file, test.content))))
				if err == nil || !strings.Contains(err.Error(), "pyproject.toml:6:") && !strings.Contains(err.Error(), "uv.lock:10:") ||
					strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v", err)
				}
			})
		}
	}
}

// A lock has the hash of a wheel of the project, too.
func TestAWheelOfTheProjectThatIsNotTheLockedOneIsAnErrorAtItsLine(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	_, locked := wheelOf(t, "from_git", map[string]string{"from_git.py": "WHERE = 'the locked wheel'\n"})
	name, other := wheelOf(t, "from_git", map[string]string{"from_git.py": "WHERE = 'another wheel'\n"})
	files := lockedToFile("https://git.example.com/r", strings.Repeat("a", 40), "vendor/"+name, locked)
	files["pyproject.toml"] = strings.ReplaceAll(files["pyproject.toml"], `git = "https://git.example.com/r", `, "")
	at := `git = "https://git.example.com/r?path=vendor%2F` + name
	files["uv.lock"] = strings.NewReplacer(at+"#"+strings.Repeat("a", 40), `path = "vendor/`+name, at, `path = "vendor/`+name).Replace(files["uv.lock"])
	files["vendor/"+name] = string(locked)
	mustBuild(t, l, moult(t, project(t, files)))
	files["vendor/"+name] = string(other)
	_, err := l.Build(t.Context(), moult(t, project(t, files)))
	if err == nil || !strings.Contains(err.Error(), "pyproject.toml:6:") || !strings.Contains(err.Error(), "does not match its hash") {
		t.Errorf("%v", err)
	}
}

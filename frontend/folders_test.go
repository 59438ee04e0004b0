package frontend_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tonistiigi/fsutil"
)

// tree writes a project; a name that ends with a slash is a folder.
func tree(t *testing.T, files map[string]string) fsutil.FS {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if name[len(name)-1] == '/' {
			if err := os.MkdirAll(at, 0o755); err != nil {
				t.Fatal(err)
			}
			content, at = "in it\n", filepath.Join(at, "file")
		}
		if err := os.WriteFile(at, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	fs, err := fsutil.NewFS(dir)
	if err != nil {
		t.Fatal(err)
	}
	return fs
}

func TestAFolderInThePlaceOfAFileIsAnErrorThatSaysSo(t *testing.T) {
	const (
		project = "[project]\nname = \"p\"\nversion = \"1\"\ndependencies = [\"requests\"]\n[tool.moult]\npython = \"3.13\"\ncmd = [\"python\"]\n"
		plain   = "python = \"3.13\"\ncmd = [\"python\"]\n"
	)
	for _, c := range []struct {
		// folder is the folder; the build is of pyproject.toml or moult.toml.
		folder string
		files  map[string]string
		want   string
	}{
		{"uv.lock", map[string]string{"pyproject.toml": project}, "uv.lock: the lock uv.lock is a folder"},
		{"poetry.lock", map[string]string{"pyproject.toml": project}, "poetry.lock: the lock poetry.lock is a folder"},
		{"pdm.lock", map[string]string{"pyproject.toml": project}, "pdm.lock: the lock pdm.lock is a folder"},
		{"pylock.toml", map[string]string{"pyproject.toml": project}, "pylock.toml: the lock pylock.toml is a folder"},
		{"Pipfile.lock", map[string]string{"moult.toml": plain, "Pipfile": "[packages]\nrequests = \"*\"\n"}, "Pipfile.lock: the lock Pipfile.lock is a folder"},
		{"pylock.prod.toml", map[string]string{"pyproject.toml": project + "lock = \"pylock.prod.toml\"\n"},
			"pyproject.toml:8:8: the lock pylock.prod.toml cannot be read: pylock.prod.toml is a folder"},
		{"requirements.txt", map[string]string{"moult.toml": plain}, "requirements.txt is a folder"},
		{"prod.txt", map[string]string{"pyproject.toml": project + "requirements = [\"prod.txt\"]\n"}, `pyproject.toml:8:17: "prod.txt" cannot be read: prod.txt is a folder`},
		{"more.txt", map[string]string{"moult.toml": plain, "requirements.txt": "-r more.txt\n"}, `requirements.txt:1:1: "more.txt" cannot be read: more.txt is a folder`},
		{"limits.txt", map[string]string{"moult.toml": plain, "requirements.txt": "-c limits.txt\nrequests\n"}, `requirements.txt:1:1: "limits.txt" cannot be read: limits.txt is a folder`},
		{"Pipfile", map[string]string{"moult.toml": plain, "Pipfile.lock": "{}"}, "Pipfile is a folder"},
		{"moult.toml", nil, "moult.toml is a folder, or no regular file, where the build file is expected"},
		{"pyproject.toml", nil, "pyproject.toml is a folder, or no regular file, where the build file is expected"},
		{"pyproject.toml", map[string]string{"moult.toml": plain}, "pyproject.toml is a folder"},
		{"setup.cfg", map[string]string{"moult.toml": plain}, "setup.cfg is a folder"},
		{".python-version", map[string]string{"moult.toml": "cmd = [\"python\"]\n"}, ".python-version is a folder"},
	} {
		name := "moult.toml"
		if _, ok := c.files[name]; !ok && c.folder != name {
			name = "pyproject.toml"
		}
		files := map[string]string{c.folder + "/": "", "main.py": ""}
		maps.Copy(files, c.files)
		if _, err := ask(t, tree(t, files), name, "plan", nil); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want %s", c.folder, err, c.want)
		}
	}
}

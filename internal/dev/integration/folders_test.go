package integration

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// The frontend's own tests have every file. This one has the daemon's words,
// by which a folder is recognised.
func TestAFolderInThePlaceOfAFileIsToldByADaemon(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	const plain = "python = \"3.13\"\ncmd = [\"python3\"]\n"
	for folder, test := range map[string]struct{ file, want string }{
		"uv.lock":          {plain, "uv.lock: the lock uv.lock is a folder"},
		"requirements.txt": {plain, "requirements.txt is a folder, where a file is expected"},
		"pylock.x.toml":    {plain + "lock = \"pylock.x.toml\"\n", "pylock.x.toml is a folder"},
		"pyproject.toml":   {plain, "pyproject.toml is a folder, where a file is expected"},
		"moult.toml":       {"", "moult.toml is a folder, or no regular file, where the build file is expected"},
	} {
		files := map[string]string{filepath.Join(folder, "file"): "", "main.py": ""}
		if test.file != "" {
			files["moult.toml"] = test.file
		}
		if _, err := l.Build(t.Context(), moult(t, project(t, files), "filename=moult.toml")); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v, want %q", folder, err, test.want)
		}
	}
}

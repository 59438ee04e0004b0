package project

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// unreadableFolders is a context whose folders cannot be listed.
type unreadableFolders struct {
	Files
	err error
}

func (u unreadableFolders) ReadDir(string) ([]string, error) { return nil, u.err }

func TestAFolderThatCannotBeReadIsNotOneWithoutMembers(t *testing.T) {
	for _, pattern := range []string{"libs/*", "libs/**"} {
		files := FS(fstest.MapFS{
			"pyproject.toml":        {Data: []byte("[project]\nname = \"a\"\nversion = \"1\"\n[tool.uv.workspace]\nmembers = [\"" + pattern + "\"]\n")},
			"libs/b/pyproject.toml": {Data: []byte("[project]\nname = \"b\"\nversion = \"1\"\n")},
		})
		_, err := Read(unreadableFolders{files, errors.New("input/output error")}, "pyproject.toml", Options{})
		if err == nil || !strings.Contains(err.Error(), "looking for members of the workspace in libs: input/output error") {
			t.Errorf("%s: %v", pattern, err)
		}
		if p, err := Read(unreadableFolders{files, fs.ErrNotExist}, "pyproject.toml", Options{}); err != nil || p.Workspace == nil {
			t.Errorf("%s, a missing folder: %v", pattern, err)
		}
	}
}

package pipeline_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

func TestALockThatIsAFolderIsAnError(t *testing.T) {
	for _, name := range lock.Names() {
		files := fstest.MapFS{
			"pyproject.toml": {Data: []byte("[project]\nname = \"demo\"\nversion = \"1\"\nrequires-python = \">=3.13\"\ndependencies = [\"six\"]\n[tool.moult]\npython = \"3.13\"\ncmd = [\"python\"]\n")},
			name + "/x":      {Data: []byte("x")},
		}
		_, _, err := worldtest.Decide(t.Context(), worldtest.Files(files), "pyproject.toml", project.Options{}, worldtest.World{})
		if err == nil || !strings.HasPrefix(err.Error(), name+": the lock "+name+" is a folder") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

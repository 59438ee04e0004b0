package plan

import (
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/project"
)

func TestAnExcludedFileIsNoMainFile(t *testing.T) {
	for _, c := range []struct {
		keys string
		in   map[string]bool
	}{
		{"", map[string]bool{"main.py": true, "sub/x.py": true, ".env": false, "uv.lock": false, "a/__pycache__/b.pyc": false}},
		{"app.exclude = [\"main.py\"]\n", map[string]bool{"main.py": false, "app.py": true}},
		{"app.include = [\"src\"]\n", map[string]bool{"main.py": false, "src/main.py": true}},
	} {
		files := fstest.MapFS{"pyproject.toml": {Data: []byte("[project]\nname = \"x\"\n[tool.moult]\n" + c.keys)}}
		p, err := project.Read(project.FS(files), "pyproject.toml", project.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range c.in {
			if InApp(p, name) != want {
				t.Errorf("%q: %s is in the application: %v", c.keys, name, !want)
			}
		}
	}
}

package pipeline_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
)

func TestModulesAmongFilesAreCompiledUnlessAKeySaysOtherwise(t *testing.T) {
	for _, c := range []struct {
		name, keys string
		want       string // names of the layers that compile
	}{
		{"a folder with modules", "[[files]]\nfrom = \"plugins\"\nto = \"/srv/plugins\"", "compile the modules of: copy plugins to /srv/plugins"},
		{"a folder without modules", "[[files]]\nfrom = \"static\"\nto = \"/srv/static\"", ""},
		{"a module", "[[files]]\nfrom = \"static/x.py\"\nto = \"/srv/\"", "compile the modules of: copy static/x.py to /srv/"},
		{"the file that is started", "[[files]]\nfrom = \"static/x.py\"\nto = \"/srv/\"", ""},
		{"a program", "[[files]]\nfrom = \"static/x.py\"\nto = \"/usr/local/bin/\"\nmode = \"0755\"", ""},
		{"a folder that says no", "[[files]]\nfrom = \"plugins\"\nto = \"/srv/plugins\"\nbytecode = false", ""},
		{"an image that says yes", "[[files]]\nimage = \"node:20\"\nfrom = \"x\"\nto = \"/srv/x\"\nbytecode = true", "compile the modules of: copy /x of node:20 to /srv/x"},
		{"an image that says nothing", "[[files]]\nimage = \"node:20\"\nfrom = \"plugins\"\nto = \"/srv/x\"", ""},
		{"without bytecode", "bytecode = false\n[[files]]\nfrom = \"plugins\"\nto = \"/srv/plugins\"", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := `cmd = ["python", "main.py"]`
			if strings.Contains(c.name, "started") {
				cmd = `cmd = ["python", "/srv/x.py"]`
			}
			files := fstest.MapFS{"main.py": {}, "static/x.py": {}, "moult.toml": {Data: []byte("python = \"3.13\"\n" + cmd + "\n" + c.keys + "\n")}}
			_, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), "moult.toml", project.Options{}, worldtest.World{Modules: []string{"plugins"}})
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, l := range d.Plan.Layers {
				if l.Kind == plan.LayerFilesBytecode {
					names = append(names, l.Name)
				}
			}
			if got := strings.Join(names, ", "); got != c.want {
				t.Errorf("layers %q, want %q", got, c.want)
			}
		})
	}
}

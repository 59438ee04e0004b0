package check

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/check/imports"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/stdlib"
	"github.com/moult-build/moult/internal/source"
)

func TestWhatToWriteForAMissingModule(t *testing.T) {
	p := &project.Project{Dir: ".", File: &source.File{Name: "pyproject.toml"}}
	p.Groups = []project.Set{{Name: source.At[string]{V: "web"}, Requirements: []project.Requirement{{Requirement: pep508.Requirement{Name: "Flask_Cors"}}}}}
	list := &source.File{Name: "server/requirements.txt", Data: []byte("# ours\nPyJWT>=2\n")}
	for _, test := range []struct {
		missing imports.Missing
		locked  bool
		want    string
	}{
		{imports.Missing{Module: "yaml"}, false, "add pyyaml to the requirements"},
		{imports.Missing{Module: "google.cloud.storage.client"}, false, "add google-cloud-storage to the requirements"},
		{imports.Missing{Module: "whatever"}, false, "add its package to the requirements, or the file to the project"},
		{imports.Missing{Module: "flask_cors"}, false, `write groups = ["web"] under [tool.moult], or move it from there to the requirements`},
		{imports.Missing{Module: "jwt"}, false, `write requirements = ["server/requirements.txt"] under [tool.moult], where it is`},
		{imports.Missing{Module: "jwt"}, true, "add pyjwt to the lock; only server/requirements.txt has it, which is not used"},
		{imports.Missing{Module: "lib", Folder: "/app/src"}, false, `write env = {PYTHONPATH = "/app/src"} under [tool.moult]`},
		{imports.Missing{Module: "cgi", Presence: stdlib.Removed, Since: "3.13"}, false, `add legacy-cgi to the requirements, or write python = "3.12" under [tool.moult]`},
		{imports.Missing{Module: "imp", Presence: stdlib.Removed, Since: "3.12"}, false, `write python = "3.11" under [tool.moult]`},
		{imports.Missing{Module: "tomllib", Presence: stdlib.Added, Since: "3.11"}, false, `write python = "3.11" under [tool.moult]`},
		{imports.Missing{Module: "winreg", Presence: stdlib.Windows}, false, "import it on Windows only"},
		{imports.Missing{Module: "app.config", Own: true}, false, "add the file to the project, or to the image if .dockerignore leaves it out"},
	} {
		test.missing.File, test.missing.Line = "/app/main.py", 3
		found := Imports{
			Project: p, Missing: []imports.Missing{test.missing}, Locked: test.locked, Requirements: []*source.File{list},
			File: func(at string) *source.File { return &source.File{Name: strings.TrimPrefix(at, "/app/")} },
		}.Check()
		if len(found) != 1 || found[0].Hint != test.want || found[0].Pos.String() != "main.py:3" {
			t.Errorf("%s: %v", test.missing.Module, Texts(found))
		}
	}
}

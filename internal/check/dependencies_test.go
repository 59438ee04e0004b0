package check

import (
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

func TestGroupsThatTheToolInstallsUnaskedAreTold(t *testing.T) {
	const (
		uv     = "[project]\nname = \"a\"\nversion = \"1\"\n[dependency-groups]\nweb = [\"x\"]\nnone = []\ntest = [\"y\"]\n[tool.uv]\n"
		poetry = "[tool.poetry]\nname = \"a\"\nversion = \"1\"\n[tool.poetry.group.web.dependencies]\nx = \"*\"\n"
	)
	for _, c := range []struct{ name, text, want string }{
		{"a default group of uv", uv + "default-groups = [\"web\"]\n", `pyproject.toml:9:19: "uv sync" installs the group "web", and the image does not have it; write groups = ["web"] under [tool.moult], or groups = [] if the image does not need it`},
		{"all groups", uv + "default-groups = \"all\"\n", `pyproject.toml:9:1: "uv sync" installs the group "web"`},
		{"a group for development", uv + "default-groups = [\"test\", \"none\"]\n", ""},
		{"uv's own default", uv, ""},
		{"a group that is named", uv + "default-groups = [\"web\"]\n[tool.moult]\ngroups = [\"web\"]\n", ""},
		{"no group wanted", uv + "default-groups = [\"web\"]\n[tool.moult]\ngroups = []\n", ""},
		{"a group of Poetry", poetry, `pyproject.toml:4:20: "poetry install" installs the group "web"`},
		{"an optional group of Poetry", poetry + "[tool.poetry.group.web]\noptional = true\n", ""},
	} {
		p, err := project.Read(project.FS(fstest.MapFS{"pyproject.toml": &fstest.MapFile{Data: []byte(c.text)}}), "pyproject.toml", project.Options{})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		got := ""
		for _, f := range defaultGroup(Project{Project: p}) {
			got += f.Pos.String() + ": " + f.Text()
		}
		if len(got) < len(c.want) || got[:len(c.want)] != c.want || c.want == "" && got != "" {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// The build installs a group that its command needs, which is no choice among the
// others.
func TestAGroupOfTheCommandDoesNotHideTheOthers(t *testing.T) {
	const text = "[project]\nname = \"a\"\nversion = \"1\"\n[dependency-groups]\nweb = [\"x\"]\nmodels = [\"y\"]\n[tool.uv]\ndefault-groups = [\"web\", \"models\"]\n"
	p, err := project.Read(project.FS(fstest.MapFS{"pyproject.toml": {Data: []byte(text)}}), "pyproject.toml", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p.Settings.Groups = []source.At[string]{{V: "web"}}
	found := defaultGroup(Project{Project: p, Command: project.Command{Group: "web"}})
	want := `"uv sync" installs the group "models", and the image does not have it; write groups = ["web", "models"] under [tool.moult], or groups = ["web"] if the image does not need it`
	if len(found) != 1 || found[0].Text() != want {
		t.Errorf("got %v, want %s", found, want)
	}
}

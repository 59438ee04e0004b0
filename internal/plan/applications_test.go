package plan

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/start"
	"github.com/moult-build/moult/internal/toml"

	"github.com/moult-build/moult/internal/source"
)

// anything is a context with every file that is asked for, empty, but no
// lock and no other file that is read without being named.
type anything struct{ name, content string }

func (a anything) ReadFile(name string) ([]byte, error) {
	switch {
	case name == a.name:
		return []byte(a.content), nil
	case a.unnamed(name):
		return nil, fs.ErrNotExist
	}
	return nil, nil
}

func (a anything) Exists(name string) (bool, error)      { return !a.unnamed(name), nil }
func (a anything) ReadDir(name string) ([]string, error) { return nil, nil }

func (a anything) unnamed(name string) bool {
	switch path.Base(name) {
	case "pyproject.toml", "Pipfile":
		return path.Dir(name) == "."
	case ".python-version", "uv.lock":
		return true
	}
	return false
}

// imageOf is an environment as the image of that reference has it, as far as
// plans depend on it.
func imageOf(base string, minor int) environment.Environment {
	env := debianSlim(minor)
	switch {
	case strings.Contains(base, "alpine"):
		env.Libc = environment.Libc{Family: "musl", Major: 1, Minor: 2}
		env.Distribution, env.Manager = environment.Distribution{ID: "alpine", Version: "3.23"}, environment.Apk
	case strings.Contains(base, "ubi9"), strings.Contains(base, "sclorg"):
		env.Libc.Minor = 34
		env.Distribution, env.Manager = environment.Distribution{ID: "rhel", Version: "9.7"}, environment.Dnf
	case strings.Contains(base, "/dhi/"):
		env.Manager = ""
	}
	return env
}

// readAndPlan reads a build file and plans each of its targets.
func readAndPlan(t *testing.T, what string, a anything) {
	t.Helper()
	root, err := toml.Parse(&source.File{Name: a.name, Data: []byte(a.content)})
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	targets := []string{""}
	for _, at := range [][]string{{"target"}, {"tool", "moult", "target"}} {
		if n := root.Get(at...); n != nil {
			for _, item := range n.Items {
				targets = append(targets, item.Key)
			}
		}
	}
	for _, target := range targets {
		name := strings.TrimSpace(what + " " + target)
		p, err := project.Read(a, a.name, project.Options{Target: target, Args: map[string]string{}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		python, err := project.ChoosePython(p)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		env := imageOf(Base(p, python), python.Y)
		markers := env.Markers()
		in := Input{Project: p, Python: python, Environment: env, BaseConfig: Config{Env: []string{"PATH=/usr/local/bin:/usr/bin:/bin"}}}
		if in.Requested, err = project.Requirements(p, project.Selection{Extras: p.Settings.Extras, Groups: p.Settings.Groups, Environment: &markers}); err == nil {
			in.Command, err = start.Command(start.Input{
				Project: p, Files: start.FS(fstest.MapFS{path.Join(p.Dir, "main.py"): {Data: []byte("print()")}}), Has: start.Installed(in.Requested),
				Copied: func(string) bool { return true },
			})
		}
		if err == nil {
			var u Unlocked
			u.Building, err = Builds(p, python, env, in.Requested)
			in.Resolution = u
		}
		if err == nil {
			_, err = New(in)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheBuildFilesOfRealApplicationsAreRead(t *testing.T) {
	names, err := filepath.Glob("../../docs/applications/*.toml")
	if err != nil || len(names) < 40 {
		t.Fatalf("there are %d build files: %v", len(names), err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		// One with a [project] stands for a pyproject.toml.
		as := "moult.toml"
		if strings.Contains(string(content), "[project]") {
			as = "pyproject.toml"
		}
		readAndPlan(t, filepath.Base(name), anything{as, string(content)})
	}
}

// frontMatter is what a block that shows only some keys leaves out.
const frontMatter = "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.13,<3.14\"\n"

// Blocks of other pages are excerpts too; these stand for whole build files.
func TestTheBlocksOfThePagesAreRead(t *testing.T) {
	for _, page := range []string{"from-dockerfile.md", "files.md", "steps.md", "stages.md", "compiling.md", "indexes.md", "workspaces.md", "variants.md"} {
		content, err := os.ReadFile("../../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		blocks := strings.Split(string(content), "```toml\n")[1:]
		if len(blocks) == 0 {
			t.Errorf("%s has no blocks", page)
		}
		for n, b := range blocks {
			text, _, _ := strings.Cut(b, "```")
			name := "pyproject.toml"
			if !strings.Contains(text, "[tool.") && !strings.Contains(text, "[project]") {
				name = "moult.toml"
			} else if !strings.Contains(text, "[project]") {
				// Tables may stand in any order.
				text += "\n" + frontMatter
			}
			if page == "workspaces.md" {
				name = "services/api/" + name
			}
			readAndPlan(t, fmt.Sprintf("%s, block %d", page, n+1), anything{name, text})
		}
	}
}

func TestEachApplicationHasItsRow(t *testing.T) {
	page, err := os.ReadFile("../../docs/from-dockerfile.md")
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("../../docs/applications/*.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.Count(string(page), "(applications/"+filepath.Base(name)+")") != 1 {
			t.Errorf("%s has no row of its own", filepath.Base(name))
		}
	}
	if n := strings.Count(string(page), "](applications/"); n != len(names) {
		t.Errorf("%d rows name %d build files", n, len(names))
	}
}

package demo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// at is a demo over this checkout, in a lab that is not there.
func at(t *testing.T, public bool) *demo {
	t.Helper()
	return &demo{
		Lab:      &lab.Lab{State: lab.State{Index: "http://127.0.0.1:5002", PublicIndex: public}},
		checkout: filepath.Join("..", "..", "..", ".."), work: t.TempDir(), out: t.Output(), frontend: "127.0.0.1:5000/moult:dev",
	}
}

func TestBothProjectsNameTheLabsFrontendAndChange(t *testing.T) {
	for _, public := range []bool{true, false} {
		d := at(t, public)
		p := d.choose()
		dir := t.TempDir()
		if err := p.write(d, dir); err != nil {
			t.Fatal(err)
		}
		read := func(name string) string {
			content, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			return string(content)
		}
		build := read("pyproject.toml")
		if !strings.HasPrefix(build, "# syntax="+d.frontend+"\n[project]\n") || strings.Contains(build, "invalid") {
			t.Errorf("the build file is:\n%s", build)
		}
		code := read(p.code)
		if err := p.changeCode(dir); err != nil {
			t.Fatal(err)
		}
		if read(p.code) == code {
			t.Errorf("the code of %s has not changed", p.name)
		}
		locked := "uv.lock"
		if !public {
			locked = "requirements.txt"
		}
		before := read(locked)
		if err := p.changeDependency(d, dir); err != nil {
			t.Fatal(err)
		}
		if read(locked) == before {
			t.Errorf("the dependencies of %s have not changed", p.name)
		}
	}
}

package lock

import (
	"errors"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/artifact"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/source"
)

// fuzzLock reads any bytes as a lock and uses what comes out; nothing may
// panic, and every error about the file must have its place.
func fuzzLock(f *testing.F, name string, seeds ...string) {
	for _, s := range seeds {
		f.Add(testdata(f, s).Data)
	}
	target := supported(12, "x86_64", bookworm)
	python, err := pep440.ParseSpecifierSet("")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Read(&source.File{Name: name, Data: data}, Options{})
		if err != nil {
			var placed *source.Error
			if !errors.As(err, &placed) || !placed.Pos.IsValid() {
				t.Fatalf("the error %v has no place", err)
			}
			return
		}
		l.RequiresPython = python
		env := linux("3.12.1", "x86_64")
		sel := Selection{AllExtras: true, AllGroups: true, Project: &Project{Name: "x"}}
		chosen, err := Select(l, sel, env)
		if err != nil {
			return
		}
		_ = Check(l, sel.Project, sel, env, chosen)
		for _, c := range chosen {
			_, _ = c.Choose(target)
			for _, a := range append(c.Wheels, sdists(c.Package)...) {
				if a.Filename != "" && artifact.CheckFilename(a.Filename) != nil {
					t.Fatalf("the file name %q came through", a.Filename)
				}
			}
		}
	})
}

func sdists(p *Package) []Artifact {
	if p.Sdist == nil {
		return nil
	}
	return []Artifact{*p.Sdist}
}

func FuzzPylock(f *testing.F) {
	fuzzLock(f, "pylock.toml", "pylock-uv/pylock.toml", "pylock-pip/pylock.toml")
}
func FuzzUV(f *testing.F) { fuzzLock(f, "uv.lock", "uv/uv.lock", "uv-conflicts/uv.lock") }
func FuzzPoetry(f *testing.F) {
	fuzzLock(f, "poetry.lock", "poetry/poetry.lock", "poetry1/poetry.lock")
}
func FuzzPDM(f *testing.F)    { fuzzLock(f, "pdm.lock", "pdm/pdm.lock", "pdm-graph/pdm.lock") }
func FuzzPipenv(f *testing.F) { fuzzLock(f, "Pipfile.lock", "pipenv/Pipfile.lock") }
func FuzzRequirements(f *testing.F) {
	fuzzLock(f, "requirements.txt", "requirements/requirements.txt")
}

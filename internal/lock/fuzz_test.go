package lock

import (
	"errors"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/artifact"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/source"
)

// fuzzLock reads any bytes as a lock and uses what comes out; nothing may
// panic, and every error about the file must have its place. The seeds are valid
// and small: Go minimizes large ones for longer than it fuzzes.
func fuzzLock(f *testing.F, name string, seeds ...string) {
	for _, s := range seeds {
		if _, err := Read(&source.File{Name: name, Data: []byte(s)}, Options{}); err != nil || len(s) > 4<<10 {
			f.Fatalf("a seed of %d bytes: %v", len(s), err)
		}
		f.Add([]byte(s))
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

const (
	fuzzedHash = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

	fuzzedUV = "version = 1\nrevision = 3\nrequires-python = \">=3.12\"\n" +
		"[[package]]\nname = \"a\"\nversion = \"1.0\"\nsource = { registry = \"https://example.com/simple\" }\n" +
		"dependencies = [{ name = \"b\", extra = [\"c\"], marker = \"sys_platform == 'linux'\" }]\n" +
		"sdist = { url = \"https://example.com/a-1.0.tar.gz\", hash = \"" + fuzzedHash + "\", size = 1 }\n" +
		"wheels = [{ url = \"https://example.com/a-1.0-py3-none-any.whl\", hash = \"" + fuzzedHash + "\" }]\n" +
		"[[package]]\nname = \"b\"\nversion = \"2\"\nsource = { git = \"https://example.com/b?rev=1#0123456789012345678901234567890123456789\" }\n" +
		"[package.optional-dependencies]\nc = [{ name = \"a\" }]\n" +
		"[[package]]\nname = \"x\"\nversion = \"1\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"a\" }]\n"

	fuzzedPoetry = "[[package]]\nname = \"a\"\nversion = \"1.0\"\noptional = false\npython-versions = \">=3.8\"\ngroups = [\"main\"]\n" +
		"files = [{ file = \"a-1.0-py3-none-any.whl\", hash = \"" + fuzzedHash + "\" }]\n" +
		"[package.dependencies]\nb = { version = \"^2\", markers = \"sys_platform == 'linux'\" }\n" +
		"[[package]]\nname = \"b\"\nversion = \"2\"\noptional = false\npython-versions = \"*\"\ngroups = [\"main\"]\nfiles = []\n" +
		"[package.source]\ntype = \"git\"\nurl = \"https://example.com/b\"\nreference = \"HEAD\"\nresolved_reference = \"0123456789012345678901234567890123456789\"\n" +
		"[metadata]\nlock-version = \"2.1\"\npython-versions = \">=3.12\"\ncontent-hash = \"0\"\n"

	fuzzedPDM = "[metadata]\ngroups = [\"default\"]\nstrategy = [\"inherit_metadata\"]\nlock_version = \"4.5.0\"\ncontent_hash = \"sha256:0\"\n" +
		"[[package]]\nname = \"a\"\nversion = \"1.0\"\nrequires_python = \">=3.8\"\nsummary = \"\"\ngroups = [\"default\"]\n" +
		"dependencies = [\"b>=2; sys_platform == 'linux'\"]\nfiles = [{ file = \"a-1.0-py3-none-any.whl\", hash = \"" + fuzzedHash + "\" }]\n" +
		"[[package]]\nname = \"b\"\nversion = \"2\"\ngroups = [\"default\"]\nfiles = [{ url = \"https://example.com/b-2-py3-none-any.whl\", hash = \"" + fuzzedHash + "\" }]\n"
)

func FuzzPylock(f *testing.F) {
	fuzzLock(f, "pylock.toml", string(testdata(f, "pylock-pip/pylock.toml").Data))
}
func FuzzUV(f *testing.F)     { fuzzLock(f, "uv.lock", fuzzedUV) }
func FuzzPoetry(f *testing.F) { fuzzLock(f, "poetry.lock", fuzzedPoetry) }
func FuzzPDM(f *testing.F)    { fuzzLock(f, "pdm.lock", fuzzedPDM) }
func FuzzPipenv(f *testing.F) {
	fuzzLock(f, "Pipfile.lock", string(testdata(f, "pipenv/Pipfile.lock").Data))
}
func FuzzRequirements(f *testing.F) {
	fuzzLock(f, "requirements.txt", string(testdata(f, "requirements/requirements.txt").Data))
}

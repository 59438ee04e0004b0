package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/environment/recorded"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

func named(v string) source.At[string] { return source.At[string]{V: v, Pos: line(1)} }

func line(n int) source.Pos { return source.Pos{File: &source.File{Name: "pyproject.toml"}, Line: n} }

// environmentOf is what is found in a recorded image.
func environmentOf(t *testing.T, name string) (environment.Environment, []string) {
	t.Helper()
	img, ok := recorded.Images[name]
	if !ok {
		t.Fatalf("there is no description of %s", name)
	}
	e, err := environment.Detect(t.Context(), img, environment.Platform{OS: "linux", Arch: "amd64"}, img.Env, environment.Wanted{Manager: true})
	if _, none := err.(*environment.NoPythonError); err != nil && !none {
		t.Fatal(err)
	}
	return e, img.Env
}

func TestTheBuilderFitsTheBase(t *testing.T) {
	for _, test := range []struct{ base, builder, manager string }{
		{"python:3.13-alpine", "python:3.13-alpine", environment.Apk},
		{"registry.access.redhat.com/ubi9/ubi-minimal", "registry.access.redhat.com/ubi9/python-312", environment.Dnf},
		{"python:3.13-slim-bookworm", "python:3.13-bookworm", environment.Apt},
		{"nvidia/cuda:12.6.3-base-ubuntu24.04", "python:3.13-bookworm", environment.Apt},
		{"gcr.io/distroless/python3-debian13", "python:3.13", environment.Apt},
		{"dhi.io/python:3.13", "python:3.13", environment.Apt},
		{"cgr.dev/chainguard/python:latest", "python:3.13", environment.Apt},
	} {
		env, _ := environmentOf(t, test.base)
		base := named(test.base)
		p := &project.Project{Settings: project.Settings{BaseSettings: project.BaseSettings{Base: &base}}}
		python := project.Python{Minor: "3.13", X: 3, Y: 13}
		if env.Python.Minor == 12 {
			python = project.Python{Minor: "3.12", X: 3, Y: 12}
		}
		builder := Builder(p, python, env)
		if builder != test.builder || BuilderManager(p, builder) != test.manager {
			t.Errorf("the builder for %s is %s with %s", test.base, builder, BuilderManager(p, builder))
		}
		own := named("registry.example.com/builder")
		p.Settings.Builder = &own
		if got := Builder(p, python, env); got != own.V {
			t.Errorf("the builder that is named is %s", got)
		}
	}
	p := &project.Project{}
	if b := Builder(p, project.Python{Minor: "3.14", X: 3, Y: 14}, environment.Environment{}); b != "python:3.14" || !BuilderKnown(p) {
		t.Errorf("the builder for the default base is %s", b)
	}
	old := environment.Environment{Libc: environment.Libc{Family: "glibc", Major: 2, Minor: 35}}
	base := named("ubuntu:22.04")
	p.Settings.Base = &base
	for minor, want := range map[string]string{"3.12": "python:3.12-bullseye", "3.14": "python:3.14-bookworm"} {
		y := int(minor[3] - '0')
		if got := Builder(p, project.Python{Minor: minor, X: 3, Y: 10 + y}, old); got != want {
			t.Errorf("the builder of Python %s for glibc 2.35 is %s", minor, got)
		}
	}
}

func TestTheBuilderOfAFreeThreadedPythonIsTheImageThatHasIt(t *testing.T) {
	base, from := named("a/base"), named("a/python")
	env := environment.Environment{Python: environment.Python{Major: 3, Minor: 14, FreeThreaded: true}}
	p := &project.Project{Settings: project.Settings{BaseSettings: project.BaseSettings{Base: &base}}}
	python := project.Python{Minor: "3.14", X: 3, Y: 14, FreeThreaded: true}
	if got := Builder(p, python, env); got != "a/base" {
		t.Error(got)
	}
	p.Settings.PythonFrom = &from
	if got := Builder(p, python, env); got != "a/python" {
		t.Error(got)
	}
}

func packagesOf(names ...string) project.SystemPackages {
	var s project.SystemPackages
	for n, name := range names {
		s.Run = append(s.Run, project.SystemPackage{Name: name, Pos: line(10 + n)})
	}
	return s
}

func TestEachBaseUsesThePackagesOfItsOwnKind(t *testing.T) {
	all := project.Settings{BaseSettings: project.BaseSettings{Apt: packagesOf("libpq5", "curl"), Apk: packagesOf("libpq"), Dnf: packagesOf("postgresql-libs")}}
	for base, want := range map[string]string{
		"python:3.13-alpine":                          "apk libpq",
		"registry.access.redhat.com/ubi9/ubi-minimal": "dnf postgresql-libs",
		"python:3.13-slim-bookworm":                   "apt curl libpq5",
	} {
		env, _ := environmentOf(t, base)
		p := &project.Project{Settings: all}
		if err := CheckPackages(p, base, env); err != nil {
			t.Errorf("%s: %v", base, err)
		}
		got := RunPackages(p, env)
		if got == nil || got.Manager+" "+strings.Join(got.Packages, " ") != want {
			t.Errorf("%s gets %+v", base, got)
		}
	}
}

func TestPackagesThatABaseCannotInstallAreAnErrorAtTheirLine(t *testing.T) {
	for _, test := range []struct {
		base     string
		settings project.Settings
		want     string
	}{
		{"python:3.13-alpine", project.Settings{BaseSettings: project.BaseSettings{Apt: packagesOf("libpq5")}}, "pyproject.toml:10: apt.run is for Debian and Ubuntu, but the base python:3.13-alpine is alpine 3.22.2; name this distribution's packages in [tool.moult.apk], too"},
		{"registry.access.redhat.com/ubi9/ubi-minimal", project.Settings{BaseSettings: project.BaseSettings{Apk: packagesOf("libpq")}}, "[tool.moult.dnf], too"},
		{"gcr.io/distroless/python3-debian13", project.Settings{BaseSettings: project.BaseSettings{Apt: packagesOf("libpq5")}}, "pyproject.toml:10: the base gcr.io/distroless/python3-debian13 (debian 13) has no package manager"},
		{"cgr.dev/chainguard/python:latest", project.Settings{BaseSettings: project.BaseSettings{Apk: packagesOf("libpq")}}, "has no package manager"},
	} {
		env, _ := environmentOf(t, test.base)
		err := CheckPackages(&project.Project{Settings: test.settings}, test.base, env)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.base, err)
		}
	}
}

func TestAnEntryOfAListCountsByArchitectureAndExtra(t *testing.T) {
	p := &project.Project{Settings: project.Settings{ResolutionSettings: project.ResolutionSettings{
		Extras: []source.At[string]{named("odbc")},
	}, BaseSettings: project.BaseSettings{
		Apt: project.SystemPackages{
			Run: []project.SystemPackage{
				{Name: "always"},
				{Name: "arm", Condition: project.Condition{Arch: []source.At[string]{named("arm64")}}},
				{Name: "both", Condition: project.Condition{Arch: []source.At[string]{named("arm64"), named("amd64")}, Extra: named("odbc")}},
				{Name: "other", Condition: project.Condition{Extra: named("gpu")}},
				{URL: "https://example.com/pool/x_1%2B2_amd64.deb?token=1", SHA256: "ab"},
			},
			Env: []project.Variable{{Name: "ACCEPT_EULA", Value: named("Y")}},
			Repositories: []project.Repository{
				{URL: named("https://example.com/arm"), Condition: project.Condition{Arch: []source.At[string]{named("arm64")}}},
				{URL: named("https://example.com/all"), Key: project.Key{URL: "https://example.com/k.asc", SHA256: "cd"}},
			},
		},
	}}}
	env := environment.Environment{Platform: environment.Platform{OS: "linux", Arch: "amd64"}, Distribution: environment.Distribution{ID: "debian"}}
	got := RunPackages(p, env)
	if !slices.Equal(got.Packages, []string{"always", "both"}) || len(got.Files) != 1 || got.Files[0].Filename != "x_1%2B2_amd64.deb" ||
		len(got.Repositories) != 1 || got.Repositories[0].Key.Filename != "k.asc" || got.Env[0].Value != "Y" {
		t.Errorf("%+v", got)
	}
}

func TestPackagesThatBringPythonAreKnownByTheirNames(t *testing.T) {
	for name, want := range map[string]bool{
		"python3": true, "python3.12": true, "python3-minimal": true, "python3=3.12.*": true, "python313": true, "python-3.13": true,
		"python3-dev": false, "python3-numpy": false, "libpython3.12": false, "curl": false,
	} {
		if got := MayBringPython(&SystemPackages{Packages: []string{name}}); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAPythonFitsABaseOfTheSameKind(t *testing.T) {
	cuda, _ := environmentOf(t, "nvidia/cuda:12.6.3-base-ubuntu24.04")
	slim, _ := environmentOf(t, "python:3.13-slim-bookworm")
	musl, _ := environmentOf(t, "python:3.13-alpine")
	from := named("the-image")
	p := &project.Project{Settings: project.Settings{BaseSettings: project.BaseSettings{PythonFrom: &from}}}
	got, err := AddPython(p, "cuda", cuda, slim)
	if err != nil || got.Python != slim.Python || got.Libc != cuda.Libc || got.Distribution.ID != "ubuntu" {
		t.Errorf("%+v, %v", got, err)
	}
	for want, test := range map[string][2]environment.Environment{
		"is for musl 1.2, but the base base has glibc 2.39; take it from an image for glibc": {cuda, musl},
		"already has a Python 3.13 at the same path":                                         {slim, slim},
		"has no C library that Moult knows":                                                  {environment.Environment{}, slim},
	} {
		if _, err := AddPython(p, "base", test[0], test[1]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, not %s", err, want)
		}
	}
}

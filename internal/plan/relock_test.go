package plan

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/indexfiles"
)

// resolved is what pip has resolved on one machine.
func resolved(arch string, packages ...Package) Relocking {
	return Relocking{
		Requested: &project.Requested{},
		Plan: &Plan{
			Environment: environment.Environment{
				Platform: environment.Platform{OS: "linux", Arch: arch},
				Python:   environment.Python{Major: 3, Minor: 13, Full: "3.13.5", Interpreter: "/usr/local/bin/python3.13"},
				Libc:     environment.Libc{Family: "glibc", Major: 2, Minor: 41},
			},
			Building: &Building{Resolve: &Resolve{}},
			Packages: packages,
		},
		Direct: map[string]*lock.Package{},
	}
}

// answered gives a resolution with files on its index, each "name", "name!"
// for one that was taken back, or "name@1" for one of the second index.
func answered(r Relocking, files ...string) Relocking {
	r.Asked = r.Unlocated()
	r.Asked.Indexes = []indexfiles.Index{{URL: "https://one.example.com/simple"}, {URL: "https://two.example.com/simple"}}
	r.Answer = indexfiles.Answer{}
	for _, f := range files {
		name, second := strings.CutSuffix(f, "@1")
		name, yanked := strings.CutSuffix(name, "!")
		link := indexfiles.File{Filename: name, URL: "https://files.example.com/" + name, Size: 10, Yanked: yanked, RequiresPython: ">=3.9",
			Hashes: map[string]string{"sha256": strings.Repeat("a", 64)}}
		if second {
			link.Index = 1
		}
		pkg, _, _ := strings.Cut(name, "-")
		r.Answer[pkg] = append(r.Answer[pkg], link)
	}
	return r
}

func relocked(t *testing.T, all ...Relocking) *lock.Lock {
	t.Helper()
	l, err := Relock(&project.Project{}, project.Python{Minor: "3.13"}, all)
	if err != nil {
		t.Fatal(err)
	}
	content, err := lock.WritePylock(l)
	if err != nil {
		t.Fatal(err)
	}
	again, err := lock.Read(&source.File{Name: "pylock.toml", Data: content}, lock.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, content)
	}
	return again
}

// files are a package's files in a lock.
func files(l *lock.Lock, name string) string {
	for _, p := range l.Packages {
		if p.Name != name {
			continue
		}
		var all []string
		for _, w := range p.Wheels {
			all = append(all, w.Filename)
		}
		if p.Sdist != nil {
			all = append(all, p.Sdist.Filename)
		}
		return strings.Join(all, " ")
	}
	return ""
}

func TestAllFilesOfAVersionAreLocked(t *testing.T) {
	r := resolved("amd64", Package{Name: "a", Version: "1.0", Origin: Resolved{Filename: "a-1.0-py3-none-any.whl"}})
	for what, c := range map[string]struct{ files, want string }{
		"an sdist and a wheel of another Python too": {"a-1.0-cp39-cp39-win32.whl a-1.0-py3-none-any.whl a-1.0.tar.gz", "a-1.0-cp39-cp39-win32.whl a-1.0-py3-none-any.whl a-1.0.tar.gz"},
		"not what was taken back":                    {"a-1.0-py2-none-any.whl! a-1.0-py3-none-any.whl", "a-1.0-py3-none-any.whl"},
		"unless it is what pip took":                 {"a-1.0-py2-none-any.whl! a-1.0-py3-none-any.whl!", "a-1.0-py2-none-any.whl a-1.0-py3-none-any.whl"},
		"only those of the index pip took it from":   {"a-1.0.tar.gz a-1.0-py3-none-any.whl@1", "a-1.0-py3-none-any.whl"},
		"one sdist": {"a-1.0-py3-none-any.whl a-1.0.zip a-1.0.tar.gz", "a-1.0-py3-none-any.whl a-1.0.tar.gz"},
	} {
		if got := files(relocked(t, answered(r, strings.Fields(c.files)...)), "a"); got != c.want {
			t.Errorf("%s: %s", what, got)
		}
	}
}

func TestWhatPipHasBuiltIsLockedToItsSdist(t *testing.T) {
	r := answered(resolved("amd64", Package{Name: "a", Version: "1.0", Origin: Resolved{Filename: "a-1.0-cp313-cp313-linux_x86_64.whl"}}),
		"a-1.0-py3-none-any.whl", "a-1.0-cp39-cp39-win32.whl", "a-1.0.tar.gz")
	if got := files(relocked(t, r), "a"); got != "a-1.0-cp39-cp39-win32.whl a-1.0.tar.gz" {
		t.Errorf("it has %s", got)
	}
}

func TestALockThatWouldChooseAnotherFileIsAnError(t *testing.T) {
	for want, r := range map[string]Relocking{
		"and not a-1.0-py3-none-any.whl, which pip chose": answered(resolved("amd64", Package{Name: "a", Version: "1.0", Origin: Resolved{Filename: "a-1.0-py3-none-any.whl"}}), "a-1.0-cp313-cp313-manylinux_2_17_x86_64.whl", "a-1.0-py3-none-any.whl"),
		"no index has a file of a 1.0":                    answered(resolved("amd64", Package{Name: "a", Version: "1.0", Origin: Resolved{Filename: "a-1.0-py3-none-any.whl"}})),
		"known only once it is built":                     resolved("amd64", Package{Name: "a", Origin: Built{Source: "a"}}),
	} {
		if _, err := Relock(&project.Project{}, project.Python{Minor: "3.13"}, []Relocking{r}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is expected, the error is %v", want, err)
		}
	}
}

func TestEachPlatformGetsWhatWasResolvedForIt(t *testing.T) {
	a := Package{Name: "a", Version: "1.0", Origin: Resolved{Filename: "a-1.0-py3-none-any.whl"}}
	amd := answered(resolved("amd64", a, Package{Name: "b", Version: "1.0", Origin: Resolved{Filename: "b-1.0-py3-none-any.whl"}}), "a-1.0-py3-none-any.whl", "b-1.0-py3-none-any.whl")
	arm := answered(resolved("arm64", a, Package{Name: "b", Version: "2.0", Origin: Resolved{Filename: "b-2.0-py3-none-any.whl"}}), "a-1.0-py3-none-any.whl", "b-2.0-py3-none-any.whl")
	l := relocked(t, amd, arm)
	if len(l.Packages) != 3 || len(l.Environments) != 2 || l.Packages[0].Marker != nil {
		t.Fatalf("it has %d packages for %d environments", len(l.Packages), len(l.Environments))
	}
	for arch, want := range map[string]string{"amd64": "1.0", "arm64": "2.0"} {
		env := resolved(arch).Plan.Environment.Markers()
		chosen, err := lock.Select(l, lock.Selection{}, env)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range chosen {
			if c.Name == "b" && c.Version != want {
				t.Errorf("%s gets b %s", arch, c.Version)
			}
		}
		if len(chosen) != 2 {
			t.Errorf("%s gets %d packages", arch, len(chosen))
		}
	}
	if _, err := lock.Select(l, lock.Selection{}, pep508.Environment{PythonVersion: "3.13", PythonFullVersion: "3.13.5", PlatformMachine: "riscv64", SysPlatform: "linux"}); err == nil {
		t.Error("a platform that nothing was resolved for gets something")
	}
}

func TestFoldersAreLockedByTheirPath(t *testing.T) {
	r := resolved("amd64", Package{Name: "lib", Origin: Built{Source: "lib"}}, Package{Name: "own", Origin: Built{Source: "own"}})
	r.Plan.Building.Sources = []Source{{Name: "lib", Origin: &ContextFolder{Dir: "shared/lib"}}, {Name: "own", Origin: &ContextFolder{Dir: "services/api"}}}
	p := &project.Project{Dir: "services/api", Metadata: project.Metadata{Name: source.At[string]{V: "own"}}, Packaging: project.Packaging{BuildSystem: &project.BuildSystem{}}}
	l, err := Relock(p, project.Python{Minor: "3.13"}, []Relocking{r})
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Packages) != 1 || l.Packages[0].Source.Path != "../../shared/lib" {
		t.Errorf("it holds %+v", l.Packages)
	}
	for _, c := range []struct{ from, to, want string }{
		{".", "libs/a", "libs/a"}, {"a", "a/b", "b"}, {"a", "a", "."}, {"a/b", "a", ".."}, {"a", "b", "../b"}, {".", ".", "."},
	} {
		if got, err := relative(c.from, c.to); got != c.want || err != nil {
			t.Errorf("%s from %s is %s, %v", c.to, c.from, got, err)
		}
	}
}

func TestWhereNoIndexWasAskedNoneIsForALock(t *testing.T) {
	r := resolved("amd64", Package{Name: "a", Version: "1.0", Origin: Resolved{Filename: "a-1.0-py3-none-any.whl"}})
	r.Requested.Options.NoIndex = true
	if got := r.Unlocated(); len(got.Indexes)+len(got.Packages) != 0 {
		t.Errorf("they are asked %+v", got)
	}
	_, err := Relock(&project.Project{}, project.Python{Minor: "3.13", X: 3, Y: 13}, []Relocking{r})
	if err == nil || !strings.Contains(err.Error(), "--no-index") {
		t.Errorf("%v", err)
	}
}

func TestIndexesAreAskedForEveryFileOfAVersion(t *testing.T) {
	r := resolved("amd64", Package{Name: "a", Version: "1.0", Origin: Resolved{Filename: "a-1.0-py3-none-any.whl"}}, Package{Name: "b", Version: "2.0", Origin: Resolved{Filename: "b-2.0-py3-none-any.whl"}},
		Package{Name: "c", Version: "1", Origin: Resolved{Filename: "c-1-py3-none-any.whl"}})
	r.Plan.Building.Indexes = []Index{{URL: "https://one.example.com/simple"}, {URL: "https://two.example.com/simple", Secret: "two"}}
	r.Requested.IndexPins = []project.IndexPin{{Name: "b", Index: project.Index{URL: source.At[string]{V: "https://three.example.com/simple"}}}}
	r.Direct["c"] = &lock.Package{Name: "c"}
	got := r.Unlocated()
	if len(got.Packages) != 2 || len(got.Packages[0].Indexes) != 2 || got.Packages[0].Version != "1.0" ||
		len(got.Packages[1].Indexes) != 1 || got.Indexes[got.Packages[1].Indexes[0]].URL != "https://three.example.com/simple" || got.Indexes[1].Secret != "two" {
		t.Errorf("they are asked %+v", got)
	}
}

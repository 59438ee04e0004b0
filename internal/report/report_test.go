package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep508"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is\n%s\n(go test ./internal/report -update rewrites it)", file, got)
	}
}

// shop is a plan with something of everything.
func shop() *plan.Plan {
	p := &plan.Plan{
		Project: "Shop",
		Environment: environment.Environment{
			Platform:     environment.Platform{OS: "linux", Arch: "amd64"},
			Python:       environment.Python{Major: 3, Minor: 13, Full: "3.13.5", Interpreter: "/usr/local/bin/python3.13", Library: "/usr/local/lib/python3.13"},
			Libc:         environment.Libc{Family: "glibc", Major: 2, Minor: 41},
			Distribution: environment.Distribution{ID: "debian", Version: "13"},
		},
		Base: "python:3.13-slim",
		Building: &plan.Building{
			Image:   "python:3.13",
			Indexes: []plan.Index{{URL: "https://packages.example.com/simple", Secret: "company"}},
			Sources: []plan.Source{
				{Name: "driver", Origin: &plan.Download{URL: "https://files.example.com/driver-2.0.tar.gz", Filename: "driver-2.0.tar.gz", SHA256: strings.Repeat("a", 64)}},
				{Name: "forked", Origin: &plan.Git{URL: "https://git.example.com/forked", Commit: strings.Repeat("b", 40)}, Subdirectory: "python"},
				{Name: "prices", Origin: &plan.ContextFolder{Dir: "libs/prices"}, Backend: "setuptools.build_meta", Requires: []string{"cython>=3", "setuptools"}},
				{Name: "shop", Origin: &plan.ContextFolder{Dir: "."}, Backend: "hatchling.build", Requires: []string{"hatchling"}},
			},
		},
		Packages: []plan.Package{
			{Name: "driver", Version: "2.0", Origin: plan.Built{Source: "driver"}, Reason: "none of its 4 wheels fits: for Python 3.11, 3.12"},
			{Name: "forked", Version: "0.3", Origin: plan.Built{Source: "forked"}, Reason: "a commit of a repository"},
			{Name: "numbers", Version: "2.5.5", Size: 15_700_000, Reason: "the only one of 22 wheels that fits", Origin: &plan.Download{
				URL: "https://files.example.com/numbers-2.5.5-cp313-cp313-manylinux_2_28_x86_64.whl", Filename: "numbers-2.5.5-cp313-cp313-manylinux_2_28_x86_64.whl", SHA256: strings.Repeat("c", 64)}},
			{Name: "prices", Origin: plan.Built{Source: "prices"}, Reason: "a folder of the context"},
			{Name: "pure", Version: "1.0", Size: 12_345, Unpacked: 45_678, Origin: plan.Resolved{Filename: "pure-1.0-py3-none-any.whl"}, Reason: "what pip chose"},
			{Name: "shop", Origin: plan.Built{Source: "shop"}, Reason: plan.ReasonOwn},
			{Name: "vendored", Origin: plan.ContextFile{Path: "vendor/vendored-1.0-py3-none-any.whl"}, Version: "1.0", Reason: "a file of the context"},
		},
		Bytecode: true,
		App:      &plan.App{From: ".", Dir: "/app", Include: []string{"website"}},
		System: &plan.SystemPackages{Manager: "apt", Packages: []string{"curl", "libpq5"}, Files: []plan.Download{{Filename: "tool_amd64.deb"}},
			Repositories: []plan.Repository{{URL: "https://packages.example.com/debian"}}},
		PythonFrom: &plan.PythonFrom{Image: "python:3.13-slim"},
		User:       &plan.User{Name: "app", UID: 1000, GID: 1000, Home: "/home/app"},
		Folders:    []plan.Folder{{Path: "/app"}, {Path: "/data", Owned: true}},
		Files: []plan.Files{
			{From: "deploy/nginx.conf", To: "/etc/nginx/nginx.conf"},
			{Image: "ghcr.io/example/tool:1", From: "/tool", To: "/usr/local/bin/"},
			{Download: &plan.Download{URL: "https://example.com/model.bin", Filename: "model.bin", SHA256: strings.Repeat("f", 64)}, To: "/models/"},
		},
		Stages: []plan.Stage{{Name: "frontend", Image: "node:22-slim", Dir: "web", Workdir: "/src", System: &plan.SystemPackages{Manager: "apt", Packages: []string{"make"}},
			Steps: []plan.Step{{Run: []string{"npm", "ci"}, Network: true, Inputs: &plan.Patterns{"package.json"}}, {Run: []string{"npm", "run", "build"}}}}},
		Steps: []plan.Step{{Run: []string{"pytest"}, Root: plan.RootBuilder, Inputs: &plan.Patterns{}, Outputs: &plan.Outputs{}}, {Run: []string{"python", "manage.py", "collectstatic", "--noinput"}, Network: true,
			Secrets: []plan.Secret{{ID: "token", Env: "TOKEN"}}, Caches: []plan.Cache{{Path: "/root/.cache", ID: "shop/root/.cache"}}}},
		Image: plan.Image{
			User: "65532:65532", WorkingDir: "/app", Cmd: []string{"sh", "-c", `echo "$HOME"`}, Entrypoint: []string{"tini", "--"},
			Env: []plan.Variable{{Name: "VIRTUAL_ENV", Value: "/opt/venv"}}, Expose: []string{"8000/tcp"}, Volumes: []string{"/data"},
			StopSignal: "SIGINT", Labels: []plan.Variable{{Name: "team", Value: "blue"}}, Healthcheck: &plan.Healthcheck{Test: []string{"CMD", "check"}},
		},
	}
	p.Config = p.BaseConfig.With(p.Image)
	p.Layers = plan.Layers(p, []plan.Layer{
		{ID: "packages/driver", Kind: plan.LayerPackages, Packages: []string{"driver"}},
		{ID: "packages/numbers", Kind: plan.LayerPackages, Packages: []string{"numbers"}, Size: 15_700_000},
		{ID: "packages/shared-00", Kind: plan.LayerPackages, Packages: []string{"pure", "vendored"}, Size: 12_345},
	})
	return p
}

// empty is a plan with next to nothing, for another platform.
func empty() *plan.Plan {
	p := &plan.Plan{Environment: shop().Environment, Base: "registry.example.com/own:1", Image: plan.Image{User: "0", WorkingDir: "/app", Cmd: []string{"python"}}}
	p.Environment.Platform = environment.Platform{OS: "linux", Arch: "arm64", Variant: "v8"}
	p.Environment.Python.Full, p.Environment.Distribution, p.Environment.Libc = "", environment.Distribution{}, environment.Libc{}
	p.Layers = plan.Layers(p, nil)
	return p
}

func build() Build {
	p, q := shop(), empty()
	return Build{
		Target: "runtime", Lock: &Lock{File: "uv.lock", Format: "uv.lock", Tool: "uv"},
		Platforms: []Platform{
			{
				Platform: p.Environment.Platform.String(), Base: "python:3.13-slim@sha256:" + strings.Repeat("d", 64), Plan: p,
				Layers:   p.LayersOf("runtime"),
				Measured: Measured{Python: 20_000_000, System: 84_000_000, App: 31_800},
			},
			{Platform: q.Environment.Platform.String(), Plan: q, Layers: q.LayersOf("runtime")},
		},
	}
}

// example is a lock with every kind of package.
func example(t *testing.T) *lock.Lock {
	t.Helper()
	marker, err := pep508.ParseMarker(`platform_machine == "x86_64" and sys_platform == "linux"`)
	if err != nil {
		t.Fatal(err)
	}
	python, err := pep440.ParseSpecifierSet("==3.13.*")
	if err != nil {
		t.Fatal(err)
	}
	hashes := map[string]string{"sha256": strings.Repeat("e", 64)}
	return &lock.Lock{
		Format: lock.Pylock, Tool: "moult", RequiresPython: python, Environments: []lock.Condition{{Marker: marker}},
		Extras: []string{"postgres"}, Groups: []string{"dev"}, DefaultGroups: []string{"dev"},
		Packages: []*lock.Package{
			{Name: "forked", Source: lock.Source{Kind: lock.FromGit, VCS: "git", URL: "https://git.example.com/forked", Requested: "v1", Commit: strings.Repeat("b", 40), Subdirectory: "python"}},
			{Name: "numbers", Version: "2.5.5", Marker: marker, Source: lock.Source{Kind: lock.FromIndex, Index: "https://packages.example.com/simple"},
				Sdist:  &lock.Artifact{Filename: "numbers-2.5.5.tar.gz", URL: "https://files.example.com/numbers-2.5.5.tar.gz", Size: 20_000_000, Hashes: hashes},
				Wheels: []lock.Artifact{{Filename: "numbers-2.5.5-cp313-cp313-manylinux_2_28_x86_64.whl", URL: "https://files.example.com/numbers-2.5.5-cp313-cp313-manylinux_2_28_x86_64.whl", Size: 15_700_000, Hashes: hashes}}},
			{Name: "prices", Source: lock.Source{Kind: lock.FromDirectory, Path: "libs/prices"}},
			{Name: "vendored", Version: "1.0", Source: lock.Source{Kind: lock.FromFile, Path: "vendor/vendored-1.0-py3-none-any.whl"},
				Wheels: []lock.Artifact{{Filename: "vendored-1.0-py3-none-any.whl", Path: "vendor/vendored-1.0-py3-none-any.whl", Hashes: hashes}}},
		},
	}
}

// reports are all of them, by the names of their golden files.
func reports(t *testing.T) map[string]Printer {
	t.Helper()
	locked, err := NewLockFile(example(t), "py\nproject.toml")
	if err != nil {
		t.Fatal(err)
	}
	counted := NewSummary(build())
	counted.Platforms[0].Steps = &Steps{Ran: 3, Reused: 14}
	counted.Platforms[0].Compiled = &Compiled{Files: 42, Failed: 2}
	counted.Platforms[1].Compiled = &Compiled{Files: 1}
	return map[string]Printer{
		"plan": Plan{build()}, "size": NewSize(build()), "summary": counted, "lock": locked,
	}
}

func TestReportsAreAsTheyWere(t *testing.T) {
	for name, r := range reports(t) {
		text, data, err := Print(r)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".txt", text)
		golden(t, name+".json", append(data, '\n'))
		if !json.Valid(data) {
			t.Errorf("%s.json is none", name)
		}
	}
}

func TestReportsAreTheSameEachTime(t *testing.T) {
	first := map[string]string{}
	for range 25 {
		for name, r := range reports(t) {
			text, data, err := Print(r)
			if err != nil {
				t.Fatal(err)
			}
			all := string(text) + string(data)
			if first[name] == "" {
				first[name] = all
			}
			if first[name] != all {
				t.Fatalf("%s differs from run to run", name)
			}
		}
	}
}

func TestLinesEndWithoutBlanks(t *testing.T) {
	for name, r := range reports(t) {
		text, _, err := Print(r)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(text), "\n") {
			if strings.TrimRight(line, " \t") != line {
				t.Errorf("%s:%d ends in blanks: %q", name, n+1, line)
			}
		}
	}
}

func TestATargetWithoutABaseHasNone(t *testing.T) {
	b := build()
	b.Target = "venv"
	for _, part := range NewSize(b).Platforms[0].Parts {
		if part.Kind != PartPackage {
			t.Errorf("%+v is a part of the virtual environment", part)
		}
	}
}

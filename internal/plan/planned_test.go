package plan

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/start"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// debianSlim is an environment as the official slim images are.
func debianSlim(minor int) environment.Environment {
	python := environment.Python{Major: 3, Minor: minor}
	python.Full = python.Version() + ".1"
	python.Interpreter = "/usr/local/bin/python" + python.Version()
	python.Library = "/usr/local/lib/python" + python.Version()
	return environment.Environment{
		Platform:     environment.Platform{OS: "linux", Arch: "amd64"},
		Python:       python,
		Libc:         environment.Libc{Family: "glibc", Major: 2, Minor: 41},
		Distribution: environment.Distribution{ID: "debian", Version: "13"},
		Manager:      environment.Apt,
	}
}

// planned makes the plan of a project as the frontend does, without asking
// anybody: of an unlocked project nothing is resolved.
func planned(fsys fs.FS, name string, o project.Options) (*Plan, error) {
	p, err := project.Read(project.FS(fsys), name, o)
	if err != nil {
		return nil, err
	}
	python, err := project.ChoosePython(p)
	if err != nil {
		return nil, err
	}
	env := debianSlim(python.Y)
	markers := env.Markers()
	selection := project.Selection{Extras: p.Settings.Extras, Groups: p.Settings.Groups, Environment: &markers}
	in := Input{Project: p, Python: python, Environment: env}
	if in.Requested, err = project.Requirements(p, selection); err != nil {
		return nil, err
	}
	// A project without a program is planned as well: most are about something
	// else here.
	in.Command, _ = start.Command(start.Input{
		Project: p, Files: start.FS(fsys), Has: start.Installed(in.Requested),
		Copied: func(name string) bool { return InApp(p, strings.TrimPrefix(name, p.Dir+"/")) },
	})
	file := path.Join(p.Dir, "uv.lock")
	if _, err := fs.Stat(fsys, path.Join(p.Dir, "poetry.lock")); err == nil {
		file = path.Join(p.Dir, "poetry.lock")
	} else if p.Workspace != nil {
		file = path.Join(p.Workspace.Root, "uv.lock")
	}
	content, err := fs.ReadFile(fsys, file)
	if err != nil {
		var u Unlocked
		if u.Building, err = Builds(p, python, env, in.Requested); err != nil {
			return nil, err
		}
		in.Resolution = u
		return New(in)
	}
	var l Locked
	if l.Lock, err = lock.Read(&source.File{Name: file, Data: content}, lock.Options{}); err != nil {
		return nil, err
	}
	tree, err := toml.Parse(p.File)
	if err != nil {
		return nil, err
	}
	asked := LockProject(p, tree, nil)
	sel := lock.Selection{Member: p.Name.V, Project: asked}
	for _, e := range p.Settings.Extras {
		sel.Extras = append(sel.Extras, e.V)
	}
	if l.Chosen, err = lock.Select(l.Lock, sel, markers); err != nil {
		return nil, err
	}
	if err := lock.Check(l.Lock, asked, sel, markers, l.Chosen); err != nil {
		return nil, err
	}
	if l.Chosen, err = PreferSdists(p, l.Chosen); err != nil {
		return nil, err
	}
	in.Resolution = l
	return New(in)
}

// mapFS makes a context of "name: content" pairs.
func mapFS(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, content := range files {
		m[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return m
}

func installed(p *Plan) []string {
	var names []string
	for _, pkg := range p.Packages {
		names = append(names, strings.TrimSpace(pkg.Name+" "+pkg.Version))
	}
	return names
}

// The pattern of uv's guide for torch: one lock, two extras that exclude each
// other, an index for each.
func TestOneLockOfTorchGivesACPUAndAGPUImage(t *testing.T) {
	context := os.DirFS("testdata/torch")
	for target, want := range map[string][]string{
		"cpu": {"jinja2 3.1.5", "torch 2.5.1+cpu", "typing-extensions 4.12.2"},
		"gpu": {"jinja2 3.1.5", "nvidia-cublas-cu12 12.1.3.1", "torch 2.5.1+cu121", "triton 3.1.0", "typing-extensions 4.12.2"},
		"":    {"typing-extensions 4.12.2"},
	} {
		p, err := planned(context, "pyproject.toml", project.Options{Target: target})
		if err != nil {
			t.Errorf("%q: %v", target, err)
			continue
		}
		if got := installed(p); !slices.Equal(got, want) {
			t.Errorf("%q installs %q, want %q", target, got, want)
		}
		for _, pkg := range p.Packages {
			if pkg.Name != "torch" {
				continue
			}
			index := map[string]string{"cpu": "/whl/cpu/", "gpu": "/whl/cu121/"}[target]
			if pkg.Download() == nil || !strings.Contains(pkg.Download().URL, index) {
				t.Errorf("%q takes torch from %+v", target, pkg.Download())
			}
		}
	}
	_, err := planned(context, "pyproject.toml", project.Options{Target: "both"})
	if err == nil || !strings.Contains(err.Error(), "exclude each other") {
		t.Errorf("both at once: %v", err)
	}
}

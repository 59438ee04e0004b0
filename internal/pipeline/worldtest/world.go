// Package worldtest answers the pipeline's questions in tests and in the benchmark: by recorded
// images, and by a resolver and an index that have whatever they are asked for.
// It needs no network, no root and no daemon.
package worldtest

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/environment/recorded"
	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/step/indexfiles"
)

// World is a world of recorded images.
type World struct {
	// Arch is the architecture as OCI names it.
	Arch string
	// Instead are images that take the place of others, by their references.
	Instead map[string]string
	// Images are images by their references, beside the recorded ones.
	Images map[string]recorded.Image
	// Packages are the files that packages of a distribution bring, by name.
	Packages map[string]recorded.Image
	// Programs are the paths of all programs of the images; nil means every
	// program that is looked for.
	Programs []string
	// Patch is the patch version of the Pythons of official images whose tag
	// names none; "" is the recorded one.
	Patch string
	// Modules are the folders of the context, as files.from names them, that have
	// Python modules.
	Modules []string
	// Broken is the error of every question about a file that is named so.
	Broken map[string]error
}

var _ pipeline.World = World{}

// Platform implements pipeline.World.
func (w World) Platform() environment.Platform {
	p := environment.Platform{OS: "linux", Arch: w.Arch}
	if w.Arch == "" {
		p.Arch = "amd64"
	}
	return p
}

// Image implements pipeline.World.
func (w World) Image(_ context.Context, q pipeline.Question) (pipeline.Image, error) {
	return w.image(q.Ref), nil
}

func (w World) image(ref string) image {
	if other, ok := w.Instead[ref]; ok {
		ref = other
	}
	found, ok := w.Images[ref]
	if !ok {
		found = recorded.Find(ref, w.Platform().Arch)
	}
	if m := unpatched.FindStringSubmatch(ref); m != nil && w.Patch != "" {
		found.Env = slices.Clone(found.Env)
		for n, v := range found.Env {
			if strings.HasPrefix(v, "PYTHON_VERSION=") {
				found.Env[n] = "PYTHON_VERSION=" + m[1] + "." + w.Patch
			}
		}
	}
	return image{found, w.Broken, w.Programs}
}

// unpatched is an official image of Python whose tag names no patch version.
var unpatched = regex.New(`^python:(\d+\.\d+)(?:-[a-z0-9.-]+)?$`)

// Context implements pipeline.World. Every context is there.
func (w World) Context(context.Context, string, source.Pos) error { return nil }

// HasModules implements pipeline.World.
func (w World) HasModules(_ context.Context, f plan.Files) (bool, error) {
	return slices.Contains(w.Modules, f.From), nil
}

// Installed implements pipeline.World.
func (w World) Installed(_ context.Context, base pipeline.Image, packages *plan.SystemPackages) (pipeline.Image, error) {
	of, ok := base.(image)
	if !ok {
		return nil, fmt.Errorf("%T is not an image of this world", base)
	}
	img := of.Image
	for _, name := range packages.Packages {
		img = img.With(w.Packages[name])
	}
	return image{img, w.Broken, w.Programs}, nil
}

// Resolve implements pipeline.World: each requirement has version 1.0 as a pure
// wheel of 1000 bytes.
func (w World) Resolve(_ context.Context, r pipeline.ResolveRequest) ([]plan.Wheel, error) {
	var wheels []plan.Wheel
	seen := map[string]bool{}
	add := func(name string) {
		// The name of a folder such as "-e ." is known only to its build backend.
		name = cmp.Or(strings.ReplaceAll(name, "-", "_"), "local")
		if !seen[name] {
			seen[name] = true
			wheels = append(wheels, plan.Wheel{Filename: name + "-1.0-py3-none-any.whl", Size: 1000})
		}
	}
	for _, line := range r.Building.Resolve.Requirements {
		if req, err := pep508.ParseRequirement(line); err == nil {
			add(req.NormalizedName())
		}
	}
	for _, name := range r.Building.Resolve.Dynamic {
		add(name)
	}
	return wheels, nil
}

// Locate implements pipeline.World: an index has every file that it is asked for.
func (w World) Locate(_ context.Context, r indexfiles.Request) (indexfiles.Answer, error) {
	answer := indexfiles.Answer{}
	for _, p := range r.Packages {
		name := p.Filename
		if name == "" {
			name = strings.ReplaceAll(p.Name, "-", "_") + "-1.0-py3-none-any.whl"
		}
		if p.Version != "" {
			name = strings.ReplaceAll(p.Name, "-", "_") + "-" + p.Version + "-py3-none-any.whl"
			p.Hashes = []string{"sha256:" + strings.Repeat("0", 64)}
		}
		l := indexfiles.File{Filename: name, URL: "https://files.example.com/" + name, Hashes: map[string]string{}}
		for _, h := range p.Hashes {
			if algorithm, digest, ok := strings.Cut(h, ":"); ok && l.Hashes[algorithm] == "" {
				l.Hashes[algorithm] = digest
			}
		}
		answer[p.Name] = []indexfiles.File{l}
	}
	return answer, nil
}

// image is a recorded image.
type image struct {
	recorded.Image
	broken map[string]error
	// programs are those of World.
	programs []string
}

func (i image) Config() plan.Config { return plan.Config{Env: i.Image.Env} }

func (i image) ReadFile(ctx context.Context, name string) ([]byte, error) {
	if err := i.broken[name]; err != nil {
		return nil, err
	}
	return i.Image.ReadFile(ctx, name)
}

func (i image) ReadDir(ctx context.Context, name string) ([]string, error) {
	if err := i.broken[name]; err != nil {
		return nil, err
	}
	return i.Image.ReadDir(ctx, name)
}

func (i image) Lstat(_ context.Context, name string) (pipeline.File, error) {
	name = path.Clean(name)
	if err := i.broken[name]; err != nil {
		return pipeline.File{}, err
	}
	if to, ok := i.Links[name]; ok {
		return pipeline.File{Mode: fs.ModeSymlink | 0o777, Link: to}, nil
	}
	if f, ok := i.Folders[name]; ok {
		return pipeline.File{Mode: fs.ModeDir | f.Mode, UID: f.UID, GID: f.GID}, nil
	}
	if _, ok := i.Files[name]; ok {
		return pipeline.File{Mode: 0o644}, nil
	}
	if folder := path.Dir(name); slices.Contains(i.programs, name) || i.programs == nil && (path.Base(folder) == "bin" || path.Base(folder) == "sbin") {
		return pipeline.File{Mode: 0o755}, nil
	}
	for file := range i.Files {
		if strings.HasPrefix(file, name+"/") {
			return pipeline.File{Mode: fs.ModeDir | 0o755}, nil
		}
	}
	if i.programs == nil && (name == "/usr/bin" || name == "/bin" || name == "/sbin" || name == "/usr/sbin") || slices.ContainsFunc(i.programs, func(p string) bool { return path.Dir(p) == name }) {
		return pipeline.File{Mode: fs.ModeDir | 0o755}, nil
	}
	return pipeline.File{}, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
}

package pipeline

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// OfFolder are the files that say what a folder of the context is, if it is a package's. Whoever asks for one asks for
// most of the others too.
var OfFolder = []string{"pyproject.toml", "setup.py", "setup.cfg", "PKG-INFO", "uv.toml"}

// Usual are the files that are fetched together with the build file, because
// most projects have some of them. Some are patterns.
var Usual = slices.Concat([]string{
	".python-version", "main.py", "app.py",
	"moult.toml", "Procfile", "Dockerfile", "runtime.txt", ".tool-versions", "mise.toml", "Pipfile",
	".devcontainer/devcontainer.json", ".devcontainer/Dockerfile",
}, OfFolder, project.RequirementFiles(), lock.Patterns())

// ReadLock finds and reads the project's lock, if it has one.
func (p *Project) ReadLock() error {
	defer p.forOldFlask()
	p.Locks = &lock.Found{}
	names, err := p.findLock()
	if err != nil || len(names) == 0 {
		p.Locks.Unread = err != nil
		return err
	}
	l, err := p.readLock(names)
	if err != nil {
		// A requirement file need not be a lock if the build file does not call it
		// one.
		if errors.Is(err, lock.ErrNotLocked) && p.Settings.Lock.File == "" {
			errors.As(err, &p.Locks.NotLocked)
			return nil
		}
		p.Locks.Unread = true
		return err
	}
	if found := l.Credentials(); len(found) > 0 {
		err := source.Errorf(found[0], "a URL in %s holds credentials; the image's provenance would contain them", found[0].File.Name).
			WithHint("take them out, change them, and name a build secret for the index: [[tool.moult.index]] secret = \"ID\"")
		err.Err = project.ErrCredentials
		return err
	}
	p.Locks.Used, l.Others = l, p.Locks.Others
	if p.asked, err = p.asLocked(); err != nil {
		return err
	}
	if python, ok := plan.PythonForLock(p.Project, l, p.lockSelection(), p.Options.Platform); ok {
		p.Chosen = python
	}
	return nil
}

// readLock reads the files that are the lock, one or several requirement files.
func (p *Project) readLock(names []source.At[string]) (*lock.Lock, error) {
	var files []*source.File
	for _, name := range names {
		content, err := p.files.ReadFile(name.V)
		if err != nil {
			return nil, source.Errorf(name.Pos, "the lock %s cannot be read: %w", name.V, err)
		}
		files = append(files, &source.File{Name: name.V, Data: content})
	}
	options := lock.Options{Open: p.files.ReadFile}
	if len(files) > 1 || p.Settings.Lock.File == "" && lock.FormatOf(files[0].Name) == "" {
		return lock.ReadRequirements(files, options)
	}
	return lock.Read(files[0], options)
}

// ChosenByLock reports whether the lock may choose the release of Python.
// Then no image is known before the lock is read.
func (p *Project) ChosenByLock() bool { return len(project.OpenPythons(p.Project)) > 0 }

// lockSelection selects the part of the lock that the image needs.
func (p *Project) lockSelection() lock.Selection {
	sel := lock.Selection{Member: p.Name.V, Project: p.asked}
	for _, e := range p.Settings.Extras {
		sel.Extras = append(sel.Extras, e.V)
	}
	for _, g := range p.Settings.Groups {
		sel.Groups = append(sel.Groups, g.V)
	}
	return sel
}

// findLock returns the name of the lock: the one that the key lock names,
// else the first in the build file's folder, else the requirement files if the
// project has nothing else.
func (p *Project) findLock() ([]source.At[string], error) {
	one := func(name string, pos source.Pos) []source.At[string] { return []source.At[string]{{V: name, Pos: pos}} }
	if p.Settings.Lock.Off {
		return nil, nil
	}
	if p.Settings.Lock.File != "" && !(p.Options.Locking && lock.FormatOf(p.Settings.Lock.File) == lock.Pylock) {
		return one(p.Settings.Lock.File, p.Settings.Lock.Pos), nil
	}
	if p.Script {
		// The only lock of a script has its name.
		name := p.File.Name + ".lock"
		if ok, err := p.files.Exists(name); err != nil || !ok {
			return nil, err
		}
		return one(name, source.Pos{}), nil
	}
	names, err := p.files.List(p.Dir)
	if err != nil {
		return nil, err
	}
	if p.Options.Locking {
		names = slices.DeleteFunc(names, func(name string) bool { return lock.FormatOf(name) == lock.Pylock })
	}
	found, others := lock.Detect(names)
	if name, err := p.lockOfWorkspace(found); name != "" || err != nil {
		p.Locks.Others = append([]string{found}, others...)
		return one(name, p.Workspace.Pos), err
	}
	if found != "" {
		found, others = p.lockOfPoetry(found, others)
		found, p.Locks.Others = p.withoutEmpty(found, others)
	}
	if found != "" {
		return one(path.Join(p.Dir, found), source.Pos{}), nil
	}
	// Git leaves a folder where a submodule was, and Docker where a mounted
	// file was missing.
	for _, usual := range lock.Names() {
		if slices.Contains(p.Locks.Empty, usual) {
			continue
		}
		if p.Options.Locking && lock.FormatOf(usual) == lock.Pylock {
			continue
		}
		name := path.Join(p.Dir, usual)
		if ok, err := p.files.Exists(name); err != nil {
			return nil, err
		} else if ok {
			return nil, source.Errorf(source.Pos{File: &source.File{Name: name}}, "the lock %s is a folder", name).
				WithHint("delete it, or write lock = false in [tool.moult]")
		}
	}
	// A member of a workspace is locked with it.
	if w := p.Workspace; w != nil && w.Root != p.Dir {
		name := path.Join(w.Root, "uv.lock")
		if ok, err := p.files.Exists(name); ok || err != nil {
			return one(name, w.Pos), err
		}
	}
	if len(p.Dependencies) > 0 {
		return nil, nil
	}
	var files []source.At[string]
	for _, f := range p.RequirementFiles {
		files = append(files, f.Name)
	}
	return files, nil
}

// lockOfWorkspace is the uv.lock of the workspace of a project that has a lock of
// another tool in its own folder; "" without one. A project whose fields are
// those of the standard has moved to uv, and the other lock stayed behind. A
// uv.lock without the project is older than that, and the other lock counts.
func (p *Project) lockOfWorkspace(found string) (string, error) {
	w := p.Workspace
	if w == nil || w.Root == p.Dir || p.Origin == project.OriginPoetry || !slices.Contains([]lock.Format{lock.Poetry, lock.PDM, lock.Pipenv}, lock.FormatOf(found)) {
		return "", nil
	}
	name := path.Join(w.Root, "uv.lock")
	ok, err := p.files.Exists(name)
	if err != nil || !ok {
		return "", err
	}
	content, err := p.files.ReadFile(name)
	switch {
	case err != nil:
		return name, nil // readLock says why
	case lock.IsEmpty(content):
		return "", nil
	}
	l, err := lock.Read(&source.File{Name: name, Data: content}, lock.Options{Open: p.files.ReadFile})
	if err == nil && !slices.Contains(l.Members, pep503.Normalize(p.Name.V)) {
		return "", nil
	}
	return name, nil
}

// lockOfPoetry puts poetry.lock before a uv.lock that does not have the project.
// uv reads no [tool.poetry] table: what it writes for such a project, often
// because somebody ran it by mistake, is a lock of nothing.
func (p *Project) lockOfPoetry(found string, others []string) (first string, rest []string) {
	at := slices.Index(others, string(lock.Poetry))
	if p.Origin != project.OriginPoetry || found != string(lock.UV) || at < 0 {
		return found, others
	}
	content, err := p.files.ReadFile(path.Join(p.Dir, found))
	if err != nil {
		return found, others // readLock says why
	}
	if len(bytes.TrimSpace(content)) > 0 {
		l, err := lock.Read(&source.File{Name: path.Join(p.Dir, found), Data: content}, lock.Options{Open: p.files.ReadFile})
		if err != nil || slices.Contains(l.Members, pep503.Normalize(p.Name.V)) {
			return found, others
		}
	}
	rest = slices.Concat([]string{found}, others[:at], others[at+1:])
	return others[at], rest
}

// withoutEmpty passes over a lock that is empty, if there is another one, or if the
// requirements are in a requirement file, which needs no lock. There a lock of no
// package is as good as an empty one.
func (p *Project) withoutEmpty(found string, others []string) (first string, rest []string) {
	inFile := len(p.Dependencies) == 0 && len(p.RequirementFiles) > 0 && len(p.Settings.Requirements) == 0
	empty := func(name string) bool {
		content, err := p.files.ReadFile(path.Join(p.Dir, name))
		if err != nil {
			return false // readLock says why it cannot be read
		}
		return lock.IsEmpty(content) || inFile && project.LocksNothing(name, content)
	}
	if !empty(found) {
		return found, others
	}
	n := slices.IndexFunc(others, func(name string) bool { return !empty(name) })
	switch {
	case n >= 0:
		p.Locks.Empty = slices.Concat([]string{found}, others[:n])
		return others[n], others[n+1:]
	case len(p.Dependencies) == 0 && len(p.RequirementFiles) > 0:
		p.Locks.Empty = slices.Concat([]string{found}, others)
		return "", nil
	}
	return found, others
}

// asLocked is the project in the form that is compared with locks.
func (p *Project) asLocked() (*lock.Project, error) {
	parse := func(name string) (*toml.Node, error) {
		name = path.Join(p.Dir, name)
		content, err := p.files.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return toml.Parse(&source.File{Name: name, Data: content})
	}
	if p.Script {
		return plan.LockProject(p.Project, nil, nil), nil
	}
	pyproject, err := parse("pyproject.toml")
	if err != nil {
		return nil, err
	}
	pipfile, err := parse("Pipfile")
	if err != nil {
		return nil, err
	}
	return plan.LockProject(p.Project, pyproject, pipfile), nil
}

package project

import (
	"path"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// DefaultBuildFiles are the default names of the build file, in order.
var DefaultBuildFiles = []string{"pyproject.toml", "moult.toml"}

// Options are the options of a build.
type Options struct {
	// Target is the name of a [tool.moult.target.NAME]; "" for [tool.moult]
	// itself.
	Target string
	// Args are the build arguments by name.
	Args map[string]string
	// Describe is true if nothing is built. Then an argument without a value is
	// not an error.
	Describe bool
}

// Read reads the project whose build file is name: pyproject.toml, moult.toml,
// or any other name; the content tells which of the two it is. The error holds
// every *source.Error found, in the order of the files' lines, joined by
// errors.Join where there are several.
//
// With an error in a file it also returns the part that could be read, for
// checks; nothing if the file is not TOML.
//
// A build file in moult.toml's form has the keys of [tool.moult] at its top
// level; the standard tables then come from the pyproject.toml in the same
// folder, if there is one, whose own [tool.moult] is ignored.
func Read(files Files, name string, o Options) (*Project, error) {
	name = path.Clean(name)
	data, err := files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return read(files, &source.File{Name: name, Data: data}, o, nil)
}

// ReadFile is Read for a build file whose content is known; it need not be in
// the context. Its paths are relative to the folder in its name.
func ReadFile(files Files, file *source.File, o Options) (*Project, error) {
	return read(files, &source.File{Name: path.Clean(file.Name), Data: file.Data}, o, nil)
}

// read reads the project of a build file. above is [tool.moult] of the root of a
// workspace of which this is the only project; nil without one.
func read(files Files, file *source.File, o Options, above *toml.Node) (*Project, error) {
	known := newStore(files, file)
	p := &Project{File: file, Dir: path.Dir(file.Name), files: known, passed: o.Args}
	if source.LeavesFolder(p.Dir) || path.IsAbs(p.Dir) {
		p.Dir = "."
	}
	r := &reader{files: known, p: p, options: o, skippedStages: map[string]bool{}}
	p.Settings.Pos = source.Pos{File: file}
	if len(file.Data) > maxFile {
		return nil, source.Errorf(source.Pos{File: file}, "the file is larger than %d MiB", maxFile>>20)
	}
	script, isScript, err := scriptMetadata(file)
	if err != nil {
		return nil, err
	}
	if isScript {
		file = script
	}
	root, err := toml.Parse(file)
	if err != nil {
		return nil, err
	}
	switch {
	case isScript:
		p.Script = true // the files next to a script describe another project
		r.toolTable(root)
		r.script(root)
		r.checkSources()
	case isPyproject(file.Name, root):
		if member := r.onlyMember(root); member != nil {
			found, err := read(files, member, o, root.Get("tool", "moult"))
			if found != nil {
				found.OnlyMember = true
			}
			return found, err
		}
		r.strayKeys(root)
		r.tableBelow(root, above)
		r.others(root)
	default:
		r.tool(root)
		r.others(r.pyproject(p.Dir))
	}
	if p.Settings.Python == nil {
		r.pythonVersionFile()
		r.pythonHint()
		if p.PythonVersion == nil {
			p.PythonVersion = r.pipfilePython
		}
	}
	r.freeThreaded()
	r.checkSelection()
	r.checkTargets()
	r.mergeIndexes()
	return p, r.err()
}

// tableBelow reads [tool.moult] of a pyproject.toml, or that of the root of its
// workspace, above.
func (r *reader) tableBelow(root, above *toml.Node) {
	own := root.Get("tool", "moult")
	switch {
	case above == nil:
		r.toolTable(root)
	case own != nil:
		r.fail(source.Errorf(above.Pos(), "%s, the only project of the workspace, has [tool.moult] too", r.p.File.Name).WithHint("keep one of the two"))
	default:
		r.tool(above)
	}
}

// toolTable reads [tool.moult] of a pyproject.toml or of a script. The table may
// be missing.
func (r *reader) toolTable(root *toml.Node) {
	if n := root.Get("tool", "moult"); n != nil {
		r.tool(n)
		return
	}
	r.procfile(nil)
	if target := r.options.Target; target != "" && !r.byProcess(target) {
		r.fail(noTarget(source.Pos{File: root.File()}, target, r.p.Targets))
	}
}

// others reads the standard tables and the files next to the build file that
// describe its project.
func (r *reader) others(standard *toml.Node) {
	dir := r.p.Dir
	r.project(standard, dir)
	r.workspaceAbove()
	r.emptyTable(dir)
	r.pipfile()
	r.checkSources()
	r.requirementFiles()
	r.setuptoolsFiles(dir)
	r.packaged()
	r.named()
	r.backendFile(standard, dir)
	r.backendAsks(standard, dir)
}

// project reads all tables that describe a project but [tool.moult].
func (r *reader) project(root *toml.Node, dir string) {
	if root == nil {
		return
	}
	r.standard(root, dir)
	if n := root.Get("tool", "poetry"); n != nil {
		r.poetry(n, dir)
	}
	if n := root.Get("tool", "uv"); n != nil {
		r.uv(n, dir)
	}
	if n := root.Get("tool", "pdm"); n != nil {
		r.pdm(n)
	}
	if n := root.Get("tool", "setuptools", "dynamic"); n != nil {
		r.setuptoolsDynamic(n, dir)
	}
	r.p.Locker = locker(root, r.p.Origin)
	r.vcsVersion(root, dir)
}

// isPyproject distinguishes a pyproject.toml from a moult.toml, independent of
// the name.
func isPyproject(name string, root *toml.Node) bool {
	if path.Base(name) == "pyproject.toml" {
		return true
	}
	for _, key := range []string{"project", "tool", "build-system", "dependency-groups"} {
		if root.Get(key) != nil {
			return true
		}
	}
	return false
}

// strayKeys finds keys of [tool.moult] at the top level of a pyproject.toml.
func (r *reader) strayKeys(root *toml.Node) {
	known := toml.KeysOf(settingsTable{})
	for _, n := range root.Items {
		switch n.Key {
		case "project", "tool", "build-system", "dependency-groups":
			continue
		}
		for _, key := range known {
			if key == n.Key {
				r.fail(source.Errorf(n.KeyPos(), "%q stands at the top level of a pyproject.toml", n.Key).
					WithHint("write it under [tool.moult]"))
			}
		}
	}
}

// checkSelection checks that the extras and groups that [tool.moult] names exist.
func (r *reader) checkSelection() {
	p := r.p
	for _, v := range r.conditionExtras {
		if findSet(p.Extras, v.V) == nil && !p.DynamicExtras {
			r.fail(unknownName(v, "extra", setNames(p.Extras)))
		}
	}
	for i, v := range p.Settings.Extras {
		switch {
		case findSet(p.Extras, v.V) == nil && !p.DynamicExtras:
			r.fail(unknownName(v, "extra", setNames(p.Extras)))
		case hasName(p.Settings.Extras[:i], v.V):
			r.fail(source.Errorf(v.Pos, "the extra %q is there twice", v.V))
		}
	}
	for i, v := range p.Settings.Groups {
		switch {
		case findSet(p.Groups, v.V) == nil:
			err := unknownName(v, "dependency group", setNames(p.Groups))
			if findSet(p.Extras, v.V) != nil {
				err = err.WithHint("%q is an extra: write it into extras", v.V)
			}
			r.fail(err)
		case hasName(p.Settings.Groups[:i], v.V):
			r.fail(source.Errorf(v.Pos, "the dependency group %q is there twice", v.V))
		}
	}
}

func hasName(list []source.At[string], name string) bool {
	for _, v := range list {
		if pep503.Normalize(v.V) == pep503.Normalize(name) {
			return true
		}
	}
	return false
}

func setNames(sets []Set) []string {
	names := make([]string, len(sets))
	for i, s := range sets {
		names[i] = s.Name.V
	}
	return names
}

package start

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/stdlib"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// importable returns the name by which a module is imported in the image, and
// the folder from which. ok is false if the module is not in the image.
func (f *finder) importable(name string, m *module) (t target, ok bool, err error) {
	rel := Within(f.dir, name)
	parts := strings.Split(strings.TrimSuffix(rel, ".py"), "/")
	if parts[len(parts)-1] == "__init__" {
		parts = parts[:len(parts)-1]
	}
	// Folders above the one from which the module is imported may have any name.
	first := len(parts)
	for first > 0 && identifier(parts[first-1]) {
		first--
	}
	if first == len(parts) {
		return target{}, false, nil
	}
	if f.p.BuildSystem != nil && first == 0 && !f.lacksSiblings(parts, m) {
		if installed, ok := f.installed(parts); ok {
			return target{module: strings.Join(installed, ".")}, true, nil
		}
	}
	if !f.in.Copied(name) {
		return target{}, false, nil
	}
	// The best folder above the module is the one from which most of its imports
	// are found.
	best, missing := 0, -1
	for n := first; n < len(parts); n++ {
		if n+1 < len(parts) && f.hidden(parts[:n+1]) {
			continue
		}
		lacks := 0
		for _, i := range m.modules() {
			top, _, _ := strings.Cut(i, ".")
			if !f.module(parts[:n], top) && f.moduleAbove(parts, top) {
				lacks++
			}
		}
		if missing < 0 || lacks < missing {
			best, missing = n, lacks
		}
	}
	if also := f.alsoFrom(parts[first:], m); first == 0 && missing > 0 && also != "" && !f.hidden(parts[:1]) {
		return target{module: strings.Join(parts, "."), file: rel, also: also}, true, nil
	}
	return target{module: strings.Join(parts[best:], "."), dir: strings.Join(parts[:best], "/"), file: rel}, true, nil
}

// hidden reports whether nothing is imported from a folder by its name, because it
// is no package and Python or a requirement has a module of this name, which is
// found first: "code", "test", "flask".
func (f *finder) hidden(folder []string) bool {
	top := folder[len(folder)-1]
	return f.taken(top) && !f.module(folder, "__init__")
}

// taken reports whether a requirement or the newest Python has a module of a name.
func (f *finder) taken(top string) bool {
	presence, _ := stdlib.Find(top, project.Releases[len(project.Releases)-1].Minor)
	return presence == stdlib.Present && !strings.HasPrefix(top, "_") || f.in.Has(strings.ReplaceAll(top, "_", "-"))
}

// alsoFrom is the folder above a module that has all modules which it imports and
// which the project's folder does not have; "" if there is none. Editors add such
// a folder to the path beside the project's. A name that a requirement or Python
// itself has would change with the path, and says nothing.
func (f *finder) alsoFrom(parts []string, m *module) string {
	var needs []string
	for _, i := range m.imports {
		top, _, _ := strings.Cut(i, ".")
		if !f.taken(top) && !f.module(nil, top) && f.moduleAbove(parts, top) {
			needs = append(needs, top)
		}
	}
	for n := len(parts) - 1; n > 0 && len(needs) > 0; n-- {
		if !slices.ContainsFunc(needs, func(top string) bool { return !f.module(parts[:n], top) }) {
			return strings.Join(parts[:n], "/")
		}
	}
	return ""
}

// module reports whether a folder of the project has a module of a name.
func (f *finder) module(folder []string, name string) bool {
	at := path.Join(append([]string{f.dir}, append(slices.Clone(folder), name)...)...)
	return f.names[at+".py"] || f.folders[at]
}

// moduleAbove reports whether one of the folders above a module has it.
func (f *finder) moduleAbove(parts []string, name string) bool {
	for n := range parts {
		if f.module(parts[:n], name) {
			return true
		}
	}
	return false
}

// needsOwnFolder reports whether a program imports a module of its own folder
// that the working folder does not have.
func (f *finder) needsOwnFolder(name string, m *module) bool {
	folder := strings.Split(path.Dir(Within(f.dir, name)), "/")
	needs := func(module string) bool {
		top, _, _ := strings.Cut(module, ".")
		return f.module(folder, top) && !f.module(nil, top)
	}
	// A server imports an application that the program names by a text.
	return slices.ContainsFunc(m.imports, needs) || slices.ContainsFunc(m.named, func(c call) bool { return needs(c.module) })
}

// importsBeside reports whether a module of a package cannot be imported without a
// module of its own folder, by the name that this one has there: it runs as a file
// alone, and not where the package is installed.
func (f *finder) importsBeside(name string, m *module) bool {
	folder := strings.Split(path.Dir(Within(f.dir, name)), "/")
	return slices.ContainsFunc(m.needs, func(top string) bool {
		return f.module(folder, top) && !f.module(nil, top) && !f.module([]string{"src"}, top) && !f.taken(top)
	})
}

// installed returns the name by which a module of the project's own package is
// imported after its installation.
func (f *finder) installed(parts []string) ([]string, bool) {
	if f.unscripted {
		return nil, false // it needs a module that is not installed
	}
	if parts[0] == "src" && f.packagesSrc() {
		return parts, true
	}
	if len(parts) > 2 && parts[0] == "src" || len(parts) == 2 && parts[0] == "src" && parts[1] == ModuleName(f.p.Name.V) {
		return parts[1:], true
	}
	own := ModuleName(f.p.Name.V)
	if parts[0] == own {
		return parts, true
	}
	return nil, false
}

// packagesSrc reports whether the package is the folder src itself, and not what is in
// it: its modules are imported as src.shop, as a script or a table of the backend says.
func (f *finder) packagesSrc() bool {
	if slices.ContainsFunc(f.p.Scripts, func(s project.Script) bool { return topModule(s) == "src" }) || slices.Contains(f.packagedNames(), "src") {
		return true
	}
	root, err := toml.Parse(f.p.File)
	if err != nil || f.p.BuildSystem.Backend.V != "hatchling.build" || root.Get("tool", "hatch", "build", "targets", "wheel", "sources") != nil {
		return false
	}
	folders := root.Get("tool", "hatch", "build", "targets", "wheel", "packages")
	return folders != nil && folders.Kind == toml.Array && slices.ContainsFunc(folders.Items, func(n *toml.Node) bool { return path.Clean(n.Text()) == "src" })
}

// lacksSiblings reports whether a module of the package imports other modules of
// the project's folder. These backends package only the module or the folder of
// the project's name, so that it fails where it is installed.
func (f *finder) lacksSiblings(parts []string, m *module) bool {
	if parts[0] == "src" || !slices.Contains(strict, f.p.BuildSystem.Backend.V) {
		return false
	}
	root, err := toml.Parse(f.p.File)
	if err != nil || slices.ContainsFunc(slices.Concat(naming, renaming), func(table []string) bool { return root.Get(table...) != nil }) {
		return false
	}
	return slices.ContainsFunc(m.needs, func(top string) bool { return !strings.EqualFold(top, parts[0]) && f.module(nil, top) })
}

// ModuleName is the module name for a project's name.
func ModuleName(name string) string {
	return strings.NewReplacer("-", "_", ".", "_", " ", "_").Replace(strings.ToLower(name))
}

func identifier(word string) bool {
	for n := 0; n < len(word); n++ {
		if !isWord(word[n]) {
			return false
		}
	}
	return word != "" && !isDigit(word[0])
}

// anyApplication returns the command for an application in the code.
func (f *finder) anyApplication() (project.Command, error) {
	all, err := f.sources()
	if err != nil {
		return project.Command{}, err
	}
	var found []string
	commands := map[string]project.Command{}
	for _, s := range all {
		if len(found) > 0 && (depth(f.dir, s.Name) != depth(f.dir, found[0]) || rank(s.Name) != rank(found[0])) {
			break
		}
		m, err := f.look(s.Name)
		if err != nil {
			return project.Command{}, err
		}
		if m == nil || len(m.applications)+len(m.borrows)+len(m.adds)+len(m.exports) == 0 && !m.collects {
			continue
		}
		by, err := f.startedBeside(s.Name, m)
		if err != nil {
			return project.Command{}, err
		}
		var c project.Command
		if by != "" {
			c, err = f.because(by, "it starts the server of "+Within(f.dir, s.Name))
		} else {
			c, err = f.served(s.Name, m)
		}
		if err == nil && c.Cmd == nil && by == "" && m.program() && m.serves {
			c, err = f.program(s.Name, m)
		}
		if err != nil {
			return project.Command{}, err
		}
		if c.Cmd != nil {
			found, commands[s.Name] = append(found, s.Name), c
		}
	}
	if found = f.withRoutes(found); len(found) == 0 {
		return project.Command{}, nil
	}
	c, err := f.oneOf(found, func(name string) (project.Command, error) { return commands[name], nil })
	if err != nil || c.Cmd != nil {
		return c, err
	}
	rels := make([]string, len(found))
	for n, name := range found {
		rels[n] = Within(f.dir, name)
	}
	return project.Command{}, f.among(f.several(rels, commands[found[0]].Cmd), found)
}

// several is the error for a project with more than one thing to start.
func (f *finder) several(files []string, cmd []string) *source.Error {
	return source.Errorf(f.p.Settings.Pos, "there is no command to run, and several files can be started: %s", short(files)).
		WithHint("%s", f.write(cmd))
}

// mainPackage returns the command for a package with a __main__ module.
func (f *finder) mainPackage() (project.Command, error) {
	all, err := f.sources()
	if err != nil {
		return project.Command{}, err
	}
	var found []string
	for _, s := range all {
		rel := Within(f.dir, s.Name)
		parts := strings.Split(rel, "/")
		if parts[len(parts)-1] != "__main__.py" || len(parts) < 2 || len(parts) > 3 || len(parts) == 3 && parts[0] != "src" {
			continue // the one of the project's folder has no package
		}
		if parts[len(parts)-2] == f.ownName() {
			found = []string{s.Name}
			break
		}
		found = append(found, s.Name)
	}
	if len(found) != 1 {
		ok, err := f.has("__main__.py")
		if err != nil {
			return project.Command{}, err
		}
		if ok && f.in.Copied(path.Join(f.dir, "__main__.py")) {
			return guessed([]string{"python", "."}, "there is a __main__.py"), nil
		}
		return project.Command{}, nil
	}
	rel := Within(f.dir, found[0])
	parts := strings.Split(path.Dir(rel), "/")
	if f.p.BuildSystem != nil {
		if installed, ok := f.installed(parts); ok {
			return guessed([]string{"python", "-m", strings.Join(installed, ".")}, "there is a %s", rel), nil
		}
	}
	if !f.in.Copied(found[0]) {
		f.uncopied = cmp.Or(f.uncopied, rel)
		return project.Command{}, nil
	}
	m, err := f.look(found[0])
	switch {
	case err != nil:
		return project.Command{}, err
	case m != nil && f.needsOwnFolder(found[0], m):
		return guessed([]string{"python", path.Dir(rel)}, "there is a %s, which imports modules of its folder", rel), nil
	case len(parts) == 2:
		return guessed(f.searching(parts[0], []string{"python", "-m", parts[1]}), "there is a %s", rel), nil
	}
	return guessed([]string{"python", "-m", parts[0]}, "there is a %s", rel), nil
}

// rootByREADME returns the command for the only one of several programs in the
// project's folder that its README starts.
func (f *finder) rootByREADME() (project.Command, error) {
	var programs []string
	for _, s := range f.all {
		if depth(f.dir, s.Name) > 1 || isClient(s.Name) {
			continue
		}
		m, err := f.look(s.Name)
		if err != nil {
			return project.Command{}, err
		}
		if m != nil && (m.program() || len(m.applications) > 0) {
			programs = append(programs, s.Name)
		}
	}
	if len(programs) < 2 {
		return project.Command{}, nil
	}
	name, why, err := f.named(programs, readmes)
	if err != nil || name == "" {
		return project.Command{}, err
	}
	if isPreparing(name) && slices.ContainsFunc(withoutPreparing(programs), func(other string) bool { return rank(other) < len(usualNames) }) {
		return project.Command{}, nil // the README checks or prepares something for the other one
	}
	return f.because(name, why)
}

// otherFile returns the command for a file with a usual name, or for the only
// file in the project's folder.
func (f *finder) otherFile() (project.Command, error) {
	all, err := f.sources()
	if err != nil {
		return project.Command{}, err
	}
	if c, err := f.rootByREADME(); err != nil || c.Cmd != nil {
		return c, err
	}
	names := []string{"src/main.py", "src/app.py", "app/main.py", "run.py", "server.py", "bot.py", "wsgi.py", "streamlit_app.py", "Home.py", "start.py", "cli.py"}
	var root []string
	for _, s := range all {
		if depth(f.dir, s.Name) == 1 {
			root = append(root, Within(f.dir, s.Name))
		}
	}
	if len(root) == 1 && root[0] != setupFile {
		name := path.Join(f.dir, root[0])
		helps, err := f.onlyPackages(name)
		if err == nil && !helps && f.runsBefore(name) {
			var programs []string
			programs, err = f.programs()
			helps = !slices.Contains(programs, name)
		}
		if err == nil && !helps {
			helps, err = f.isPart(name)
		}
		if err != nil {
			return project.Command{}, err
		}
		if !helps {
			names = append(names, root[0])
		}
	}
	own := f.ownName()
	for _, base := range []string{"main.py", "app.py", "cli.py"} {
		names = append(names, path.Join("src", own, base), path.Join(own, base))
	}
	for _, rel := range names {
		name := path.Join(f.dir, rel)
		if !f.names[name] {
			continue
		}
		if f.unserved != "" && len(root) == 1 && rel == root[0] {
			// It helps an application that lacks its server, unless the README starts it.
			if by, _, err := f.named([]string{name}, readmes); err != nil {
				return project.Command{}, err
			} else if by == "" {
				continue
			}
		}
		if c, err := f.file(name); err != nil || c.Cmd != nil {
			return c, err
		}
	}
	return project.Command{}, nil
}

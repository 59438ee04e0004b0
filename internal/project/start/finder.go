package start

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// finder looks for the command of one project.
type finder struct {
	in  Input
	p   *project.Project
	dir string
	// all are the project's sources, the nearest to its folder first.
	all  []Source
	read bool
	// names are the names of these sources, and folders those of the folders above
	// them.
	names, folders map[string]bool
	// looked are the sources that were read, by name.
	looked map[string]*module
	// unserved is an application that no installed server can run, uncopied a
	// program that is not in the image; both are for the error. unservedAs is the
	// application for its server.
	unserved, uncopied string
	unservedAs         target
	// uninstalled is the first framework that no requirement brings, and
	// uninstalledBy the file that is for it.
	uninstalled, uninstalledBy string
	// over says which process of the Procfile was passed over, and why.
	over string
	// weak is true for a command of the code that a main.py of the project's folder
	// would have preceded.
	weak bool
	// helper is the only program, if another file imports it: importer. importers are
	// the sources that import others, by the path of the imported module.
	helper, importer string
	importers        map[string][]string
	// importsMain is the answer of mainIsImported; nil before it is needed, because it
	// takes a look at all sources.
	importsMain *bool
	// forAuthors is the only program, if it is in a folder such as tools beside a
	// package, or makes the package.
	forAuthors string
	// beside are files without a guard that may be the program, where the only one
	// with a guard prepares something.
	beside []string
	// shows are several web interfaces of which nothing says which is the program.
	shows []string
	// services are the commands of systemd's files; nil before they are looked for.
	services *[]entry
	// instructs is what the README starts; nil before it is read.
	instructs *instructing
	// found are the places of the project's modules; nil before they are needed.
	found *places
	// started is a file that the project's Dockerfile starts and that is not in the
	// image.
	started string
	// unscripted is true for a script that needs a module beside the project's package.
	unscripted bool
	// greeting is true for a script that `uv init` has written, and last once nothing
	// else is found.
	greeting, last bool
	// title is the name in the README's title; nil before it is needed.
	title *string
	// absent is a script whose module the project does not have, or, where functionless
	// is true, whose module does not have the function.
	absent       *project.Script
	functionless bool
}

// sources returns the project's Python files, without tests.
func (f *finder) sources() ([]Source, error) {
	if f.read {
		return f.all, nil
	}
	all, err := f.in.Files.Sources(f.dir)
	if err != nil {
		return nil, fmt.Errorf("looking for what the image runs: %w", err)
	}
	venvs, err := environments(all, f.in.Files.Existing)
	if err != nil {
		return nil, fmt.Errorf("looking for virtual environments: %w", err)
	}
	all = slices.DeleteFunc(slices.Clone(all), func(s Source) bool {
		return slices.ContainsFunc(venvs, func(folder string) bool { return strings.HasPrefix(s.Name, folder+"/") })
	})
	if len(all) > maxSources {
		all = nil
	}
	all = slices.DeleteFunc(all, func(s Source) bool {
		base := path.Base(s.Name)
		return strings.HasPrefix(base, "test_") || strings.HasSuffix(base, "_test.py") || base == "conftest.py" || base == "noxfile.py" || base == "tests.py" || base == "test.py" || unfilled(base)
	})
	if current := slices.DeleteFunc(slices.Clone(all), func(s Source) bool { return superseded(Within(f.dir, s.Name)) }); len(current) > 0 {
		all = current
	}
	if all, err = f.withoutSetups(all); err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b Source) int {
		if d := depth(f.dir, a.Name) - depth(f.dir, b.Name); d != 0 {
			return d
		}
		if d := rank(a.Name) - rank(b.Name); d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	f.all, f.read = all, true
	f.names, f.folders = map[string]bool{}, map[string]bool{}
	for _, s := range all {
		f.names[s.Name] = true
		for dir := path.Dir(s.Name); !f.folders[dir]; dir = path.Dir(dir) {
			f.folders[dir] = true
		}
	}
	return all, nil
}

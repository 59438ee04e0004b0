package start

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// withoutHelpers omits the files that other files of the project import: a
// module may have a guard for a demonstration or a test of itself, and the
// program is the file that imports it. importer is a file that imports the
// first of those omitted.
func (f *finder) withoutHelpers(names []string) (programs []string, importer string, err error) {
	for _, name := range names {
		by, err := f.importedBy(name)
		if err != nil {
			return nil, "", err
		}
		if by == "" {
			programs = append(programs, name)
		} else {
			importer = cmp.Or(importer, by)
		}
	}
	return programs, importer, nil
}

// importedBy gives a source that imports the module of another one; "" if none
// does.
func (f *finder) importedBy(name string) (string, error) {
	if err := f.readImporters(); err != nil {
		return "", err
	}
	for _, by := range f.importers[f.modulePath(name)] {
		if by != name {
			return Within(f.dir, by), nil
		}
	}
	return "", nil
}

// modulePath is the path of a source's module in the project, without the suffix.
func (f *finder) modulePath(name string) string {
	return strings.TrimSuffix(Within(f.dir, name), ".py")
}

// importedFrom is the folder of the project from which a command imports a module
// that is this source; "" is the project's own. ok is false if the source is
// another module.
func (f *finder) importedFrom(name, module string) (folder string, ok bool) {
	own, module := "/"+f.modulePath(name), "/"+strings.ReplaceAll(module, ".", "/")
	for _, file := range []string{"", "/__init__", "/__main__"} {
		if folder, ok = strings.CutSuffix(own, module+file); ok {
			return strings.TrimPrefix(folder, "/"), true
		}
	}
	return "", false
}

// readImporters reads which sources import which others. Two of each are enough,
// because one of them may be the source itself.
func (f *finder) readImporters() error {
	if f.importers != nil {
		return nil
	}
	found := map[string][]string{}
	for _, s := range f.all {
		found[f.modulePath(s.Name)] = nil
	}
	for _, s := range f.all {
		m, err := f.look(s.Name)
		if err != nil {
			return err
		}
		if m == nil {
			continue
		}
		folders := foldersAbove(Within(f.dir, s.Name))
		for _, imported := range m.reaches {
			f.places().reached(folders, imported, func(at string) {
				if by, is := found[at]; is && len(by) < 2 && !slices.Contains(by, s.Name) {
					found[at] = append(by, s.Name)
				}
			})
		}
	}
	f.importers = found
	return nil
}

// absoluteName is the name from the project's folder of what a file imports, which
// may be relative to the file's package: "shop.cli.main" of ".cli.main" in
// "shop/__main__".
func absoluteName(file, imported string) string {
	rest := strings.TrimLeft(imported, ".")
	dots := len(imported) - len(rest)
	if dots == 0 {
		return imported
	}
	folder := path.Dir(file)
	for ; dots > 1; dots-- {
		folder = path.Dir(folder)
	}
	return strings.ReplaceAll(path.Join(folder, strings.ReplaceAll(rest, ".", "/")), "/", ".")
}

// reached are the paths, without the suffix, at which a module may be that a file
// imports by a name, or a part of it.
func reached(file, imported string) (paths []string) {
	rest := strings.TrimLeft(imported, ".")
	if imported == "" {
		return nil
	}
	below := strings.ReplaceAll(rest, ".", "/")
	add := func(folder string) {
		to := path.Join(folder, below)
		parts := 0
		for n := range len(to) {
			if to[n] == '/' {
				paths = append(paths, to[:n])
				if parts++; parts > Depth+1 {
					return // no source is that deep
				}
			}
		}
		paths = append(paths, to)
	}
	folder := path.Dir(file)
	if dots := len(imported) - len(rest); dots > 0 {
		for ; dots > 1; dots-- {
			folder = path.Dir(folder)
		}
		add(folder)
		return paths
	}
	// The working directory may be each of the folders above.
	for {
		add(folder)
		if folder == "." {
			return paths
		}
		folder = path.Dir(folder)
	}
}

// mainIsImported reports whether a source imports something of __main__, the file
// that Python was started with: "from __main__ import app". With a server that would
// be the server's own.
func (f *finder) mainIsImported() (bool, error) {
	if f.importsMain == nil {
		is := false
		for _, s := range f.all {
			m, err := f.look(s.Name)
			if err != nil {
				return false, err
			}
			if is = m != nil && m.uses("__main__"); is {
				break
			}
		}
		f.importsMain = &is
	}
	return *f.importsMain, nil
}

// isPart reports whether a file without a guard is a part of a program and not the
// program, though it does something when it is run: it has the name of settings, or
// other files import it, and it starts no server. It makes a folder, or reads a file.
func (f *finder) isPart(name string) (bool, error) {
	m, err := f.look(name)
	if err != nil || m == nil || m.guarded || m.serves || len(m.applications) > 0 {
		return false, err
	}
	if isSettings(name) {
		return true, nil
	}
	by, err := f.importedBy(name)
	return by != "", err
}

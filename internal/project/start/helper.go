package start

import (
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
			importer = cmpOr(importer, by)
		}
	}
	return programs, importer, nil
}

// importedBy gives a source that imports the module of another one; "" if none
// does.
func (f *finder) importedBy(name string) (string, error) {
	at := strings.TrimSuffix(within(f.dir, name), ".py")
	for _, s := range f.all {
		if s.Name == name {
			continue
		}
		m, err := f.look(s.Name)
		if err != nil {
			return "", err
		}
		if m != nil && slices.ContainsFunc(m.reaches, func(r string) bool { return reaches(within(f.dir, s.Name), r, at) }) {
			return within(f.dir, s.Name), nil
		}
	}
	return "", nil
}

// reaches reports whether a name that a file imports is that of a module, or
// one in it. at is the module's path without the suffix.
func reaches(file, imported, at string) bool {
	rest := strings.TrimLeft(imported, ".")
	if rest == "" {
		return false
	}
	below := strings.ReplaceAll(rest, ".", "/")
	is := func(folder string) bool {
		to := path.Join(folder, below)
		return to == at || strings.HasPrefix(to, at+"/")
	}
	folder := path.Dir(file)
	if dots := len(imported) - len(rest); dots > 0 {
		for ; dots > 1; dots-- {
			folder = path.Dir(folder)
		}
		return is(folder)
	}
	// The working directory may be each of the folders above.
	for {
		if is(folder) {
			return true
		}
		if folder == "." {
			return false
		}
		folder = path.Dir(folder)
	}
}

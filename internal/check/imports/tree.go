package imports

import (
	"path"
	"slices"
	"strings"
)

// Tree is a Files that is made file by file.
type Tree struct {
	kinds map[string]Kind
	// names are the names under which files are read.
	names map[string]string
	read  func(name string) ([]byte, error)
	// Ready makes files ready that will be read, by their names; may be nil.
	Ready func(names []string) error
	// hidden are folders that Folders does not return.
	hidden []string
}

// NewTree is an empty tree, whose files are read by the names under which they
// are added. hidden are folders that do not belong to the application.
func NewTree(read func(name string) ([]byte, error), hidden ...string) *Tree {
	return &Tree{kinds: map[string]Kind{}, names: map[string]string{}, read: read, hidden: hidden}
}

// compiled are the extensions of modules that are no sources. Cython compiles
// .pyx when it is told to.
var compiled = []string{".so", ".pyc", ".pyx", ".pyd"}

// Add adds a file at a path; name is that under which it is read.
func (t *Tree) Add(at, name string) {
	t.kinds[at] = File
	t.names[at] = name
	if dir, base := path.Split(at); slices.Contains(compiled, path.Ext(base)) && path.Base(dir) != "__pycache__" {
		stem, _, _ := strings.Cut(base, ".")
		t.kinds[dir+stem] = File
	}
	t.AddFolder(path.Dir(at))
}

// AddFolder adds a folder.
func (t *Tree) AddFolder(at string) {
	for ; at != "/" && at != "." && t.kinds[at] == None; at = path.Dir(at) {
		t.kinds[at] = Folder
	}
}

// Name is the name of the file at a path.
func (t *Tree) Name(at string) string { return t.names[at] }

// Requirements are the paths of requirement files, sorted.
func (t *Tree) Requirements() []string {
	var all []string
	for at := range t.names {
		base := path.Base(at)
		if path.Ext(base) == ".txt" && strings.Contains(base, "requirements") || path.Base(path.Dir(at)) == "requirements" {
			all = append(all, at)
		}
	}
	slices.Sort(all)
	return all
}

// Find implements Files.
func (t *Tree) Find(at string) Kind { return t.kinds[at] }

// Fetch implements Files.
func (t *Tree) Fetch(paths []string) error {
	if t.Ready == nil {
		return nil
	}
	names := make([]string, len(paths))
	for n, at := range paths {
		names[n] = t.names[at]
	}
	return t.Ready(names)
}

// Read implements Files.
func (t *Tree) Read(at string) ([]byte, error) { return t.read(t.names[at]) }

// Folders implements Files.
func (t *Tree) Folders() []string {
	var all []string
	for at, kind := range t.kinds {
		if kind == Folder && !slices.ContainsFunc(t.hidden, func(dir string) bool { return within(at, dir) }) {
			all = append(all, at)
		}
	}
	slices.Sort(all)
	return all
}

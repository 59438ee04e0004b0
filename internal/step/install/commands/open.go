package commands

import (
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/step/install"
	"github.com/moult-build/moult/internal/step/protocol"
)

// openFolders adds the folders to a tree that hold no modules, neither
// themselves nor in a folder below: they are for data, such as a folder of
// uploads with only a .gitkeep. Nothing is added to the folders of modules,
// because a new file there could be a module.
func openFolders(tree *install.Tree, c protocol.Compile) error {
	var folders []string
	code, top := map[string]bool{}, false
	err := filepath.WalkDir(c.Source, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(c.Source, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case rel == ".":
		case d.IsDir():
			folders = append(folders, rel)
		case isModule(rel):
			top = top || path.Dir(rel) == "."
			for dir := path.Dir(rel); dir != "." && !code[dir]; dir = path.Dir(dir) {
				code[dir] = true
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if top {
		// Whoever can make this folder can put bytecode into it that Python takes for
		// that of the modules.
		if err := tree.Mkdir(path.Join(c.Path, "__pycache__")); err != nil {
			return err
		}
	}
	for _, dir := range folders {
		if code[dir] {
			continue
		}
		if err := tree.Folder(path.Join(c.Path, dir), protocol.OpenMode, 0, 0); err != nil {
			return err
		}
	}
	return nil
}

// isModule reports whether Python imports a file of this name.
func isModule(name string) bool {
	return slices.Contains([]string{".py", ".pyc", ".so", ".pyd"}, strings.ToLower(path.Ext(name)))
}

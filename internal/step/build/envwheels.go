package build

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/pypkg/wheel"
	"github.com/moult-build/moult/internal/step/install"
)

// addWheels installs the wheels of packages that the build sees, unless pip has
// installed them for the build's requirements. It runs none of their code.
func (e Environment) addWheels() error {
	if len(e.Wheels) == 0 {
		return nil
	}
	target, err := e.target()
	if err != nil {
		return err
	}
	installed, err := distributions(target.SitePackages())
	if err != nil {
		return err
	}
	var files []string
	for _, dir := range e.Wheels {
		file, err := wheelIn(dir)
		if err != nil {
			return err
		}
		name, err := tags.ParseWheelFilename(filepath.Base(file))
		if err != nil {
			return err
		}
		if installed[pep503.Normalize(name.Name)] {
			continue
		}
		files = append(files, file)
	}
	if err := e.layOut(files); err != nil {
		return fmt.Errorf("installing the packages that the build sees: %w", err)
	}
	return nil
}

// layOut installs wheels into the environment, without bytecode (see buildInstall).
func (e Environment) layOut(wheels []string) error {
	target, err := e.target()
	if err != nil {
		return err
	}
	tree, err := install.NewTree("/", time.Unix(0, 0))
	if err != nil {
		return err
	}
	for _, file := range wheels {
		if err := layOut(file, tree, target); err != nil {
			return err
		}
	}
	return nil
}

func layOut(file string, tree *install.Tree, target install.Target) error {
	w, err := install.Open(file)
	if err != nil {
		return err
	}
	defer w.Close()
	_, err = w.Install(tree, target, install.Options{Large: true})
	return err
}

// target describes the environment for the installer. The version is read from
// the folder of the environment's library, because the interpreter may be one
// that this program cannot read.
func (e Environment) target() (install.Target, error) {
	prefix, err := filepath.Abs(e.Out)
	if err != nil {
		return install.Target{}, err
	}
	found, err := filepath.Glob(filepath.Join(prefix, "lib", "python*", "site-packages"))
	if err != nil {
		return install.Target{}, err
	}
	if len(found) != 1 {
		return install.Target{}, fmt.Errorf("the build environment has %d folders for packages instead of one", len(found))
	}
	return install.Target{Prefix: prefix, Python: strings.TrimPrefix(filepath.Base(filepath.Dir(found[0])), "python")}, nil
}

// distributions returns the normalised names of the packages in a site-packages
// folder.
func distributions(folder string) (map[string]bool, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, entry := range entries {
		if name := wheel.Package(entry.Name()); name != "" {
			names[name] = true
		}
	}
	return names, nil
}

package install

import (
	"fmt"
	"path"
	"strings"
)

// Skeleton is a virtual environment without any package.
type Skeleton struct {
	Target
	// Interpreter is the absolute image path of the base's Python.
	Interpreter string
}

// WriteTo writes the skeleton: the links in bin, lib64, bin/activate, an empty
// site-packages, and a pyvenv.cfg that does not depend on this machine.
func (s Skeleton) WriteTo(t *Tree) error {
	if err := s.Check(); err != nil {
		return err
	}
	if !strings.HasPrefix(s.Interpreter, "/") || path.Clean(s.Interpreter) != s.Interpreter ||
		strings.ContainsAny(s.Interpreter, "\r\n") {
		return fmt.Errorf("interpreter %q: want a clean absolute path like /usr/local/bin/python3.13", s.Interpreter)
	}
	major, _, _ := strings.Cut(s.Python, ".")
	for _, link := range [][2]string{
		{s.Interpreter, "python"},
		{"python", "python" + major},
		{"python", "python" + s.Python},
	} {
		if err := t.Symlink(link[0], s.bin()+"/"+link[1]); err != nil {
			return err
		}
	}
	if err := t.Mkdir(s.SitePackages()); err != nil {
		return err
	}
	if err := t.Symlink("lib", s.Prefix+"/lib64"); err != nil {
		return err
	}
	if err := t.WriteFile(s.bin()+"/activate", []byte(s.activate()), false); err != nil {
		return err
	}
	return t.WriteFile(s.Prefix+"/pyvenv.cfg", []byte(s.config()), false)
}

func (s Skeleton) config() string {
	return "home = " + path.Dir(s.Interpreter) + "\ninclude-system-site-packages = false\nversion = " + s.number() + "\n"
}

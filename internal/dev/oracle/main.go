// Command oracle compares which packages Moult installs from locks with those
// that the tools of the locks would install.
//
//	oracle CASES...
//
// Each argument is a folder with a cases.json from one of the generators in
// this folder: projects, their locks by the real tool, and the packages that
// the tool installs in each setting. The exit code is 1 if there is a
// difference.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// setting is one combination of Python, platform, extras and groups, with the
// tool's answer: "name==version ..." sorted, or "error".
type setting struct {
	Folder, Lock, Python, Machine string
	Extras, Groups                []string
	Want                          string
}

func main() {
	failed := false
	for _, folder := range os.Args[1:] {
		if err := compare(folder, &failed); err != nil {
			fmt.Fprintln(os.Stderr, err)
			failed = true
		}
	}
	if failed || len(os.Args) < 2 {
		os.Exit(1)
	}
}

// compare checks all settings of a folder.
func compare(folder string, failed *bool) error {
	data, err := os.ReadFile(filepath.Join(folder, "cases.json"))
	if err != nil {
		return err
	}
	var all struct {
		Cases   []setting
		Skipped int
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	different, locks, errors := 0, map[string]bool{}, 0
	for _, s := range all.Cases {
		locks[s.Folder] = true
		if s.Want == "error" {
			errors++
		}
		got, err := selected(filepath.Join(folder, s.Folder), s)
		if err != nil {
			got = "error"
		}
		if got == s.Want {
			continue
		}
		different++
		fmt.Printf("%s/%s for Python %s on %s with %v %v:\n  tool  %s\n  moult %s %v\n", s.Folder, s.Lock, s.Python, s.Machine, s.Extras, s.Groups, s.Want, got, err)
	}
	fmt.Printf("%s: %d locks, %d settings (%d of them errors), %d projects that the tool could not lock, %d differences\n",
		filepath.Base(folder), len(locks), len(all.Cases), errors, all.Skipped, different)
	if different > 0 || len(all.Cases) == 0 {
		*failed = true
	}
	return nil
}

// selected returns the packages that Moult installs, without the project
// itself.
func selected(folder string, s setting) (string, error) {
	build := "pyproject.toml"
	if _, err := os.Stat(filepath.Join(folder, build)); err != nil {
		build = "moult.toml" // beside a Pipfile
	}
	p, err := project.Read(project.FS(os.DirFS(folder)), build, project.Options{})
	if err != nil {
		return "", err
	}
	data, err := os.ReadFile(filepath.Join(folder, s.Lock))
	if err != nil {
		return "", err
	}
	l, err := lock.Read(&source.File{Name: s.Lock, Data: data}, lock.Options{})
	if err != nil {
		return "", err
	}
	root, err := toml.Parse(p.File)
	if err != nil {
		return "", err
	}
	var pipfile *toml.Node
	if data, err := os.ReadFile(filepath.Join(folder, "Pipfile")); err == nil {
		if pipfile, err = toml.Parse(&source.File{Name: "Pipfile", Data: data}); err != nil {
			return "", err
		}
	}
	lp := plan.LockProject(p, root, pipfile)
	sel := lock.Selection{Member: p.Name.V, Extras: s.Extras, Groups: s.Groups, Project: lp}
	minor := strings.Join(strings.SplitN(s.Python, ".", 3)[:2], ".")
	env := pep508.Environment{ImplementationName: "cpython", ImplementationVersion: s.Python, OSName: "posix", PlatformMachine: s.Machine,
		PlatformPythonImplementation: "CPython", PlatformSystem: "Linux", PythonFullVersion: s.Python, PythonVersion: minor, SysPlatform: "linux"}
	chosen, err := lock.Select(l, sel, env)
	if err != nil {
		return "", err
	}
	if err := lock.Check(l, lp, sel, env, chosen); err != nil {
		return "", err
	}
	var list []string
	for _, c := range chosen {
		if c.Root || c.Source.Virtual {
			continue
		}
		version := c.Version
		if version == "" && len(c.Wheels) == 1 { // a file at a URL
			w, err := tags.ParseWheelFilename(c.Wheels[0].Filename)
			if err != nil {
				return "", err
			}
			version = w.Version.String()
		}
		if version == "" {
			return "", fmt.Errorf("%s is not locked", c.Name)
		}
		list = append(list, c.Name+"=="+version)
	}
	slices.Sort(list)
	return strings.Join(list, " "), nil
}

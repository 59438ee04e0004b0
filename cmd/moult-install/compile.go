package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/moult-build/moult/internal/step/install/bytecode"
)

// runCompile compiles source trees that are in the image, or will be, into an
// output tree that holds their bytecode alone.
func runCompile(args []string, stdout io.Writer) error {
	o := newOptions("compile")
	o.defineJobs()
	var trees, excluded list
	o.Var(&trees, "source", "")
	o.Var(&excluded, "exclude", "")
	missingOnly := o.Bool("missing-only", false, "")
	if err := o.parse(args, "out", "interpreter"); err != nil {
		return err
	}
	if o.NArg() > 0 {
		return fmt.Errorf("compile: unexpected argument %q", o.Arg(0))
	}
	if len(trees) == 0 {
		return fmt.Errorf("compile: --source is required")
	}
	tree, err := o.tree()
	if err != nil {
		return err
	}
	compiler, err := bytecode.Start(o.interpreter)
	if err != nil {
		return err
	}
	defer compiler.Close()

	skip := map[string]bool{"__pycache__": true}
	for _, name := range excluded {
		skip[name] = true
	}
	var sources []bytecode.Source
	for _, arg := range trees {
		final, dir, ok := strings.Cut(arg, "=")
		if !ok {
			dir = final
		}
		if !strings.HasPrefix(final, "/") || path.Clean(final) != final {
			return fmt.Errorf("compile: --source %q: want a clean absolute path like /app=/src", arg)
		}
		found, err := findSources(final, dir, skip, *missingOnly)
		if err != nil {
			return err
		}
		sources = append(sources, found...)
	}
	res, err := compiler.Compile(tree, sources, o.jobs)
	if err != nil {
		return err
	}
	if err := report(res, stdout); err != nil {
		return err
	}
	return tree.Finish()
}

// findSources lists the modules under dir, whose place in the image is final.
// Directories with a name in skip are left out; with missingOnly also the
// modules beside which some bytecode lies. Symbolic links are not followed:
// Python keeps bytecode beside the path it imported by, and what a link
// points to is found on its own.
func findSources(final, dir string, skip map[string]bool, missingOnly bool) ([]bytecode.Source, error) {
	var sources []bytecode.Source
	// Names of modules with bytecode, by directory.
	compiled := map[string]map[string]bool{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if p != dir && skip[d.Name()] {
				return fs.SkipDir
			}
			if missingOnly {
				compiled[p] = compiledModules(p)
			}
			return nil
		}
		name, isModule := strings.CutSuffix(d.Name(), ".py")
		if !isModule || !d.Type().IsRegular() || compiled[filepath.Dir(p)][name] {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		from, err := filepath.Abs(p)
		if err != nil {
			return err
		}
		sources = append(sources, bytecode.Source{From: from, Final: path.Join(final, filepath.ToSlash(rel)), Size: info.Size()})
		return nil
	})
	return sources, err
}

// compiledModules gives the names of the modules in dir that have bytecode
// without optimisation.
func compiledModules(dir string) map[string]bool {
	entries, err := os.ReadDir(filepath.Join(dir, "__pycache__"))
	if err != nil {
		return nil
	}
	names := map[string]bool{}
	for _, e := range entries {
		// name.cpython-313.pyc; optimised ones have .opt-1 before .pyc.
		stem, ok := strings.CutSuffix(e.Name(), ".pyc")
		if !ok {
			continue
		}
		if name, tag, ok := strings.Cut(stem, "."); ok && !strings.Contains(tag, ".opt-") {
			names[name] = true
		}
	}
	return names
}

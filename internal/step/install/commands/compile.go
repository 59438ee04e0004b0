package commands

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/moult-build/moult/internal/check/compiled"
	"github.com/moult-build/moult/internal/step/install"
	"github.com/moult-build/moult/internal/step/install/bytecode"
	"github.com/moult-build/moult/internal/step/protocol"
)

// compile compiles a source tree of the image into an output tree that has only
// the bytecode, and the folders whose mode is another one than that of the
// application's files.
func compile(c protocol.Compile, stdout io.Writer) error {
	if !strings.HasPrefix(c.Path, "/") || path.Clean(c.Path) != c.Path {
		return fmt.Errorf("--path %q: want a clean absolute path like /app", c.Path)
	}
	tree, err := newTree(c.Output, c.Epoch)
	if err != nil {
		return err
	}
	for _, p := range c.Parents {
		if err := tree.Folder(p.Path, p.Mode, p.UID, p.GID); err != nil {
			return err
		}
	}
	if c.Open {
		if err := openFolders(tree, c); err != nil {
			return err
		}
	}
	if c.Interpreter != "" {
		if err := compileInto(tree, c, stdout); err != nil {
			return err
		}
	}
	return tree.Finish()
}

func compileInto(tree *install.Tree, c protocol.Compile, stdout io.Writer) error {
	invalidation := bytecode.UncheckedHash
	if c.Checked {
		invalidation = bytecode.CheckedHash
	}
	compiler, err := bytecode.Start(c.Interpreter, invalidation)
	if err != nil {
		return err
	}
	defer compiler.Close()

	skip := map[string]bool{"__pycache__": true}
	for _, name := range c.Exclude {
		skip[name] = true
	}
	sources, err := findSources(c.Path, c.Source, skip)
	if err != nil {
		return err
	}
	res, err := compiler.Compile(tree, sources, 0)
	if err != nil {
		return err
	}
	if c.Alike {
		if err := makeAlike(tree, c, sources, res); err != nil {
			return err
		}
	}
	if c.Report != "" {
		if err := compiled.Write(c.Report, answerOf(res)); err != nil {
			return err
		}
	}
	return report(res, stdout)
}

// answerOf is the result for the frontend, which sees no logs. It has no
// templates of projects, such as {{cookiecutter.name}}/main.py: nobody imports
// them.
func answerOf(res *bytecode.Result) compiled.Answer {
	a := compiled.Answer{Compiled: res.Compiled}
	for _, f := range res.Failed {
		if strings.Contains(f.Final, "{{") || strings.Contains(f.Final, "{%") {
			continue
		}
		a.Failed++
		a.Failures = append(a.Failures, compiled.Failure{Path: f.Final, Line: f.Line, Column: f.Column, Reason: f.Reason})
	}
	return a
}

// findSources returns the modules below dir; final is the path of dir in the
// image. It omits directories with a name in skip. It does not follow symbolic
// links: Python writes bytecode next to the path of the import, and the target
// of a link is found by itself. In an image, a folder behind a link has none: the
// folders of a layer would replace the link.
func findSources(final, dir string, skip map[string]bool) ([]bytecode.Source, error) {
	var sources []bytecode.Source
	if real, err := filepath.EvalSymlinks(dir); err == nil && dir == final && real != filepath.Clean(dir) {
		return nil, nil
	}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if p != dir && skip[d.Name()] {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(d.Name(), ".py") || !d.Type().IsRegular() {
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

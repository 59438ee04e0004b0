package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/moult-build/moult/internal/step/install"
	"github.com/moult-build/moult/internal/step/install/bytecode"
)

// runWheel lays wheels out, the later over the earlier, and compiles what
// they brought.
func runWheel(args []string, stdout, stderr io.Writer) error {
	o := newOptions("wheel")
	o.defineTarget()
	o.defineJobs()
	compile := o.Bool("bytecode", false, "")
	var direct, large list
	o.Var(&direct, "direct-url", "")
	o.Var(&large, "large", "")
	if err := o.parse(args, "prefix", "out", "python"); err != nil {
		return err
	}
	if o.NArg() == 0 {
		return fmt.Errorf("wheel: no wheel given")
	}
	for _, wheel := range large {
		if !slices.Contains(o.Args(), wheel) {
			return fmt.Errorf("wheel: --large %q: want one of the wheels given", wheel)
		}
	}
	directURLs, err := readDirectURLs(direct, o.Args())
	if err != nil {
		return err
	}
	if *compile && o.interpreter == "" {
		return fmt.Errorf("wheel: --bytecode needs --interpreter")
	}
	tree, err := o.tree()
	if err != nil {
		return err
	}
	var compiler *bytecode.Compiler
	if *compile {
		// It starts while the wheels are unpacked.
		if compiler, err = bytecode.Start(o.interpreter); err != nil {
			return err
		}
		defer compiler.Close()
	}

	owners := map[string]owner{}
	for _, arg := range o.Args() {
		path, err := findWheel(arg)
		if err != nil {
			return err
		}
		opts := install.Options{Workers: o.jobs, DirectURL: directURLs[arg], Large: slices.Contains(large, arg)}
		if err := layOut(path, tree, o.target, opts, owners, stdout, stderr); err != nil {
			return err
		}
	}
	if compiler != nil {
		if err := compileInstalled(compiler, tree, o, owners, stdout); err != nil {
			return err
		}
	}
	return tree.Finish()
}

// readDirectURLs reads the arguments WHEEL={...}, which say of a wheel among
// those given where it comes from.
func readDirectURLs(args, wheels []string) (map[string][]byte, error) {
	all := map[string][]byte{}
	for _, arg := range args {
		wheel, _, ok := strings.Cut(arg, "={")
		if !ok || !slices.Contains(wheels, wheel) {
			return nil, fmt.Errorf("wheel: --direct-url %q: want WHEEL=JSON, for one of the wheels given", arg)
		}
		content := []byte(arg[len(wheel)+1:])
		if !json.Valid(content) {
			return nil, fmt.Errorf("wheel: --direct-url of %s is not JSON", wheel)
		}
		all[wheel] = content
	}
	return all, nil
}

// owner is the wheel that a file came from.
type owner struct {
	wheel string
	sum   [sha256.Size]byte
	size  int64
}

func layOut(path string, tree *install.Tree, target install.Target, opts install.Options, owners map[string]owner, stdout, stderr io.Writer) error {
	w, err := install.Open(path)
	if err != nil {
		return err
	}
	defer w.Close()
	res, err := w.Install(tree, target, opts)
	if err != nil {
		return err
	}
	for _, warning := range res.Warnings {
		fmt.Fprintf(stderr, "warning: %s: %s\n", w.Filename(), warning)
	}
	var total int64
	for _, f := range res.Files {
		total += f.Size
		if other, ok := owners[f.Path]; ok && other.sum != f.Sum {
			fmt.Fprintf(stderr, "warning: %s: %s replaces a different file from %s\n", w.Filename(), f.Path, other.wheel)
		}
		owners[f.Path] = owner{wheel: w.Filename(), sum: f.Sum, size: f.Size}
	}
	_, err = fmt.Fprintf(stdout, "%s: %d files, %d bytes\n", w.Filename(), len(res.Files), total)
	return err
}

// compileInstalled compiles the modules among the files that were laid out,
// but for packages' own tests: they are never imported by what runs, and in
// pandas they are four modules out of five. They stay importable, without
// bytecode.
func compileInstalled(c *bytecode.Compiler, tree *install.Tree, o *options, owners map[string]owner, stdout io.Writer) error {
	var sources []bytecode.Source
	site := o.target.SitePackages() + "/"
	for path, f := range owners {
		module, ok := strings.CutPrefix(path, site)
		if ok && strings.HasSuffix(module, ".py") && !isTest(module) {
			sources = append(sources, bytecode.Source{From: tree.Path(path), Final: path, Size: f.size})
		}
	}
	res, err := c.Compile(tree, sources, o.jobs)
	if err != nil {
		return err
	}
	return report(res, stdout)
}

// isTest reports whether a module lies in a folder called "tests". A folder
// called "test" may be part of what a package offers, as django.test is.
func isTest(module string) bool {
	return strings.HasPrefix(module, "tests/") || strings.Contains(module, "/tests/")
}

// report tells how many modules were compiled and which were not. Those are
// not warnings: that a package ships files which are no Python of this
// version is common and harmless.
func report(res *bytecode.Result, stdout io.Writer) error {
	for _, f := range res.Failed {
		if _, err := fmt.Fprintf(stdout, "no bytecode for %s: %s\n", f.Final, f.Reason); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(stdout, "compiled %d modules, %d could not be\n", res.Compiled, len(res.Failed))
	return err
}

// findWheel gives the wheel that an argument means: a file, or the only wheel
// in a directory, which is how a build mounts it.
func findWheel(arg string) (string, error) {
	info, err := os.Stat(arg)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return arg, nil
	}
	entries, err := os.ReadDir(arg)
	if err != nil {
		return "", err
	}
	var found []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".whl") {
			found = append(found, e.Name())
		}
	}
	sort.Strings(found)
	switch len(found) {
	case 0:
		return "", fmt.Errorf("%s holds no wheel", arg)
	case 1:
		return filepath.Join(arg, found[0]), nil
	}
	return "", fmt.Errorf("%s holds %d wheels (%s), want one", arg, len(found), strings.Join(found, ", "))
}

package commands

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/moult-build/moult/internal/step/digest"
	"github.com/moult-build/moult/internal/step/install"
	"github.com/moult-build/moult/internal/step/install/bytecode"
	"github.com/moult-build/moult/internal/step/protocol"
)

// installWheels installs wheels, the later over the earlier, and compiles their
// modules.
func installWheels(c protocol.InstallWheels, stdout, stderr io.Writer) error {
	if len(c.Wheels) == 0 {
		return errors.New("there is no wheel to install")
	}
	for _, wheel := range c.Large {
		if !slices.Contains(c.Wheels, wheel) {
			return fmt.Errorf("--large %q: want one of the wheels", wheel)
		}
	}
	directURLs, err := readDirectURLs(c.DirectURLs, c.Wheels)
	if err != nil {
		return err
	}
	identities, digests := map[string]install.Identity{}, map[string]string{}
	for _, i := range c.Identities {
		if !slices.Contains(c.Wheels, i.Wheel) {
			return fmt.Errorf("--identity of %q: want one of the wheels", i.Wheel)
		}
		identities[i.Wheel], digests[i.Wheel] = install.Identity{Name: i.Name, Version: i.Version}, i.SHA256
	}
	tree, err := newTree(c.Output, c.Epoch)
	if err != nil {
		return err
	}
	target := install.Target{Prefix: c.Prefix, Python: c.Python}
	var compiler *bytecode.Compiler
	if c.Interpreter != "" {
		// It starts while the wheels are unpacked.
		if compiler, err = bytecode.Start(c.Interpreter, bytecode.UncheckedHash); err != nil {
			return err
		}
		defer compiler.Close()
	}

	owners := map[string]owner{}
	for _, wheel := range c.Wheels {
		opts := install.Options{DirectURL: directURLs[wheel], Large: slices.Contains(c.Large, wheel), Identity: identities[wheel]}
		path, err := findWheel(wheel)
		if err == nil {
			err = digest.Check(path, digests[wheel])
		}
		if err == nil {
			err = layOut(path, tree, target, opts, owners, stdout, stderr)
		}
		if err != nil {
			return &packageError{identities[wheel].Name, err}
		}
	}
	if compiler != nil {
		if err := compileInstalled(compiler, tree, target, owners, stdout); err != nil {
			return err
		}
	}
	return tree.Finish()
}

// readDirectURLs returns the content of direct_url.json by wheel. It fails for
// a wheel that is not among those that are installed.
func readDirectURLs(all []protocol.DirectURL, wheels []string) (map[string][]byte, error) {
	contents := map[string][]byte{}
	for _, d := range all {
		if !slices.Contains(wheels, d.Wheel) {
			return nil, fmt.Errorf("--direct-url of %q: want one of the wheels", d.Wheel)
		}
		if !json.Valid([]byte(d.Content)) {
			return nil, fmt.Errorf("--direct-url of %s is not JSON", d.Wheel)
		}
		contents[d.Wheel] = []byte(d.Content)
	}
	return contents, nil
}

// owner is the wheel of a file.
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

// compileInstalled compiles the modules among the installed files, except for
// packages' own tests. No service imports these, and in pandas they are four
// modules out of five. They can still be imported.
func compileInstalled(c *bytecode.Compiler, tree *install.Tree, target install.Target, owners map[string]owner, stdout io.Writer) error {
	var sources []bytecode.Source
	site := target.SitePackages() + "/"
	for path, f := range owners {
		module, ok := strings.CutPrefix(path, site)
		if ok && strings.HasSuffix(module, ".py") && !isTest(module) {
			sources = append(sources, bytecode.Source{From: tree.Path(path), Final: path, Size: f.size})
		}
	}
	res, err := c.Compile(tree, sources, 0)
	if err != nil {
		return err
	}
	return report(res, stdout)
}

// isTest reports whether a module is in a folder "tests". A folder "test" may
// be a part of a package's API, such as django.test.
func isTest(module string) bool {
	return strings.HasPrefix(module, "tests/") || strings.Contains(module, "/tests/")
}

// report prints how many modules were compiled and which were not. It does not
// warn about the latter, because packages often contain files for another
// version of Python.
func report(res *bytecode.Result, stdout io.Writer) error {
	for _, f := range res.Failed {
		at := f.Final
		if f.Line > 0 {
			at = fmt.Sprintf("%s:%d", f.Final, f.Line)
		}
		if _, err := fmt.Fprintf(stdout, "no bytecode for %s: %s\n", at, f.Reason); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(stdout, "compiled %d modules, %d could not be\n", res.Compiled, len(res.Failed))
	return err
}

// findWheel returns the path of the wheel for an argument, which is a file or a
// directory with one wheel. A build mounts such a directory.
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

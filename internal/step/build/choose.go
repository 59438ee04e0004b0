package build

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/artifact"
	"github.com/moult-build/moult/internal/pypkg/indexpage"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/step/fetch"
)

// Choose chooses and downloads the file from which a package is installed: of
// the newest version that the requirement allows, the best wheel for the
// target, or else the sdist. Unlike pip it asks only the given indexes.
type Choose struct {
	// Requirement is the package with the allowed versions, as in PEP 508.
	Requirement string
	// Indexes are all asked, and the best file of all of them is used.
	Indexes []Index
	// Target is the interpreter for which the wheel must fit.
	Target tags.Target
	// NoBinary excludes wheels. Pre allows pre-releases like other versions.
	NoBinary, Pre bool
	// Out is the folder for the file. Epoch is the time of the file, in Unix
	// seconds.
	Out     string
	Epoch   int64
	Console *Console
}

// found is a file with the index that has it.
type found struct {
	indexpage.File
	version pep440.Version
	index   Index
}

// Make chooses the file and fetches it.
func (p Choose) Make(ctx context.Context) error {
	client, err := networkClient()
	if err != nil {
		return err
	}
	return p.with(ctx, client)
}

func (p Choose) with(ctx context.Context, client *fetch.Client) error {
	req, err := pep508.ParseRequirement(p.Requirement)
	if err != nil {
		return err
	}
	a := asker{client: client}
	files, err := p.list(ctx, &a, req.NormalizedName())
	if err != nil {
		return err
	}
	best, err := p.best(req, files)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Console, "%s from %s\n", best.Filename, best.index.URL)
	return best.download(p.Out, p.Epoch).with(ctx, client)
}

// list returns all files that the indexes have of a package, by its normalized name.
func (p Choose) list(ctx context.Context, a *asker, name string) ([]found, error) {
	var files []found
	for _, index := range p.Indexes {
		list, _, err := a.ask(ctx, index, name)
		if err != nil {
			return nil, fmt.Errorf("the index %s does not list the files of %s: %w", index.URL, name, err)
		}
		for _, l := range list {
			files = append(files, found{File: l, index: index})
		}
	}
	return files, nil
}

// download fetches the file into the folder out and gives it the time epoch, in Unix seconds.
func (f found) download(out string, epoch int64) Download {
	d := Download{From: f.index, SHA256: f.Hashes["sha256"], Filename: f.Filename, Out: out, Epoch: epoch}
	d.From.URL = f.URL
	if !sameHost(f.URL, f.index.URL) {
		d.From.Secret = "" // a host that only serves files does not see the password
	}
	return d
}

// best chooses among all files of a package.
func (p Choose) best(req pep508.Requirement, files []found) (found, error) {
	where := make([]string, len(p.Indexes))
	for n, i := range p.Indexes {
		where[n] = i.URL
	}
	name := req.NormalizedName()
	missing := func(what string) error {
		return fmt.Errorf("%s has %s", strings.Join(where, " and "), what)
	}
	if len(files) == 0 {
		return found{}, missing("no package " + req.Name)
	}
	supported := tags.NewSupported(p.Target)
	var fit []found
	var wheels []tags.Wheel
	var versions []pep440.Version
	for _, f := range files {
		if spec, err := pep440.ParseSpecifierSet(f.RequiresPython); err == nil && !pep440.AllowsMinor(spec, p.Target.Major, p.Target.Minor) {
			continue
		}
		if f.Yanked && !pinned(req.Specifier) {
			continue
		}
		if artifact.IsWheel(f.Filename) {
			w, err := tags.ParseWheelFilename(f.Filename)
			if err != nil || p.NoBinary || w.Name != name {
				continue
			}
			wheels = append(wheels, w)
			if _, ok := supported.Rank(w.Tags); !ok {
				continue
			}
			f.version = w.Version
		} else {
			of, version, err := tags.ParseSdistFilename(f.Filename)
			if err != nil || pep503.Normalize(of) != name {
				continue
			}
			f.version = version
		}
		fit = append(fit, f)
		versions = append(versions, f.version)
	}
	pre := pep440.PrereleasesDefault
	if p.Pre {
		pre = pep440.PrereleasesAllowed
	}
	versions = req.Specifier.Filter(versions, pre)
	if len(versions) == 0 {
		if len(fit) == 0 && len(wheels) > 0 {
			return found{}, missing("no file of " + req.Name + " for " + p.Target.String() + ": its wheels are " + supported.WhyNone(wheels))
		}
		return found{}, missing("no version of " + p.Requirement + " for " + p.Target.String())
	}
	newest := slices.MaxFunc(versions, pep440.Version.Compare)
	fit = slices.DeleteFunc(fit, func(f found) bool { return !f.version.Equal(newest) })
	var of []found
	wheels = nil
	for _, f := range fit {
		if w, err := tags.ParseWheelFilename(f.Filename); err == nil {
			wheels, of = append(wheels, w), append(of, f)
		}
	}
	if n, ok := supported.Best(wheels); ok {
		return of[n], nil
	}
	return fit[0], nil
}

// pinned reports whether a specifier allows only one version. Then a yanked
// file may be used (PEP 592).
func pinned(set pep440.SpecifierSet) bool {
	for _, s := range set.Specifiers() {
		if (s.Op == pep440.Equal || s.Op == pep440.ArbitraryEq) && !s.Prefix {
			return true
		}
	}
	return false
}

// sameHost reports whether two URLs are of one server.
func sameHost(a, b string) bool {
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	return errX == nil && errY == nil && fetch.SameOrigin(x, y)
}

// wheelIn returns the file that a Choose has written into a folder.
func wheelIn(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	if len(entries) != 1 {
		return "", errors.New("the folder of a chosen file holds something else")
	}
	return filepath.Join(dir, entries[0].Name()), nil
}

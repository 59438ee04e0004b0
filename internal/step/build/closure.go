package build

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/moult-build/moult/internal/pypkg/artifact"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/wheel"
	"github.com/moult-build/moult/internal/step/install"
)

// closure finds the wheels that a list of requirements needs, and what these need in turn: of each package the newest
// version that everything known of it allows. It never takes a decision back. Where it would have to, or where a package
// has no wheel, it ends with errNeedsPip, and pip's resolver answers instead. Without such a case both give the same.
type closure struct {
	asks    asker
	indexes []Index
	// python is the interpreter that runs the packages.
	python described
	// dir is the folder for the wheels, each in a folder of its own.
	dir     string
	console *Console

	chosen map[string]*choice
}

// choice is a package of a closure.
type choice struct {
	// allowed are the specifiers of all its requirements so far.
	allowed pep440.SpecifierSet
	extras  map[string]bool
	version pep440.Version
	// file is the wheel, "" before it is fetched, and index where it is from.
	file, index string
	// needs are the requirements of its metadata.
	needs []pep508.Requirement
}

// errNeedsPip is the answer for requirements that a closure does not find.
var errNeedsPip = errors.New("pip has to resolve the build requirements")

// of returns the wheels for the requirements, sorted by the packages' names.
func (c *closure) of(ctx context.Context, requires []string) ([]string, error) {
	var next []pep508.Requirement
	for _, text := range requires {
		r, err := pep508.ParseRequirement(text)
		if err != nil {
			return nil, errNeedsPip
		}
		if holds, err := c.python.holds(r.Marker, pep508.Active{Context: pep508.InRequirement}); err != nil {
			return nil, errNeedsPip
		} else if holds {
			next = append(next, r)
		}
	}
	c.chosen = map[string]*choice{}
	for len(next) > 0 {
		changed, err := c.want(next)
		if err != nil {
			return nil, err
		}
		if err := c.choose(ctx, changed); err != nil {
			return nil, err
		}
		if next, err = c.needed(changed); err != nil {
			return nil, err
		}
	}
	var files []string
	for _, name := range slices.Sorted(maps.Keys(c.chosen)) {
		p := c.chosen[name]
		files = append(files, p.file)
		fmt.Fprintf(c.console, "%s from %s\n", filepath.Base(p.file), p.index)
	}
	return files, nil
}

// want adds requirements. It returns the packages that are new, or that have to give what another extra needs.
func (c *closure) want(requirements []pep508.Requirement) (changed []string, err error) {
	for _, r := range requirements {
		if r.URL != "" {
			return nil, errNeedsPip
		}
		name := r.NormalizedName()
		p := c.chosen[name]
		if p == nil {
			p = &choice{extras: map[string]bool{}}
			c.chosen[name] = p
			changed = append(changed, name)
		}
		p.allowed = p.allowed.And(r.Specifier)
		if p.file != "" && !p.allowed.Contains(p.version, pep440.PrereleasesDefault) {
			return nil, errNeedsPip
		}
		for _, extra := range r.NormalizedExtras() {
			if !p.extras[extra] && !slices.Contains(changed, name) {
				changed = append(changed, name)
			}
			p.extras[extra] = true
		}
	}
	return changed, nil
}

// choose fetches the wheels of those packages that have none yet.
func (c *closure) choose(ctx context.Context, names []string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxAsked)
	for _, name := range names {
		if p := c.chosen[name]; p.file == "" {
			group.Go(func() error { return c.fetch(ctx, name, p) })
		}
	}
	return group.Wait()
}

// fetch chooses the wheel of a package and reads what it needs.
func (c *closure) fetch(ctx context.Context, name string, p *choice) error {
	chooser := Choose{Requirement: name + p.allowed.String(), Indexes: c.indexes, Target: c.python.target, Console: c.console}
	files, err := chooser.list(ctx, &c.asks, name)
	if err != nil {
		return err
	}
	best, err := chooser.best(pep508.Requirement{Name: name, Specifier: p.allowed}, files)
	if err != nil {
		return err
	}
	if !artifact.IsWheel(best.Filename) || !c.python.satisfies(best.RequiresPython) || best.Yanked || len(best.Hashes) > 0 && best.Hashes["sha256"] == "" {
		return errNeedsPip // which also warns of a yanked file, and checks hashes of other kinds
	}
	dir := filepath.Join(c.dir, name)
	if err := best.download(dir, 0).with(ctx, c.asks.client); err != nil {
		return err
	}
	file := filepath.Join(dir, filepath.Base(best.Filename))
	w, err := install.Open(file)
	if err != nil {
		return err
	}
	defer w.Close()
	metadata, err := w.Metadata()
	if err != nil || metadata == nil {
		return cmp.Or(err, errNeedsPip)
	}
	fields := wheel.Fields(metadata)
	if python, ok := wheel.First(fields, "requires-python"); ok && !c.python.satisfies(python) {
		return errNeedsPip
	}
	for _, field := range fields {
		if field.Key != "requires-dist" {
			continue
		}
		r, err := pep508.ParseRequirement(field.Value)
		if err != nil {
			return errNeedsPip
		}
		p.needs = append(p.needs, r)
	}
	p.version, p.file, p.index = best.version, file, best.index.URL
	return nil
}

// needed are the requirements of packages, with those of their extras.
func (c *closure) needed(names []string) (all []pep508.Requirement, err error) {
	for _, name := range names {
		p := c.chosen[name]
		active := pep508.Active{Context: pep508.InMetadata, Extras: slices.Sorted(maps.Keys(p.extras))}
		for _, r := range p.needs {
			holds, err := c.python.holds(r.Marker, active)
			if err != nil {
				return nil, errNeedsPip
			}
			if holds {
				all = append(all, r)
			}
		}
	}
	return all, nil
}

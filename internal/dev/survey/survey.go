// Package survey tries a folder of checkouts as a newcomer would: with the
// syntax line and nothing else, then after moult init. It says which of them are
// planned, with which command, and why the others are not.
//
// In goes a folder whose folders are projects; out come results, which the
// command prints as a table or as JSON. It asks no daemon: images are recorded
// ones, and a resolver and an index have what they are asked for. Only building
// and starting, which is asked for by Options.Build, needs the lab.
package survey

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
)

// Options say how a survey is made.
type Options struct {
	// Dir holds the projects, one folder each. It is never changed.
	Dir string
	// Only are the names of projects; empty stands for all.
	Only []string
	// Build is how images are built and started; nil where they are not.
	Build *Builder
	// Known are results of an earlier run, which are taken as they are.
	Known []Result
	// Told is called with each new result and those so far; nil is nobody.
	Told func(r Result, sofar []Result) error
}

// Result is what became of one project.
type Result struct {
	Name string `json:"name"`
	// Plan is the plan with the syntax line alone, Initialised that after
	// moult init.
	Plan        Attempt `json:"plan"`
	Check       Check   `json:"check"`
	Initialised Attempt `json:"initialised"`
	// Image is what became of building and starting; nil where nobody tried.
	Image *Image `json:"image,omitempty"`
	// Verdict is what a person says of the project; "" where nobody looked.
	Verdict Verdict `json:"verdict,omitempty"`
}

// Attempt is a plan that was asked for.
type Attempt struct {
	Planned bool `json:"planned"`
	// Command is what the image would run, with its reason, and Python the
	// release with its own.
	Command       []string `json:"command,omitempty"`
	CommandReason string   `json:"commandReason,omitempty"`
	Python        string   `json:"python,omitempty"`
	PythonReason  string   `json:"pythonReason,omitempty"`
	// Refusal is the error, and Nothing is true where it says that there is
	// nothing to start.
	Refusal string `json:"refusal,omitempty"`
	Nothing bool   `json:"nothing,omitempty"`
	// Panic is true where it was a mistake of Moult's.
	Panic bool `json:"panic,omitempty"`
	// packages are the names of what is installed.
	packages []string
}

// Check is what the rules said.
type Check struct {
	Rules []string `json:"rules,omitempty"`
	Panic bool     `json:"panic,omitempty"`
}

// Run tries every project.
func Run(ctx context.Context, o Options) ([]Result, error) {
	entries, err := os.ReadDir(o.Dir)
	if err != nil {
		return nil, err
	}
	only := map[string]bool{}
	for _, name := range o.Only {
		only[name] = true
	}
	all := slices.Clone(o.Known)
	for _, e := range entries {
		known := slices.ContainsFunc(all, func(r Result) bool { return r.Name == e.Name() })
		if !e.IsDir() || known || len(only) > 0 && !only[e.Name()] {
			continue
		}
		r, err := one(ctx, o, e.Name())
		if err != nil {
			return all, fmt.Errorf("%s: %w", e.Name(), err)
		}
		all = append(all, r)
		if o.Told != nil {
			if err := o.Told(r, all); err != nil {
				return all, err
			}
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all, ctx.Err()
}

// one tries one project, in a copy.
func one(ctx context.Context, o Options, name string) (Result, error) {
	r := Result{Name: name}
	dir, err := os.MkdirTemp("", "survey-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	fresh, after := filepath.Join(dir, "fresh"), filepath.Join(dir, "init")
	for _, to := range []string{fresh, after} {
		if err := copyTree(filepath.Join(o.Dir, name), to); err != nil {
			return r, err
		}
	}
	if _, err := os.Stat(filepath.Join(fresh, "pyproject.toml")); err != nil {
		// A project without one needs a build file to point at.
		if err := os.WriteFile(filepath.Join(fresh, "moult.toml"), nil, 0o644); err != nil {
			return r, err
		}
	}
	r.Plan, r.Check = attempt(ctx, fresh)
	if err := initialise(after); err != nil {
		r.Initialised.Refusal = err.Error()
	} else {
		r.Initialised, _ = attempt(ctx, after)
	}
	if o.Build != nil && r.Plan.Planned {
		image := o.Build.try(ctx, name, fresh, r.Plan)
		r.Image = &image
	}
	return r, nil
}

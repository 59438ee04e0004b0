// Package survey tries a folder of checkouts as a new user would: first with
// only the syntax line, then after moult init. It reports which of them are
// planned, with which command, and why the others are not.
//
// The input is a folder whose subfolders are projects. The output are results,
// which the command prints as a table or as JSON. No daemon is needed: images
// are recorded ones, and the resolver and the index have every package. Only
// Options.Build, which builds and starts the images, needs the lab.
package survey

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
)

// Options are those of a survey.
type Options struct {
	// Dir is the folder with the projects, one subfolder for each. It is never
	// changed.
	Dir string
	// Only are the names of projects; empty means all.
	Only []string
	// Build builds and starts the images; nil if that is not wanted.
	Build *Builder
	// Known are results of an earlier run, which are taken as they are.
	Known []Result
	// Told is called with each new result and those so far; nil is nobody.
	Told func(r Result, sofar []Result) error
}

// Result is the result of one project.
type Result struct {
	Name string `json:"name"`
	// Plan is the attempt with only the syntax line, Initialised that after moult
	// init.
	Plan        Attempt `json:"plan"`
	Check       Check   `json:"check"`
	Initialised Attempt `json:"initialised"`
	// Image is the outcome of building and starting; nil if the image was not
	// built.
	Image *Image `json:"image,omitempty"`
	// Verdict is what a person says of the project; "" where nobody looked.
	Verdict Verdict `json:"verdict,omitempty"`
}

// Attempt is the result of planning a project.
type Attempt struct {
	Planned bool `json:"planned"`
	// Command is the command of the image, Python the release, each with its
	// reason.
	Command       []string `json:"command,omitempty"`
	CommandReason string   `json:"commandReason,omitempty"`
	Python        string   `json:"python,omitempty"`
	PythonReason  string   `json:"pythonReason,omitempty"`
	// Refusal is the error. Nothing is true if it says that there is nothing to
	// start.
	Refusal string `json:"refusal,omitempty"`
	Nothing bool   `json:"nothing,omitempty"`
	// Panic is true if the error is a mistake in Moult.
	Panic bool `json:"panic,omitempty"`
	// packages are the names of what is installed.
	packages []string
}

// Check are the findings of the rules.
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
		// A project without a pyproject.toml needs a build file.
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

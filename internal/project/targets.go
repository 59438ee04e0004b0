package project

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

// maxTargets limits the targets of a file: every build reads all of them.
const maxTargets = 256

// ReservedTargets are the names of targets that every build file has.
var ReservedTargets = []string{"runtime", "builder", "venv", "wheels"}

// Target is [tool.moult.target.NAME].
type Target struct {
	// Pos is its header.
	Pos  source.Pos
	Name string
	// Description is one line; "" if the key is missing.
	Description string
	// Inherits is the target that it extends; "" for [tool.moult] itself.
	Inherits string
	// Process is true for a process of the Procfile, which has no table.
	Process bool

	inherits *source.At[string]
	own      *toml.Node // its table without the keys that are the target's own
}

var targetName = regex.New(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

// readTargets reads the tables of targets. merged applies their keys.
func (r *reader) readTargets(n *toml.Node) []Target {
	if n == nil {
		return nil
	}
	if err := n.Expect(toml.Table); err != nil {
		r.fail(err)
		return nil
	}
	if len(n.Items) > maxTargets {
		r.fail(source.Errorf(n.Items[maxTargets].KeyPos(), "the file has more than %d targets", maxTargets))
		return nil
	}
	var list []Target
	for _, item := range n.Items {
		switch {
		case slices.Contains(ReservedTargets, item.Key):
			r.fail(source.Errorf(item.KeyPos(), "%q is a target that every build file has", item.Key).WithHint("give it another name"))
			continue
		case !targetName.MatchString(item.Key):
			r.fail(source.Errorf(item.KeyPos(), "%q is not a target's name", item.Key).WithHint("use letters, digits, '-', '_' and '.'"))
			continue
		}
		if err := item.Expect(toml.Table); err != nil {
			r.fail(err)
			continue
		}
		var t targetTable
		r.fail(toml.Decode(item, &t, toml.AllowUnknown()))
		if nested := item.Get("target"); nested != nil {
			r.fail(source.Errorf(nested.KeyPos(), "a target has no targets of its own").WithHint("write [%s] and inherits = %q in it", strings.TrimSuffix(n.Path(), ".")+".NAME", item.Key))
		}
		if strings.ContainsAny(t.Description.V, "\r\n\x00") {
			r.fail(source.Errorf(t.Description.Pos, "the description must stand on one line"))
		}
		target := Target{
			Pos: item.Pos(), Name: item.Key, Description: t.Description.V, inherits: t.Inherits,
			own: plainArgs(item.Without("description", "inherits", "target")),
		}
		if t.Inherits != nil {
			target.Inherits = t.Inherits.V
		}
		list = append(list, target)
	}
	return list
}

// plainArgs converts the arguments of a table to tables. So a target that
// changes only the default keeps the other keys of an argument.
func plainArgs(n *toml.Node) *toml.Node {
	args := n.Get("args")
	if args == nil || args.Kind != toml.Table {
		return n
	}
	for _, item := range args.Items {
		if item.Kind == toml.String {
			args = args.With(item.Key, item.InTable("default"))
		}
	}
	return n.With("args", args)
}

// appended are the arrays of tables to which a target adds its entries.
var appended = []string{"steps", "files", "index", "repositories"}

// merged merges a target over the table that it inherits. If that is not
// possible, it records an error and returns nil.
func (r *reader) merged(base *toml.Node, targets []Target, name string, trail []string) *toml.Node {
	if tree, done := r.mergedTargets[name]; done {
		return tree
	}
	tree := r.mergedOnce(base, targets, name, trail)
	if r.mergedTargets == nil {
		r.mergedTargets = map[string]*toml.Node{}
	}
	if tree != nil {
		r.mergedTargets[name] = tree
	}
	return tree
}

func (r *reader) mergedOnce(base *toml.Node, targets []Target, name string, trail []string) *toml.Node {
	i := slices.IndexFunc(targets, func(t Target) bool { return t.Name == name })
	t := targets[i]
	if t.inherits != nil {
		parent := t.inherits.V
		at := slices.Index(trail, parent)
		switch {
		case parent == name || at >= 0:
			round := append(slices.Clone(trail[max(at, 0):]), name, parent)
			if parent == name {
				round = []string{name, name}
			}
			r.fail(source.Errorf(t.inherits.Pos, "the target %q inherits from itself: %s", parent, strings.Join(round, " → ")))
			return nil
		case !slices.ContainsFunc(targets, func(t Target) bool { return t.Name == parent }):
			err := source.Errorf(t.inherits.Pos, "there is no target %q", parent)
			if slices.Contains(ReservedTargets, parent) {
				err = err.WithHint("leave inherits out: every target adds to [tool.moult]")
			} else if near := toml.Nearest(parent, targetNames(targets)); near != "" {
				err = err.WithHint("did you mean %q?", near)
			}
			r.fail(err)
			return nil
		}
		if base = r.merged(base, targets, parent, append(trail, name)); base == nil {
			return nil
		}
	}
	return toml.Merge(base, t.own, func(n *toml.Node) bool { return slices.Contains(appended, n.Key) })
}

func targetNames(targets []Target) []string {
	names := make([]string, len(targets))
	for i, t := range targets {
		names[i] = t.Name
	}
	return names
}

// noTarget is the error for a target that the file does not have.
func noTarget(pos source.Pos, name string, targets []Target) error {
	err := source.Errorf(pos, "there is no target %q", name)
	if near := toml.Nearest(name, append(targetNames(targets), ReservedTargets...)); near != "" {
		return err.WithHint("did you mean %q?", near)
	}
	var known []string
	for _, t := range targets {
		if t.Description != "" {
			known = append(known, t.Name+" ("+t.Description+")")
		} else {
			known = append(known, t.Name)
		}
	}
	return err.WithHint("the targets are %s", strings.Join(append(known, ReservedTargets...), ", "))
}

// tool reads [tool.moult], or a moult.toml: the settings of the requested
// target. checkTargets reads those of the others.
func (r *reader) tool(n *toml.Node) {
	r.targets = r.readTargets(n.Get("target"))
	r.p.Targets = r.targets
	r.base = plainArgs(n.Without("target"))
	r.procfile(r.base)
	tree := r.base
	if name := r.options.Target; name != "" && !r.byProcess(name) {
		if !slices.Contains(targetNames(r.targets), name) {
			r.fail(noTarget(headerOf(n), name, r.p.Targets))
		} else if merged := r.merged(r.base, r.targets, name, nil); merged != nil {
			tree = merged
		}
		r.p.Settings.Target = name
	}
	r.settings(tree)
}

// headerOf is the position of a table of settings; the whole file for a
// moult.toml.
func headerOf(n *toml.Node) source.Pos {
	if n.Parent() == nil {
		return source.Pos{File: n.File()}
	}
	return n.Pos()
}

// checkTargets reads the targets that are not built, to report their errors.
func (r *reader) checkTargets() {
	declared := map[string]bool{}
	note := func(args []Arg) {
		for _, a := range args {
			declared[a.Name] = true
		}
	}
	note(r.args)
	check := func(tree *toml.Node, name string) {
		p := &Project{File: r.p.File, Dir: r.p.Dir, files: r.files}
		p.Extras, p.Groups, p.DynamicExtras = r.p.Extras, r.p.Groups, r.p.DynamicExtras
		p.Settings.Target = name
		other := &reader{files: r.files, p: p, options: r.options, targets: r.targets, checking: true, skippedStages: map[string]bool{}}
		other.settings(tree)
		other.checkSelection()
		note(other.args)
		r.errs = append(r.errs, other.errs...)
	}
	if r.base != nil && r.options.Target != "" {
		check(r.base, "")
	}
	for _, t := range r.targets {
		if t.Name == r.options.Target {
			continue
		}
		if tree := r.merged(r.base, r.targets, t.Name, nil); tree != nil {
			check(tree, t.Name)
		}
	}
	r.p.UnusedArgs = unusedArgs(r.options.Args, declared)
}

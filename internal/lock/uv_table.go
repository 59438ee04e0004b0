package lock

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// uvTable compares what only the project's [tool.uv] can say and uv.lock holds.
// A value that Moult does not understand is not compared.
func (c *checker) uvTable() error {
	for _, compare := range []func() error{c.uvBuildConstraints, c.uvExcludes, c.uvMetadata, c.uvEnvironments, c.uvConflicts, c.uvDefaultGroups} {
		if err := compare(); err != nil {
			return err
		}
	}
	return nil
}

// uvBuildConstraints compares build-constraint-dependencies.
func (c *checker) uvBuildConstraints() error {
	now := c.project.BuildConstraints
	if len(now) == 0 && !c.project.Complete || len(now) != len(c.project.UV.Get("build-constraint-dependencies").Elements()) {
		return nil
	}
	return c.same("build-constraint-dependencies", now, uvLock(c.lock).buildConstraints, "", "")
}

// uvExcludes compares exclude-dependencies.
func (c *checker) uvExcludes() error {
	declared := c.project.UV.Get("exclude-dependencies")
	now, then := map[string]source.Pos{}, map[string]source.Pos{}
	for _, n := range uvLock(c.lock).manifest.Get("excludes").Elements() {
		then[pep503.Normalize(n.Text())] = n.Pos()
	}
	for _, n := range declared.Elements() {
		name := pep503.Normalize(n.Text())
		if _, ok := then[name]; ok || len(uvLock(c.lock).byName[name]) > 0 { // uv forgets others
			now[name] = n.Pos()
		}
	}
	return c.sameKeys("exclude-dependencies", now, then)
}

// sameKeys compares two sets, each with positions.
func (c *checker) sameKeys(key string, now, then map[string]source.Pos) error {
	for _, name := range sortedKeys(now) {
		if _, ok := then[name]; !ok {
			return c.stale(now[name], "the lock was made without %s in %s", name, key)
		}
	}
	if !c.project.Complete {
		return nil
	}
	for _, name := range sortedKeys(then) {
		if _, ok := now[name]; !ok {
			return c.stale(then[name], "it was made with %s in %s, which the project does not have", name, key)
		}
	}
	return nil
}

// uvMetadata compares [[tool.uv.dependency-metadata]].
func (c *checker) uvMetadata() error {
	read := func(list []*toml.Node, all map[string]source.Pos) {
		for _, n := range list {
			text := pep503.Normalize(n.Get("name").Text())
			if v := n.Get("version").Text(); v != "" {
				text += " " + v
			}
			if set, err := pep440.ParseSpecifierSet(n.Get("requires-python").Text()); err == nil && !set.IsEmpty() {
				text += " for Python " + specifiersOf(set)
			}
			var requires []string
			for _, one := range n.Get("requires-dist").Elements() {
				if r, err := pep508.ParseRequirement(one.Text()); err == nil && c.holds(r.Marker) {
					requires = append(requires, r.NormalizedName()+extrasOf(r.NormalizedExtras())+specifiersOf(r.Specifier))
				}
			}
			if len(requires) > 0 {
				text += " with " + strings.Join(sortedUnique(requires), ", ")
			}
			all[text] = n.Pos()
		}
	}
	now, then := map[string]source.Pos{}, map[string]source.Pos{}
	read(c.project.UV.Get("dependency-metadata").Elements(), now)
	read(uvLock(c.lock).manifest.Get("dependency-metadata").Elements(), then)
	return c.sameKeys("dependency-metadata", now, then)
}

func extrasOf(extras []string) string {
	if len(extras) == 0 {
		return ""
	}
	return "[" + strings.Join(extras, ",") + "]"
}

// specifiersOf gives a set in one form.
func specifiersOf(set pep440.SpecifierSet) string {
	var all []string
	for _, s := range set.Specifiers() {
		one, _ := pep440.ParseSpecifierSet(s.String())
		all = append(all, canonicalSpecifier(one))
	}
	return strings.Join(sortedUnique(all), ",")
}

// uvEnvironments compares environments and required-environments. uv writes
// their markers in its own form, so that they are asked of many environments.
func (c *checker) uvEnvironments() error {
	var supported []*pep508.Marker
	for _, e := range c.lock.Environments {
		supported = append(supported, e.Marker)
	}
	for _, e := range []struct {
		key  string
		then []*pep508.Marker
	}{{"environments", supported}, {"required-environments", uvLock(c.lock).required}} {
		n := c.project.UV.Get(e.key)
		list := n.Elements()
		if n.Text() != "" {
			list = []*toml.Node{n}
		}
		var now []*pep508.Marker
		for _, one := range list {
			marker, err := pep508.ParseMarker(one.Text())
			if err != nil {
				return nil
			}
			now = append(now, marker)
		}
		if len(now) == 0 && (!c.project.Complete || len(e.then) == 0) {
			continue
		}
		if (len(now) == 0) != (len(e.then) == 0) || !c.sameEverywhere(now, e.then) {
			return c.stale(n.KeyPos(), "the lock was made for other %s", e.key)
		}
	}
	return nil
}

// sameEverywhere reports whether two lists of alternatives allow the same
// environments among the Pythons of the lock.
func (c *checker) sameEverywhere(a, b []*pep508.Marker) bool {
	allows := func(list []*pep508.Marker, env pep508.Environment) bool {
		return slices.ContainsFunc(list, func(m *pep508.Marker) bool {
			ok, err := m.Evaluate(env, pep508.Active{Context: pep508.InRequirement})
			return ok && err == nil
		})
	}
	for minor := 7; minor < 20; minor++ {
		// uv leaves out of a marker what requires-python says, so that the others do
		// not count.
		patch, ok := pep440.FirstPatch(c.lock.RequiresPython, 3, minor)
		if !ok {
			continue
		}
		for _, env := range environments(minor, patch) {
			if allows(a, env) != allows(b, env) {
				return false
			}
		}
	}
	return true
}

// environments are the usual systems and machines with one release of Python.
func environments(minor, patch int) []pep508.Environment {
	var all []pep508.Environment
	version := fmt.Sprintf("3.%d", minor)
	full := fmt.Sprintf("%s.%d", version, patch)
	for _, system := range []struct{ os, sys, platform string }{{"posix", "linux", "Linux"}, {"posix", "darwin", "Darwin"}, {"nt", "win32", "Windows"}} {
		for _, machine := range []string{"x86_64", "aarch64", "arm64", "AMD64", "i686"} {
			for _, implementation := range []string{"CPython", "PyPy"} {
				all = append(all, pep508.Environment{OSName: system.os, SysPlatform: system.sys, PlatformSystem: system.platform, PlatformMachine: machine,
					ImplementationName: strings.ToLower(implementation), PlatformPythonImplementation: implementation,
					PythonVersion: version, PythonFullVersion: full, ImplementationVersion: full})
			}
		}
	}
	return all
}

// uvConflicts compares conflicts. uv adds those of groups that include others, so
// that the lock may have more.
func (c *checker) uvConflicts() error {
	then := map[string]bool{}
	for _, set := range uvLock(c.lock).conflicts {
		var items []string
		for _, i := range set {
			items = append(items, conflictItem(i.pkg, i.extra, i.group))
		}
		if len(items) > 0 {
			then[strings.Join(sortedUnique(items), ", ")] = true
		}
	}
	declared := false
	for _, one := range c.project.Conflicts {
		for _, set := range one.Sets.Elements() {
			declared = true
			var items []string
			for _, i := range set.Elements() {
				pkg := cmp.Or(i.Get("package").Text(), one.Package)
				items = append(items, conflictItem(pkg, i.Get("extra").Text(), i.Get("group").Text()))
			}
			if text := strings.Join(sortedUnique(items), ", "); !then[text] {
				return c.stale(set.Pos(), "the lock was made without the conflict of %s", text)
			}
		}
	}
	if !declared && len(then) > 0 && c.project.Complete {
		return c.stale(source.Pos{}, "it was made for conflicts, which the project does not have")
	}
	return nil
}

func conflictItem(pkg, extra, group string) string {
	pkg = pep503.Normalize(pkg)
	switch {
	case extra != "":
		return "the extra " + pep503.Normalize(extra) + " of " + pkg
	case group != "":
		return "the group " + pep503.Normalize(group) + " of " + pkg
	}
	return pkg
}

// uvDefaultGroups compares default-groups, which uv.lock has from revision 5 on.
func (c *checker) uvDefaultGroups() error {
	d := uvLock(c.lock)
	packages := d.byName[pep503.Normalize(c.project.Name)]
	if d.revision < 5 || len(packages) == 0 {
		return nil
	}
	declared := c.project.Pyproject.Get("tool", "uv", "default-groups")
	if now, then := defaultGroups(declared), defaultGroups(uvOf(packages[0]).defaultGroups); now != then {
		return c.stale(declared.KeyPos(), "its default groups are %s, those of the lock are %s", now, then)
	}
	return nil
}

// defaultGroups describes the groups that uv installs unasked.
func defaultGroups(n *toml.Node) string {
	switch {
	case n == nil:
		return "dev"
	case n.Kind == toml.String:
		return n.Str
	case len(n.Items) == 0:
		return "none"
	}
	var names []string
	for _, one := range n.Elements() {
		names = append(names, pep503.Normalize(one.Text()))
	}
	return strings.Join(sortedUnique(names), ", ")
}

package start

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/toml"
)

// climbs is the number of folders that a source goes up from its own file, as in
// Path(__file__).parents[1] and dirname(dirname(__file__)); the largest of several.
func climbs(all []statement) (most int) {
	for _, s := range all {
		path := slices.IndexFunc(s.tokens, func(t token) bool { return t.is("path") })
		if path > 0 && isMember(s.tokens, path, "sys") {
			continue // it imports from there, which is asked for elsewhere
		}
		for n, t := range s.tokens {
			if t.is("__file__") {
				most = max(most, climbed(s.tokens, n))
			}
		}
	}
	return most
}

// climbed is the number of folders that an expression goes up from the __file__
// that is the token with the number n.
func climbed(t []token, n int) (up int) {
	for at := n - 1; at >= 0 && slices.ContainsFunc([]string{"os", "path", ".", "(", "dirname", "abspath", "realpath"}, t[at].is); at-- {
		if t[at].is("dirname") {
			up++
		}
	}
	at := n + 1
	for ; at < len(t) && t[at].is(")"); at++ {
	}
	for ; at+1 < len(t) && t[at].is("."); at++ {
		at++
		switch {
		case t[at].is("parent"):
			up++
		case t[at].is("parents") && at+2 < len(t) && t[at+1].is("[") && t[at+2].kind == number && len(t[at+2].value) == 1:
			return up + int(t[at+2].value[0]-'0') + 1
		case (t[at].is("resolve") || t[at].is("absolute")) && at+2 < len(t) && t[at+1].is("(") && t[at+2].is(")"):
			at += 2
		default:
			return up
		}
	}
	for ; at+1 < len(t) && t[at].is(",") && t[at+1].kind == text; at += 2 {
		for part := range strings.SplitSeq(t[at+1].value, "/") {
			if part != ".." {
				return up
			}
			up++
		}
	}
	return up
}

// maxEditable is the number of sources that are read for fromSources.
const maxEditable = 60

// fromSources lets a command run from the project's files, if a source of the
// package that it starts looks for files in the project's folder by its own place.
// The tools that install a project for the people who work on it install it as
// editable, so that this works for them; from the installed package it finds a
// folder of Python's.
func fromSources(in Input, c project.Command) (project.Command, error) {
	p := in.Project
	if in.Copyable == nil || p.BuildSystem == nil || p.Settings.App.Include != nil || p.Settings.Workdir != nil || p.VCSVersion != nil ||
		!slices.Contains(pureBackends, p.BuildSystem.Backend.V) || path.Base(p.File.Name) != "pyproject.toml" {
		return c, nil
	}
	root, err := toml.Parse(p.File)
	if err != nil || slices.ContainsFunc(moving, func(table []string) bool { return root.Get(table...) != nil }) {
		return c, nil // the modules of the package are at other places
	}
	f := &finder{in: in, p: p, dir: p.Dir, looked: map[string]*module{}}
	name, err := f.startedBy(c)
	if err != nil || name == "" {
		return c, err
	}
	by, err := f.atHome(name)
	if err != nil || by == "" {
		return c, err
	}
	folder := "."
	if rel := within(f.dir, by); strings.HasPrefix(rel, "src/") {
		folder = "src"
	}
	if c.Cmd[0] == "env" {
		return c, nil // it has a path of its own
	}
	c.Cmd = append([]string{"env", "PYTHONPATH=" + folder}, c.Cmd...)
	c.Reason += fmt.Sprintf("; it runs from the project's files, because %s looks for files in the project's folder", within(f.dir, by))
	c.NextToPackage = true
	return c, nil
}

// startedBy is the source of the package that a command starts; "" if it starts
// none.
func (f *finder) startedBy(c project.Command) (string, error) {
	if _, err := f.sources(); err != nil || len(c.Cmd) == 0 {
		return "", err
	}
	for n, word := range c.Cmd {
		called := call{program: "python"}
		object := objectForm.FindStringSubmatch(word)
		script := slices.IndexFunc(f.p.Scripts, func(s project.Script) bool { return n == 0 && s.Name.V == word })
		switch {
		case script >= 0:
			called.module = f.p.Scripts[script].Module()
		case object != nil:
			called = call{program: "uvicorn", module: object[1]}
		case n > 0 && c.Cmd[n-1] == "-m":
			called.module = word
		case path.Ext(word) == ".py":
			called.file = word
		default:
			continue
		}
		if name := f.sourceOf(called); name != "" {
			return name, nil
		}
	}
	return "", nil
}

// atHome is a source that looks for files in the project's folder by its own place,
// of those that a source imports; "" if there is none.
func (f *finder) atHome(name string) (string, error) {
	seen := map[string]bool{name: true}
	for next := []string{name}; len(next) > 0 && len(seen) <= maxEditable; next = next[1:] {
		m, err := f.look(next[0])
		if err != nil {
			return "", err
		}
		if m == nil {
			continue
		}
		rel := within(f.dir, next[0])
		if parts := strings.Count(rel, "/") + 1; parts > 1 && m.climbs == parts && f.in.Copyable(next[0]) {
			return next[0], nil
		}
		all := f.imported(next[0], m)
		if settings := f.sourceOf(call{program: "python", module: m.settings}); m.settings != "" && settings != "" {
			all = append(all, settings)
		}
		for _, to := range all {
			if !seen[to] {
				seen[to] = true
				next = append(next, to)
			}
		}
	}
	return "", nil
}

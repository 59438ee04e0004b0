package start

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source/regex"
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
// package that it starts looks for files in the project's folder by its own place, or if
// the package lacks files that it needs. Files that it opens from the working folder are
// copied there.
// The tools that install a project for the people who work on it install it as
// editable, so that this works for them; from the installed package it finds a
// folder of Python's.
func fromSources(in Input, c project.Command) (project.Command, error) {
	p := in.Project
	if len(c.Cmd) == 0 || c.Cmd[0] == "env" { // it has a path of its own
		return c, nil
	}
	if in.Copyable == nil || p.BuildSystem == nil || p.Settings.App.Include != nil || p.VCSVersion != nil ||
		!slices.Contains(pureBackends, p.BuildSystem.Backend.V) || path.Base(p.File.Name) != "pyproject.toml" {
		return c, nil
	}
	f := &finder{in: in, p: p, dir: p.Dir, looked: map[string]*module{}}
	if moves, err := f.movesModules(); err != nil || moves {
		return c, err
	}
	name, folder, err := f.startedBy(c)
	if err != nil || name == "" || f.shadows(folder) {
		return c, err
	}
	by, err := f.atHome(name)
	if err != nil {
		return c, err
	}
	if by != "" {
		return f.fromFiles(c, folder, Within(f.dir, by)+" looks for files in the project's folder"), nil
	}
	if c.NextToPackage {
		return c, nil
	}
	if why, err := f.unpackagedParts(name); err != nil || why != "" {
		return f.fromFiles(c, folder, why), err
	}
	return f.withWorkingFiles(c, name)
}

// shadows reports whether a folder has a module of the name of one of Python's or
// of a requirement, beside the project's own. An editable project is found last, but
// PYTHONPATH first, so that all imports would get this module.
func (f *finder) shadows(folder string) bool {
	for _, s := range f.all {
		rel, below := strings.CutPrefix(Within(f.dir, s.Name), strings.TrimPrefix(folder+"/", "./"))
		top, regular := strings.CutSuffix(strings.TrimSuffix(rel, "/__init__.py"), ".py")
		if regular = regular || strings.HasSuffix(rel, "/__init__.py"); !below || !regular || strings.Contains(top, "/") {
			continue
		}
		if top != ModuleName(f.p.Name.V) && f.taken(top) {
			return true
		}
	}
	return false
}

// moduleForm matches a module below a package: the "shop.wsgi" of gunicorn.
var moduleForm = regex.New(`^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$`)

// startedBy is the source of the package that a command starts, and the folder from
// which its module is imported; "" if it starts none.
func (f *finder) startedBy(c project.Command) (name, folder string, err error) {
	if _, err := f.sources(); err != nil {
		return "", "", err
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
		case n > 0 && c.Cmd[0] == "flask" && c.Cmd[n-1] == "--app", n > 0 && c.Cmd[0] == "gunicorn" && moduleForm.MatchString(word):
			called = call{program: "flask", module: word}
		case path.Ext(word) == ".py":
			called.file = word
		default:
			continue
		}
		name := f.sourceOf(called)
		if name == "" {
			continue
		}
		if called.file != "" {
			if strings.HasPrefix(Within(f.dir, name), "src/") {
				return name, "src", nil
			}
			return name, ".", nil
		}
		if folder, ok := f.importedFrom(name, called.module); ok {
			return name, path.Clean(folder), nil
		}
	}
	return "", "", nil
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
		rel := Within(f.dir, next[0])
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

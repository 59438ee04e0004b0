package start

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
)

// frameworks are libraries that a program is made with, by the names of their
// modules, which are those of their packages. They are seldom a dependency of
// another package, so that a project whose program imports one names it itself.
// common are often one (aiohttp of discord.py, typer of huggingface-hub), so that
// only an extra for such programs tells. So are all other packages.
var (
	frameworks = []string{
		"fastapi", "litestar", "quart", "sanic", "flask", "django", "bottle", "falcon", "dash", "gunicorn", "hypercorn", "granian", "streamlit", "chainlit", "gradio", "nicegui", "fastmcp",
	}
	common      = []string{"aiohttp", "mcp", "starlette", "tornado", "typer", "uvicorn"}
	forPrograms = []string{"api", "app", "bot", "cli", "http", "mcp", "run", "serve", "server", "ui", "web"}
)

// forDevelopers are names of extras that no image of a program needs.
var forDevelopers = []string{"dev", "develop", "development", "test", "tests", "testing", "lint", "typing", "docs", "doc", "ci", "bench", "benchmark", "examples"}

// lacking is the cause of the error for a program that could be started with one
// of some packages.
type lacking struct {
	file     string
	packages []string
}

func (l *lacking) Error() string { return l.file + " needs " + strings.Join(l.packages, " or ") }

// optional is an extra or a dependency group of the project; the zero value is none.
type optional struct {
	*project.Set
	group bool
}

// String names it in reasons.
func (o optional) String() string {
	if o.group {
		return "the group " + o.Name.V
	}
	return "the extra " + o.Name.V
}

// of lets a command need it.
func (o optional) of(c *project.Command) {
	if o.group {
		c.Group = o.Name.V
	} else {
		c.Extra = o.Name.V
	}
}

// chosen reports whether the build file chooses extras or groups.
func chosen(p *project.Project) bool { return len(p.Settings.Extras) > 0 || p.Settings.Groups != nil }

// withExtra returns the command that a project has with one of its extras or
// groups, if the program to start needs a package that only this one brings. Its
// name is in Command.Extra or Command.Group.
func withExtra(in Input, c project.Command, err error) (project.Command, error) {
	var needs lacking
	switch l := (*lacking)(nil); {
	case chosen(in.Project) || c.Extra+c.Group != "":
		return c, err
	case errors.As(err, &l):
		needs = *l
	case err != nil:
		return c, err
	default:
		file, packages, wrong := uninstalled(in, c)
		if wrong != nil {
			return c, wrong
		}
		needs = lacking{file, packages}
	}
	set := bringing(in.Project, needs.packages, err != nil)
	if set.Set == nil {
		return c, err
	}
	has := map[string]bool{}
	for _, r := range set.Requirements {
		add(has, r.NormalizedName(), r.String())
	}
	before := in.Has
	in.Has = func(name string) bool { return before(name) || has[name] }
	with, wrong := found(in)
	if wrong != nil {
		return c, err
	}
	set.of(&with)
	with.Reason += fmt.Sprintf("; %s is installed, because %s needs %s of it", set, needs.file, strings.Join(slices.DeleteFunc(slices.Clone(needs.packages), func(p string) bool { return !has[p] }), ", "))
	return with, nil
}

// bringing is the extra that has most of some packages, and of several the one
// with the fewest other requirements; a group if no extra has any. Without a
// failure, another package may bring what is common.
func bringing(p *project.Project, packages []string, failed bool) optional {
	if best := bestOf(p.Extras, packages, failed); best != nil {
		return optional{best, false}
	}
	return optional{bestOf(p.Groups, packages, failed), true}
}

// offering is the extra or the group that has a package which is not installed, if
// the build file chooses none.
func (f *finder) offering(name string) optional {
	if chosen(f.p) || f.in.Has(name) {
		return optional{}
	}
	return bringing(f.p, []string{name}, true)
}

// bestOf is bringing for some of the sets.
func bestOf(sets []project.Set, packages []string, failed bool) *project.Set {
	var best *project.Set
	most := 0
	for n, set := range sets {
		name := pep503.Normalize(set.Name.V)
		if slices.Contains(forDevelopers, name) {
			continue
		}
		has := 0
		for _, r := range set.Requirements {
			needs := r.NormalizedName()
			if slices.Contains(packages, needs) && (failed || slices.Contains(frameworks, needs) || name == needs || slices.Contains(forPrograms, name)) {
				has++
			}
		}
		if has > most || has > 0 && has == most && len(set.Requirements) < len(best.Requirements) {
			best, most = &sets[n], has
		}
	}
	return best
}

// uninstalled are the packages that the file of a command, or a source of the project that
// it loads, imports whenever it is loaded, and that no requirement brings by its name.
func uninstalled(in Input, c project.Command) (file string, packages []string, err error) {
	forPrograms := func(set project.Set) bool { return !slices.Contains(forDevelopers, pep503.Normalize(set.Name.V)) }
	if !slices.ContainsFunc(slices.Concat(in.Project.Extras, in.Project.Groups), forPrograms) || len(c.Cmd) == 0 || c.Why == project.CommandByKey {
		return "", nil, nil
	}
	for _, rel := range filesOf(in.Project, c) {
		content, err := in.Files.ReadFile(path.Join(in.Project.Dir, rel))
		if err != nil || len(content) > maxSize {
			continue // it is another form of the same name
		}
		loaded := Load(string(content))
		var tops []string
		for _, i := range slices.Concat(loaded.Imports, loaded.Main) {
			top, _, _ := strings.Cut(i.Module, ".")
			tops = append(tops, top)
		}
		f := &finder{in: in, p: in.Project, dir: in.Project.Dir, looked: map[string]*module{}}
		further, err := f.loadedBy(path.Join(f.dir, rel))
		if err != nil {
			return "", nil, err
		}
		for _, top := range slices.Concat(tops, further) {
			name := pep503.Normalize(top)
			if top == "" || f.module(nil, top) || f.module([]string{"src"}, top) || brought(in.Project, top) {
				continue
			}
			names := []string{name, "py" + name, "python-" + name} // yaml, dotenv
			if !slices.ContainsFunc(names, in.Has) && !slices.Contains(packages, name) {
				packages = append(packages, names...)
			}
		}
		return rel, packages, nil
	}
	return "", nil, nil
}

// maxLoaded is the number of sources of a program of which uninstalled reads the imports.
const maxLoaded = 60

// loadedBy are the modules, by their first names, that the project's sources import
// which Python loads with one of them.
func (f *finder) loadedBy(name string) (tops []string, err error) {
	if _, err := f.sources(); err != nil {
		return nil, err
	}
	seen := map[string]bool{name: true}
	for next := []string{name}; len(next) > 0; next = next[1:] {
		m, err := f.look(next[0])
		if err != nil {
			return nil, err
		}
		if m == nil {
			continue
		}
		tops = append(tops, m.needs...)
		loads := f.reached(next[0], m.firmly)
		for dir := path.Dir(next[0]); dir != "." && f.names[path.Join(dir, "__init__.py")]; dir = path.Dir(dir) {
			loads = append(loads, path.Join(dir, "__init__.py"))
		}
		for _, to := range loads {
			if !seen[to] && len(seen) < maxLoaded {
				seen[to] = true
				next = append(next, to)
			}
		}
	}
	return tops, nil
}

// brought reports whether a requirement is a part of a framework by its name and
// requires it, as flask-login does.
func brought(p *project.Project, framework string) bool {
	all := slices.Clone(p.Dependencies)
	for _, f := range p.RequirementFiles {
		all = append(all, f.Requirements...)
	}
	return slices.ContainsFunc(all, func(r project.Requirement) bool {
		name := r.NormalizedName()
		return strings.HasPrefix(name, framework+"-") || strings.HasSuffix(name, "-"+framework)
	})
}

// filesOf are the paths at which the file may be that a command starts.
func filesOf(p *project.Project, c project.Command) (rels []string) {
	module := func(name string) {
		at := strings.ReplaceAll(name, ".", "/")
		for _, folder := range []string{"", "src/"} {
			rels = append(rels, folder+at+".py", folder+at+"/__main__.py", folder+at+"/__init__.py")
		}
	}
	for n, word := range c.Cmd {
		if path.Ext(word) == ".py" {
			return []string{path.Clean(word)}
		}
		for _, s := range p.Scripts {
			if n == 0 && s.Name.V == word {
				module(s.Module())
				return rels
			}
		}
		if object := objectForm.FindStringSubmatch(word); object != nil || n > 0 && c.Cmd[n-1] == "-m" {
			name, _, _ := strings.Cut(word, ":")
			module(name)
			return rels
		}
	}
	return nil
}

// lacks adds to an error that a program lacks one of some packages.
func lacks(err *source.Error, file string, packages ...string) *source.Error {
	err.Err = &lacking{file, packages}
	return err
}

package start

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// site is a Django project: the folders from which its modules are imported.
type site struct {
	// manage is the name of its manage.py, folder that of its folder relative to
	// the project's.
	manage, folder string
	// from is the folder from which its settings are imported, which is the folder
	// itself, or the one above if manage.py is part of the package.
	from string
	// top is the first name of the settings' module; "" if the code computes it.
	top string
}

// django returns the command of a project with a manage.py.
func (f *finder) django() (project.Command, error) {
	d, ok, err := f.site()
	if err != nil || !ok {
		return project.Command{}, err
	}
	rel := Within(f.dir, d.manage)
	if !f.in.Copied(d.manage) {
		f.uncopied = cmp.Or(f.uncopied, rel)
		return project.Command{}, nil
	}
	order := []string{"wsgi.py", "asgi.py"}
	if !f.in.Has("gunicorn") && (f.in.Has("daphne") || f.in.Has("uvicorn") || f.in.Has("hypercorn")) {
		slices.Reverse(order)
	}
	for _, base := range order {
		t, ok, err := f.siteApplication(d, base)
		if err != nil {
			return project.Command{}, err
		}
		if !ok {
			continue
		}
		if args, by := serve(t, f.in.Has); args != nil {
			c := guessed(f.withAlso(t, args), "%s is Django's, and %s is installed", rel, by)
			c.From = d.from
			return c, nil
		}
	}
	c := guessed(append(f.manager(d), "runserver", "--noreload", "0.0.0.0:"+port), "%s is Django's, and no server is installed", rel)
	c.From = d.from
	return c, nil
}

// site finds the manage.py. ok is false if the project has none, or several that
// are equally near.
func (f *finder) site() (d site, ok bool, err error) {
	all, err := f.sources()
	if err != nil {
		return d, false, err
	}
	var manage []string
	for _, s := range all {
		if path.Base(s.Name) == "manage.py" && depth(f.dir, s.Name) <= 2 {
			manage = append(manage, s.Name)
		}
	}
	if len(manage) == 0 || len(manage) > 1 && depth(f.dir, manage[0]) > 1 {
		return d, false, nil
	}
	m, err := f.look(manage[0])
	// The settings may come from a function, as in config("DJANGO_SETTINGS_MODULE").
	if err != nil || m == nil || m.settings == "" && !slices.Contains(m.imports, "django.core.management") {
		return d, false, err
	}
	folder := strings.TrimPrefix(path.Dir(Within(f.dir, manage[0])), ".")
	d = site{manage: manage[0], folder: folder, from: folder}
	d.top, _, _ = strings.Cut(m.settings, ".")
	if d.top != "" && d.top == path.Base(folder) && !f.module(strings.Split(folder, "/"), d.top) {
		d.from = strings.TrimPrefix(path.Dir(folder), ".")
	}
	return d, true, nil
}

// siteApplication is the application in a site's wsgi.py or asgi.py.
func (f *finder) siteApplication(d site, base string) (t target, ok bool, err error) {
	root := path.Join(f.dir, d.folder)
	var found []string
	for _, s := range f.all {
		if path.Base(s.Name) == base && (root == "." || strings.HasPrefix(s.Name, root+"/")) {
			found = append(found, s.Name)
		}
	}
	if n := slices.Index(found, path.Join(f.dir, d.from, d.top, base)); n >= 0 {
		found = found[n : n+1]
	}
	if len(found) != 1 {
		return t, false, nil
	}
	code, err := f.look(found[0])
	if err != nil || code == nil {
		return t, false, err
	}
	n := slices.IndexFunc(code.applications, func(a application) bool { return !a.factory })
	if n < 0 {
		return t, false, nil
	}
	below := strings.TrimSuffix(Within(path.Join(f.dir, d.from), found[0]), ".py")
	t = target{application: code.applications[n], module: strings.ReplaceAll(below, "/", "."), dir: d.from, file: Within(f.dir, found[0])}
	if base == "wsgi.py" {
		t.protocol = wsgi
	}
	return t, true, nil
}

// manager is the command line of a site's manage.py.
func (f *finder) manager(d site) []string {
	if d.from == d.folder {
		return []string{"python", Within(f.dir, d.manage)}
	}
	args := []string{"python", "-m", path.Base(d.folder) + ".manage"}
	if d.from != "" {
		args = f.searching(d.from, args)
	}
	return args
}

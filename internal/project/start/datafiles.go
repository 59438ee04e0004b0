package start

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

// unpackagedParts says what the program of a package needs that the installed package does
// not have, although the project has it; "" if it knows of nothing. name is the source that
// a command starts.
func (f *finder) unpackagedParts(name string) (string, error) {
	if site, err := f.siteBeside(name); err != nil || site != "" {
		return site, err
	}
	template, err := f.unpackagedTemplate(name)
	if err != nil || template == "" {
		return "", err
	}
	return "setuptools does not package " + Within(f.dir, template), nil
}

// siteBeside says that the applications of a Django site are beside the package of its
// settings: a manage.py that is no part of the package finds them in the project's folder.
func (f *finder) siteBeside(name string) (string, error) {
	m, err := f.look(name)
	if err != nil || m == nil || !slices.ContainsFunc(m.applications, func(a application) bool { return a.framework == "Django" }) {
		return "", err
	}
	names := f.packagedNames()
	d, ok, err := f.site()
	if err != nil || !ok || len(names) == 0 || d.folder != "" {
		return "", err
	}
	for _, s := range f.all {
		top, rest, below := strings.Cut(Within(f.dir, s.Name), "/")
		if below && (rest == "apps.py" || rest == "models.py" || rest == "models/__init__.py") && !f.packages(names, top) {
			return Within(f.dir, path.Dir(s.Name)) + " is beside the package of the site", nil
		}
	}
	return "", nil
}

// templateName matches the text with which a program names a template.
var templateName = regex.New(`["']([\w-][\w./-]*\.(?:html|jinja2?|j2))["']`)

// maxTemplates is the number of templates that are looked for, because each is a request to
// the client.
const maxTemplates = 20

// templating are packages that render templates, or whose applications do.
var templating = []string{"jinja2", "flask", "fastapi", "starlette", "quart", "sanic", "tornado", "bottle", "aiohttp-jinja2", "django"}

// packagingData are words of a setup.py or a setup.cfg that add files to the package.
var packagingData = []string{"package_data", "data_files"}

// unpackagedTemplate is a template of the package that setuptools leaves out: without a
// table or a file that names them it packages Python files alone. "" if there is none.
func (f *finder) unpackagedTemplate(name string) (string, error) {
	if !slices.ContainsFunc(templating, f.in.Has) {
		return "", nil
	}
	if packages, err := f.packagesData(); err != nil || packages {
		return "", err
	}
	top, _, below := strings.Cut(strings.TrimPrefix(Within(f.dir, name), "src/"), "/")
	if !below {
		return "", nil
	}
	var candidates []string
	read := 0
	for _, s := range f.all {
		rel := Within(f.dir, s.Name)
		if !strings.HasPrefix(strings.TrimPrefix(rel, "src/"), top+"/") || s.Size > maxSize || len(candidates) >= maxTemplates || read >= maxEditable {
			continue
		}
		read++
		for _, found := range templateName.FindAllStringSubmatch(f.evidenceAt(s.Name), 3) {
			for _, folder := range []string{path.Dir(s.Name), path.Dir(path.Dir(s.Name))} {
				at := path.Join(folder, "templates", found[1])
				if strings.HasPrefix(strings.TrimPrefix(Within(f.dir, at), "src/"), top+"/") && !slices.Contains(candidates, at) {
					candidates = append(candidates, at)
				}
			}
		}
	}
	if len(candidates) == 0 {
		return "", nil
	}
	found, err := f.in.Files.Existing(candidates)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}

// packagesData reports whether the backend packages other files than Python's, or may do
// so.
func (f *finder) packagesData() (bool, error) {
	root, err := toml.Parse(f.p.File)
	if err != nil || f.p.BuildSystem.Backend.V != "setuptools.build_meta" || root.Get("tool", "setuptools", "package-data") != nil {
		return true, nil //nolint:nilerr // nobody knows what a broken file says
	}
	if slices.ContainsFunc(f.p.BuildSystem.Requires, func(r project.Requirement) bool { return strings.HasPrefix(r.NormalizedName(), "setuptools-") }) {
		return true, nil // a plugin that asks version control for the files
	}
	for _, file := range []string{"MANIFEST.in", "setup.py", "setup.cfg"} {
		content, err := f.in.Files.ReadFile(path.Join(f.dir, file))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return false, err
		case file == "MANIFEST.in", slices.ContainsFunc(packagingData, func(word string) bool { return strings.Contains(string(content), word) }):
			return true, nil
		}
	}
	return false, nil
}

// fromFiles is a command that runs from the project's files and not from the installed
// package, for a reason.
func (f *finder) fromFiles(c project.Command, folder, why string) project.Command {
	c.Cmd = f.searching(folder, c.Cmd)
	c.Reason += fmt.Sprintf("; it runs from the project's files, because %s", why)
	c.NextToPackage = true
	return c
}

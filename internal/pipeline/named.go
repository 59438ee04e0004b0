package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
)

// named checks the files that the commands name: those in the project's folder
// are in the image. A project that is built as a package is not copied, so that
// they are missing when the image runs. What the user has left out by app.exclude
// or .dockerignore may be mounted, and is not reported.
func (d *deciding) named(made *plan.Plan) error {
	if d.Options.Target != plan.TargetRuntime || d.Options.Locking || d.BuildSystem == nil {
		return nil
	}
	for _, n := range plan.NamedFiles(made) {
		before := *made
		before.Steps = n.Earlier
		var missing []string
		for _, name := range n.Paths {
			rel, err := d.lost(&before, name)
			if err != nil {
				return err
			}
			if rel != "" {
				missing = append(missing, rel)
			}
		}
		if len(missing) == 0 {
			continue
		}
		pos := n.Pos
		if !pos.IsValid() {
			pos = d.startedAt(n.Key)
		}
		return source.Errorf(pos, "%s: the image will not have %s: the project is built as a package, and its other files are not copied", n.Key, strings.Join(missing, " and ")).
			WithHint("write app.include = [%s]%s", d.toInclude(missing), d.HintTable())
	}
	return nil
}

// lost is the name of a file in the project's folder that a path of the image would be,
// if the image does not get it; else "".
func (d *deciding) lost(made *plan.Plan, name string) (string, error) {
	rel, ok := strings.CutPrefix(name, d.AppDir()+"/")
	if !ok {
		return "", nil
	}
	withoutApp := *made
	withoutApp.App = nil
	file, _ := withoutApp.ContextFile(name)
	if _, certain := made.ContextFile(name); !certain || file != "" || plan.InApp(d.Project.Project, rel) {
		return "", nil
	}
	whole := *d.Project.Project
	whole.Settings.App.Include = wholeApp
	file = path.Join(d.Dir, rel)
	if !plan.InApp(&whole, rel) || d.files.Ignored(file) {
		return "", nil
	}
	_, err := d.files.ReadFile(file)
	switch {
	case err == nil:
		return rel, nil
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	}
	if ok, err := d.files.Exists(file); ok || err == nil {
		return "", nil // a folder
	}
	return "", fmt.Errorf("looking for %s in the build context: %w", file, err)
}

// scriptLocation matches the line of an alembic.ini that names the folder of its migrations.
var scriptLocation = regex.New(`(?m)^script_location\s*=\s*(?:%\(here\)s/)?([\w./-]+)\s*$`)

// toInclude is what app.include needs for some files, with what it has already. A file in a
// folder probably needs its neighbours.
func (d *deciding) toInclude(files []string) string {
	var all []string
	for _, i := range d.Settings.App.Include {
		all = append(all, i.V)
	}
	add := func(name string) {
		if folder, _, ok := strings.Cut(path.Clean(name), "/"); ok {
			name = folder
		}
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	for _, name := range files {
		add(name)
		if path.Base(name) != "alembic.ini" {
			continue
		}
		if content, err := d.files.ReadFile(path.Join(d.Dir, name)); err == nil {
			if m := scriptLocation.FindStringSubmatch(string(content)); m != nil {
				add(m[1])
			}
		}
	}
	for n, name := range all {
		all[n] = fmt.Sprintf("%q", name)
	}
	return strings.Join(all, ", ")
}

package pipeline

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// application answers questions about the application's files in the image.
type application struct {
	*Project
	// err is the first failure to look for a file. Without it, such a file
	// would count as one that is not in the image.
	err error
}

// has reports whether a file of the context is part of the application.
func (a *application) has(name string) bool { return a.hasOf(a.Project.Project, name) }

// hasWhole is has for a package whose other files are copied too.
func (a *application) hasWhole(name string) bool {
	whole := *a.Project.Project
	whole.Settings.App.Include = wholeApp
	return a.hasOf(&whole, name)
}

func (a *application) hasOf(p *project.Project, name string) bool {
	rel, ok := strings.CutPrefix(name, p.Dir+"/")
	if !ok && p.Dir != "." {
		return false
	}
	if !plan.InApp(p, rel) || a.files.Ignored(name) {
		return false
	}
	exists, err := a.files.Exists(name)
	if err != nil && a.err == nil {
		a.err = fmt.Errorf("looking for %s in the build context: %w", name, err)
	}
	return exists && err == nil
}

// reads reports whether a command that the build file does not have names files
// in the folder of the project's package, such as a Procfile's
// "alembic upgrade head".
func (a *application) reads(c *project.Command) bool {
	p := a.Project.Project
	if c.Why == project.CommandByKey || c.NextToPackage || p.BuildSystem == nil || p.Settings.App.Include != nil {
		return false
	}
	workdir := cmp.Or(c.Workdir, p.AppDir())
	if w := p.Settings.Workdir; w != nil {
		workdir = w.V
	}
	for _, name := range plan.NamedBy(append(slices.Clone(c.Entrypoint), c.Cmd...), workdir) {
		if rel, ok := strings.CutPrefix(name, p.AppDir()+"/"); ok && a.hasWhole(path.Join(p.Dir, rel)) {
			return true
		}
	}
	return false
}

// wholeApp is app.include for all files of the project's folder.
var wholeApp = []source.At[string]{{V: "**"}}

package pipeline

import (
	"strings"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
)

// inApp reports whether a file of the context is part of the application in
// the image.
func (p *Project) inApp(name string) bool {
	rel, ok := strings.CutPrefix(name, p.Dir+"/")
	if !ok && p.Dir != "." {
		return false
	}
	return plan.InApp(p.Project, rel) && p.exists(name)
}

// wholeApp is app.include for all files of the project's folder.
var wholeApp = []source.At[string]{{V: "**"}}

// inWholeApp is inApp for a package whose other files are copied too.
func (p *Project) inWholeApp(name string) bool {
	whole := *p
	copied := *p.Project
	copied.Settings.App.Include = wholeApp
	whole.Project = &copied
	return whole.inApp(name)
}

func (p *Project) exists(name string) bool {
	// The code that reads the file reports the failure.
	exists, err := p.files.Exists(name)
	return exists && err == nil
}

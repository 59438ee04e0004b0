package pipeline

import (
	"strings"

	"github.com/moult-build/moult/internal/plan"
)

// inApp reports whether a file of the context is part of the application in
// the image.
func (p *Project) inApp(name string) bool {
	rel, ok := strings.CutPrefix(name, p.Dir+"/")
	if !ok && p.Dir != "." {
		return false
	}
	if !plan.InApp(p.Project, rel) {
		return false
	}
	// The code that reads the file reports the failure.
	exists, err := p.files.Exists(name)
	return exists && err == nil
}

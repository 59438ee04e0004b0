package pipeline

import (
	"strings"

	"github.com/moult-build/moult/internal/plan"
)

// inApp reports whether a file of the context comes into the image as part of
// the application.
func (p *Project) inApp(name string) bool {
	rel, ok := strings.CutPrefix(name, p.Dir+"/")
	if !ok && p.Dir != "." {
		return false
	}
	if !plan.InApp(p.Project, rel) {
		return false
	}
	// A failure is told where the file is read.
	exists, err := p.files.Exists(name)
	return exists && err == nil
}

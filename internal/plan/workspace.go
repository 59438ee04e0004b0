package plan

import (
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// otherMembers are patterns for the members of a workspace whose folders lie
// in a folder of the context, the project's or a local package's: they are
// packages of their own, and a change in one that is not needed concerns nobody
// here. They are relative to that folder.
func otherMembers(p *project.Project, folder string) []string {
	if p.Workspace == nil {
		return nil
	}
	var patterns []string
	for _, m := range p.Workspace.Members {
		if m.Dir == folder {
			continue
		}
		if folder == "." {
			patterns = append(patterns, m.Dir)
		} else if dir, below := strings.CutPrefix(m.Dir, folder+"/"); below {
			patterns = append(patterns, dir)
		}
	}
	return patterns
}

package plan

import (
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// otherMembers are patterns for the members of a workspace whose folders lie
// in the project's: they are packages of their own, and a change in one that the
// project does not need concerns nobody here. They are relative to the
// project's folder.
func otherMembers(p *project.Project) []string {
	if p.Workspace == nil {
		return nil
	}
	var patterns []string
	for _, m := range p.Workspace.Members {
		if m.Dir == p.Dir {
			continue
		}
		if p.Dir == "." {
			patterns = append(patterns, m.Dir)
		} else if dir, below := strings.CutPrefix(m.Dir, p.Dir+"/"); below {
			patterns = append(patterns, dir)
		}
	}
	return patterns
}

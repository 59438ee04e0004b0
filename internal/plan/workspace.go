package plan

import (
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// otherMembers are patterns for the members of a workspace inside a folder of
// the context, the project's or a local package's. They are other packages, and
// a change in one that is not needed must not rebuild this one. The patterns
// are relative to that folder.
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
			patterns = append(patterns, literalPattern(m.Dir))
		} else if dir, below := strings.CutPrefix(m.Dir, folder+"/"); below {
			patterns = append(patterns, literalPattern(dir))
		}
	}
	return patterns
}

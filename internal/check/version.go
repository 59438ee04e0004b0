package check

import (
	"fmt"

	"github.com/moult-build/moult/internal/project"
)

// guessedVersion reports versions that are not those of a tag on the commit.
func guessedVersion(p Project) []Finding {
	var found []Finding
	for _, g := range p.GuessedVersions {
		why := "no tag of the repository is a version"
		if g.Tag != "" {
			why = fmt.Sprintf("the commit has no tag, and the newest is %s", g.Tag)
		}
		found = append(found, Finding{Rule: GuessedVersion, Pos: g.Pos,
			Msg:  fmt.Sprintf("%s gets the version %s, because %s", g.Name, g.Version, why),
			Hint: fmt.Sprintf("build with --build-arg %s=..., or on a commit with a tag", project.VersionArgument)})
	}
	return found
}

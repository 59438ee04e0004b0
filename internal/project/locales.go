package project

import (
	"slices"
	"strings"
)

// BringsLocales reports whether the build file may bring locales: by a package of the
// distribution, Debian's or Ubuntu's, or by a step.
func (s *Settings) BringsLocales() bool {
	return len(s.Steps) > 0 || slices.ContainsFunc(s.Apt.Run, func(a SystemPackage) bool {
		return strings.HasPrefix(a.Name, "locales") || strings.HasPrefix(a.Name, "language-pack-")
	})
}

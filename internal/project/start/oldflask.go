package start

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep440"
)

// newerFlasks stand for the releases of Flask whose program has the option --app,
// which are those since 2.2.
var newerFlasks = []string{"2.2", "2.2.1", "2.2.2", "2.2.3", "2.2.4", "2.2.5", "2.3.3", "3.0.3", "3.1.2"}

// HasOldFlask reports whether all versions of Flask that the requirements allow
// are older than the option --app.
func HasOldFlask(r *project.Requested) bool {
	return r != nil && slices.ContainsFunc(r.Lines, func(l project.Line) bool { return l.Name == "flask" && !l.Direct && older(l.Specifier) })
}

func older(versions pep440.SpecifierSet) bool {
	return olderThan(versions, "2.3", newerFlasks)
}

// olderThan reports whether all versions that specifiers allow are older than a release,
// by some that stand for the newer ones.
func olderThan(versions pep440.SpecifierSet, release string, newer []string) bool {
	limit, err := pep440.Parse(release)
	if err != nil {
		return false
	}
	// One that pins a release of its own, such as 3.0.1, allows none of the newer ones either.
	return slices.ContainsFunc(versions.Specifiers(), func(s pep440.Specifier) bool {
		order := s.Version.Compare(limit)
		return s.Op != pep440.NotEqual && (order < 0 || order == 0 && s.Op == pep440.Less)
	}) && !slices.ContainsFunc(newer, func(v string) bool { return versions.ContainsString(v, pep440.PrereleasesDenied) })
}

// ForOldFlask is a command of Flask's own server with the variable that names the
// application in every release, in place of the option --app.
func ForOldFlask(cmd []string) []string {
	at := slices.Index(cmd, "flask")
	if at < 0 || at+2 >= len(cmd) || cmd[at+1] != "--app" || at > 0 && cmd[0] != "env" {
		return cmd
	}
	variables := []string{"env"}
	for _, word := range cmd[:at] {
		if strings.Contains(word, "=") {
			variables = append(variables, word)
		}
	}
	return slices.Concat(variables, []string{"FLASK_APP=" + cmd[at+2], "flask"}, cmd[at+3:])
}

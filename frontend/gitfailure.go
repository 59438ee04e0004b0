package frontend

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

// explainGit turns the failure to fetch a locked commit into an error at the
// line that asks for it. It does not change other errors.
func (b *build) explainGit(err error, building *plan.Building) error {
	step, ok := b.vertices.failed(err)
	if !ok || building == nil {
		return err
	}
	n := slices.IndexFunc(building.Sources, func(s plan.Source) bool { return s.Git() != nil && step.id == protocol.GitID(s.Name) })
	if n < 0 {
		return err
	}
	src := building.Sources[n]
	why := gitMessage(err.Error())
	told := source.Errorf(b.requiredAt(src.Name, src.Pos), "%s cannot be fetched from %s: %s", src.Name, src.Git().URL, why)
	hint, temporary := gitHint(why, src.Git().URL)
	if hint != "" {
		told = told.WithHint("%s", hint)
	}
	return transient(told, temporary)
}

// gitMessage is git's own message in BuildKit's error, which has several lines.
func gitMessage(text string) string {
	why := ""
	for line := range strings.Lines(text) {
		for _, prefix := range []string{"fatal: ", "error: ", "ssh: "} {
			if rest, ok := strings.CutPrefix(strings.TrimSpace(line), prefix); ok {
				why = cmp.Or(why, rest)
			}
		}
		if strings.Contains(line, "Permission denied (") || strings.Contains(line, "Host key verification failed") {
			return strings.TrimSpace(line)
		}
	}
	return cmp.Or(why, strings.Join(strings.Fields(text), " "))
}

// gitHint says what helps, and whether another attempt may succeed.
func gitHint(why, address string) (hint string, temporary bool) {
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(why, part) })
	}
	host := "HOST"
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		host = u.Host
	}
	token := "give the build a token for it: --secret id=" + protocol.GitTokenSecret + host + ",env=VARIABLE"
	switch {
	case has("could not read Username", "Authentication failed", "error: 401", "error: 403"):
		return token, false
	case has("Permission denied (", "Host key verification failed"):
		return "build with --ssh default, and a key that may read the repository", false
	case has("not a tree", "unable to read tree", "not our ref", "couldn't find remote ref", "unadvertised object"):
		return "the repository no longer has this commit; lock again", false
	case has("not found", "does not exist", "does not appear to be a git repository"):
		return "check the address; a host may also answer so for a private repository: " + token, false
	case has("Couldn't connect", "Failed to connect", "Could not resolve host", "timed out", "Connection reset", "early EOF", "error: 5", "error: 429"):
		return "the server may answer later: build again", true
	}
	return "", false
}

package frontend

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/step/protocol"
)

// explainGit turns the failure to fetch a locked commit into an error at the
// line that asks for it. It does not change other errors.
func (b *build) explainGit(err error, p *plan.Plan) error {
	if told := b.missingFile(err, p); told != nil {
		return told
	}
	step, ok := b.vertices.failed(err)
	if !ok {
		return err
	}
	all := fromGit(p)
	n := slices.IndexFunc(all, func(at gitPackage) bool { return step.id == protocol.GitID(at.name) })
	if n < 0 {
		return err
	}
	why := gitMessage(err.Error())
	told := source.Errorf(b.requiredAt(all[n].name, all[n].pos), "%s cannot be fetched from %s: %s", all[n].name, all[n].git.URL, why)
	hint, temporary := gitHint(why, all[n].git.URL)
	if hint != "" {
		told = told.WithHint("%s", hint)
	}
	return transient(told, temporary)
}

// missingFile is the error for a file that the locked commit of a repository does
// not have; nil for another error. A link out of the repository leads to no file,
// too. BuildKit looks for the file before the step that needs it.
func (b *build) missingFile(err error, p *plan.Plan) error {
	if err == nil || !strings.HasSuffix(err.Error(), ": not found") && !strings.Contains(err.Error(), "no such file or directory") {
		return nil
	}
	all := slices.DeleteFunc(fromGit(p), func(at gitPackage) bool { return at.git.File == "" })
	walked := walkedPath.FindStringSubmatch(err.Error())
	for _, at := range all {
		if !strings.Contains(err.Error(), strconv.Quote("/"+at.git.File)) &&
			(walked == nil || len(all) > 1 && !strings.HasPrefix(at.git.File+"/", walked[1]+"/")) {
			continue
		}
		return source.Errorf(b.requiredAt(at.name, at.pos), "%s is locked to the file %s of %s, but commit %.12s has no such file",
			at.name, at.git.File, at.git.URL, at.git.Commit).WithHint("lock again")
	}
	return nil
}

// walkedPath matches what an older BuildKit, such as v0.13, says in place of the file's name: the
// first folder that is missing, after links were followed.
var walkedPath = regex.New(`failed to walk \S*/buildkit-mount\d+/(.*?): lstat `)

// gitPackage is a package that comes from a repository.
type gitPackage struct {
	name string
	pos  source.Pos
	git  *plan.Git
}

// fromGit are the packages that come from repositories, as files or as folders.
func fromGit(p *plan.Plan) []gitPackage {
	var all []gitPackage
	for _, pkg := range p.Packages {
		if g, ok := pkg.Origin.(*plan.Git); ok {
			all = append(all, gitPackage{pkg.Name, pkg.Pos, g})
		}
	}
	if p.Building != nil {
		for _, s := range p.Building.Sources {
			if g := s.Git(); g != nil {
				all = append(all, gitPackage{s.Name, s.Pos, g})
			}
		}
	}
	return all
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

package start

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// evidence is a text with commands that a file of the project has, and its place.
// It only chooses between programs that the project has: no part of it runs.
type evidence struct {
	file string
	line int
	// text has one command on each line.
	text string
}

// String is the place, for reasons.
func (e evidence) String() string { return fmt.Sprintf("%s line %d", e.file, e.line) }

// maxEvidence is the size in bytes up to which a file is searched for commands.
const maxEvidence = 256 << 10

// EvidenceFiles are the names of the files that may say how a project is started,
// relative to its own folder.
var EvidenceFiles = slices.Concat(containerFiles, composeFiles, platformFiles(), taskFiles, startScripts, []string{flaskFile, vercelFile, dvcFile}, workspaceFiles, readmes)

// evidenceIn is the content of a file of the project's folder; "" if there is none
// or if it is too large.
func (f *finder) evidenceIn(name string) string { return f.evidenceAt(path.Join(f.dir, name)) }

// evidenceAt is evidenceIn for any file of the context.
func (f *finder) evidenceAt(name string) string {
	content, err := f.in.Files.ReadFile(name)
	if err != nil || len(content) > maxEvidence {
		return "" // it may be left out of the context
	}
	return string(content)
}

// starting returns the command for the only program of the project that a text
// starts; none if it starts several. A text whose words are an example, such as
// a README, gives the program none of them.
func (f *finder) starting(e evidence, words bool) (project.Command, error) {
	var only project.Command
	for _, call := range callsOf(plainText(e.text)) {
		if !words {
			call.rest, call.options = nil, nil
		}
		c, err := f.calledAs(call)
		if err != nil {
			return project.Command{}, err
		}
		switch {
		case c.Cmd == nil || slices.Equal(c.Cmd, only.Cmd):
		case only.Cmd != nil:
			return project.Command{}, nil
		default:
			only = c
		}
	}
	if only.Cmd != nil {
		only.Reason += ", and " + e.String() + " starts it"
	}
	return only, nil
}

// onlyOf returns the command of the evidence of one file: that of the first name,
// in the order of the names, that starts a program of the project.
func (f *finder) onlyOf(all []entry) (project.Command, error) {
	for _, one := range all {
		if c, err := f.starting(one.evidence, true); err != nil || c.Cmd != nil {
			return c, err
		}
	}
	return project.Command{}, nil
}

// entry is evidence with the name of its task or service.
type entry struct {
	evidence
	name string
}

// byName sorts by the order in which names are likely to be the program of an
// image, and omits all others.
func byName(all []entry, names []string) []entry {
	rank := func(n entry) int { return slices.Index(names, strings.ToLower(n.name)) }
	all = slices.DeleteFunc(slices.Clone(all), func(n entry) bool { return rank(n) < 0 })
	slices.SortStableFunc(all, func(a, b entry) int { return rank(a) - rank(b) })
	return all
}

// indent is the number of spaces and tabs at the beginning of a line.
func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

package start

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
)

// Candidates is the cause of the error for a project of which several files can
// be started. A build asks; a build file that somebody looks at may begin with
// the likeliest.
type Candidates struct {
	// Cmd starts the likeliest.
	Cmd []string
	// Beside is true if the file is outside of the project's package, so that
	// app.include has to name it.
	Beside bool
}

func (c *Candidates) Error() string { return "several files can be started" }

// among adds the likeliest of several files to an error that asks.
func (f *finder) among(err *source.Error, names []string) *source.Error {
	best := f.likeliest(names)
	if best == "" {
		return err
	}
	err.Err = &Candidates{Cmd: f.commandOf(best), Beside: f.in.whole}
	return err
}

// commandOf starts a file by what it is, else with Python.
func (f *finder) commandOf(name string) []string {
	if found, err := f.file(name); err == nil && found.Cmd != nil {
		return found.Cmd
	}
	return []string{"python", Within(f.dir, name)}
}

// mainNames are names of files that are rather the program than a part of it,
// after usualNames.
var mainNames = []string{"train", "start", "bot", "cli", "demo", "manage"}

// likeliest is the file that a person would try first: one that the README
// starts, the one that it starts first; one that no other file imports; one with
// a usual name.
func (f *finder) likeliest(names []string) string {
	if len(names) == 0 {
		return ""
	}
	var readme string
	for _, name := range readmes {
		if content, err := f.in.Files.ReadFile(path.Join(f.dir, name)); err == nil {
			readme = plainText(string(content))
			break
		}
	}
	type score struct{ at, imported, rank int }
	scores := map[string]score{}
	for _, name := range names {
		s := score{at: len(readme) + 1, rank: rank(name)}
		for _, as := range f.callNames(name, names) {
			if at := startsAt(readme, as); at >= 0 {
				s.at = min(s.at, at)
			}
		}
		if by, err := f.importedBy(name); err == nil && by != "" {
			s.imported = 1
		}
		if n := slices.Index(mainNames, strings.TrimSuffix(path.Base(name), ".py")); n >= 0 {
			s.rank += n - len(mainNames)
		}
		scores[name] = s
	}
	sorted := slices.Clone(names)
	slices.SortStableFunc(sorted, func(a, b string) int {
		x, y := scores[a], scores[b]
		return cmp.Or(x.at-y.at, x.imported-y.imported, depth(f.dir, a)-depth(f.dir, b), x.rank-y.rank)
	})
	return sorted[0]
}

// likeliestScript is the script that the README starts first, else the first one whose
// name says that it serves, else the first one.
func (f *finder) likeliestScript(names []string) string {
	best, first := names[0], -1
	for _, file := range readmes {
		text := f.evidenceIn(file)
		for _, name := range names[:min(len(names), maxServices)] {
			call := regexp.MustCompile("(?m)^[\\s>$`]*(?:uv run |uvx |poetry run |pdm run )?" + regexp.QuoteMeta(name) + "(?:$|[\\s`])")
			if at := call.FindStringIndex(text); at != nil && (first < 0 || at[0] < first) {
				best, first = name, at[0]
			}
		}
		if first >= 0 {
			return best
		}
	}
	for _, name := range names {
		if slices.ContainsFunc(wordsOfName(name), func(word string) bool { return slices.Contains(servingWords, word) }) {
			return name
		}
	}
	return best
}

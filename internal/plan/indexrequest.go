package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/indexpage"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/indexfiles"
)

// IndexRequest returns the request to package indexes that is needed before a plan
// can be made from a lock. It is empty if the lock holds the addresses of all files
// that are needed. If the files of a package have names, only the file that fits is
// requested, so that other changes of the lock do not change the request.
func IndexRequest(p *project.Project, l *lock.Lock, chosen []lock.Chosen, env environment.Environment) (indexfiles.Request, error) {
	var r indexfiles.Request
	supported := env.Tags()
	for _, c := range chosen {
		need, names := c.NeedsIndex()
		if !need {
			continue
		}
		pkg := indexfiles.Package{Name: c.Name}
		switch {
		case c.Unlisted:
			pkg.Version = c.Version
		case names:
			pkg.Hashes = slices.Clone(c.Hashes)
		default:
			choice, err := c.Choose(supported)
			if err != nil {
				return r, err
			}
			if choice.Artifact.URL != "" || choice.Artifact.Path != "" {
				continue
			}
			pkg.Filename = choice.Artifact.Filename
			for algorithm, digest := range choice.Artifact.Hashes {
				pkg.Hashes = append(pkg.Hashes, algorithm+":"+digest)
			}
		}
		slices.Sort(pkg.Hashes)
		indexes, err := indexesOf(p, l, c)
		if err != nil {
			return r, err
		}
		for _, index := range indexes {
			at := slices.Index(r.Indexes, index)
			if at < 0 {
				at = len(r.Indexes)
				r.Indexes = append(r.Indexes, index)
			}
			pkg.Indexes = append(pkg.Indexes, at)
		}
		r.Packages = append(r.Packages, pkg)
	}
	return r, nil
}

// indexesOf are the indexes that may have a package, in the order in which
// they are asked: the one that it is pinned to, or all that serve any
// package. Files are identified by their hashes, so the order of indexes
// never decides which file is found.
func indexesOf(p *project.Project, l *lock.Lock, c lock.Chosen) ([]indexfiles.Index, error) {
	if s := c.Source; s.Index != "" || s.IndexName != "" {
		if s.IndexIsPath {
			return nil, source.Errorf(c.Pos, "%s comes from the folder %s, in which the lock names no file", c.Name, s.Index)
		}
		if i := indexByName(p, s.IndexName); i != nil {
			return []indexfiles.Index{{URL: i.URL.V, Secret: i.Secret.V}}, nil
		}
		if s.Index == "" {
			return nil, source.Errorf(c.Pos, "%s comes from the index %q, which the project does not define", c.Name, s.IndexName).
				WithHint("add an entry to [[tool.moult.index]] with that name")
		}
		return []indexfiles.Index{{URL: bare(s.Index), Secret: secretOf(p, s, s.Index)}}, nil
	}
	// The index that the project pins the package to, if the lock names none.
	if assigned := p.IndexFor(c.Name); assigned.V != "" {
		i := indexByName(p, assigned.V)
		if i == nil {
			return nil, undefinedIndex(p, project.IndexPin{Name: c.Name, Index: project.Index{Name: assigned.V}, Pos: assigned.Pos})
		}
		return []indexfiles.Index{{URL: i.URL.V, Secret: i.Secret.V}}, nil
	}
	var all []indexfiles.Index
	add := func(url, secret string) {
		if !slices.ContainsFunc(all, func(i indexfiles.Index) bool { return sameURL(i.URL, url) }) {
			all = append(all, indexfiles.Index{URL: url, Secret: secret})
		}
	}
	each := func(main bool) {
		for _, i := range p.Indexes {
			if i.Default == main && !i.Explicit {
				add(i.URL.V, i.Secret.V)
			}
		}
		for _, i := range l.Indexes {
			// Other formats name the index of each package that has one. An index of the
			// project with the same name replaces the lock's.
			if indexByName(p, i.Name) != nil {
				continue
			}
			if i.Default == main && i.URL != "" && l.AnyIndex() {
				add(bare(i.URL), secretOf(p, lock.Source{Index: i.URL}, i.URL))
			}
		}
	}
	each(true)
	if len(all) == 0 {
		add(indexpage.Default, "")
	}
	each(false)
	return all, nil
}

func indexByName(p *project.Project, name string) *project.Index {
	for n := range p.Indexes {
		if name != "" && strings.EqualFold(p.Indexes[n].Name, name) {
			return &p.Indexes[n]
		}
	}
	return nil
}

// bare is a URL without credentials and without variables for them, because
// credentials come only from secrets.
func bare(url string) string {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	authority, _, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	return scheme + "://" + rest
}

// WithAddresses returns the packages with the addresses of an answer.
func WithAddresses(chosen []lock.Chosen, r indexfiles.Request, answer indexfiles.Answer) ([]lock.Chosen, error) {
	asked := map[string]bool{}
	for _, p := range r.Packages {
		asked[p.Name] = true
	}
	located := slices.Clone(chosen)
	for n, c := range located {
		if !asked[c.Name] {
			continue
		}
		var list []indexpage.File
		for _, l := range answer[c.Name] {
			if c.Unlisted && l.Index != firstIndex(answer[c.Name]) {
				continue // another index may have another package of this name
			}
			list = append(list, indexpage.File{
				Filename: l.Filename, URL: l.URL, Hashes: l.Hashes, Size: l.Size,
				RequiresPython: l.RequiresPython, Yanked: l.Yanked,
			})
		}
		p, err := c.WithIndexFiles(list)
		if err != nil {
			return nil, err
		}
		if len(answer[c.Name]) > 0 {
			// For the secret of its files.
			p.Source.Index = r.Indexes[answer[c.Name][0].Index].URL
		}
		located[n].Package = p
	}
	return located, nil
}

// firstIndex is the first of the indexes that have one of some files.
func firstIndex(files []indexfiles.File) int {
	first := files[0].Index
	for _, f := range files {
		first = min(first, f.Index)
	}
	return first
}

// ExplainIndexProblem is the error for a problem with a package's links, at the line
// of the index or of the package in its lock. more is the number of other packages
// with a problem.
func ExplainIndexProblem(p *project.Project, l *lock.Lock, chosen []lock.Chosen, problem indexfiles.Problem, more int) error {
	pos := source.Pos{File: l.File}
	what := problem.Package
	for _, c := range chosen {
		if c.Name == problem.Package {
			pos = c.Pos
			what = strings.TrimSpace(c.Name + " " + c.Version)
		}
	}
	index := "the index"
	if problem.Index != "" {
		index += " " + problem.Index
	}
	others := ""
	switch {
	case more == 1:
		others = ", nor the files of 1 other package"
	case more > 1:
		others = fmt.Sprintf(", nor the files of %d other packages", more)
	}
	switch problem.Kind {
	case indexfiles.Missing:
		return source.Errorf(pos, "%s does not have %s%s", index, what, others).
			WithHint("add the index that has it to [[tool.moult.index]], or lock again: %s", l.Refresh())
	case indexfiles.NoFile:
		return source.Errorf(pos, "%s has no file for %s with a hash of the lock%s", index, what, others).
			WithHint("the release may have been replaced; lock again: %s", l.Refresh())
	}
	var secret string
	for _, i := range p.Indexes {
		if sameURL(bare(i.URL.V), problem.Index) {
			pos, secret = i.URL.Pos, i.Secret.V
		}
	}
	for _, i := range l.Indexes {
		if sameURL(bare(i.URL), problem.Index) && !slices.ContainsFunc(p.Indexes, func(o project.Index) bool { return sameURL(o.URL.V, problem.Index) }) {
			pos = i.Pos
		}
	}
	if problem.Kind == indexfiles.Refused {
		err := source.Errorf(pos, "%s refuses access to the files of %s: %s", index, what, problem.Detail)
		if secret == "" {
			return err.WithHint(`if it needs a password, name a secret: [[tool.moult.index]] url = %q, secret = "ID"; the build secret of that id holds user:password or a token`, problem.Index)
		}
		return err.WithHint("the build secret %q holds user:password or a token", secret)
	}
	return source.Errorf(pos, "%s gives no address for %s: %s", index, what, problem.Detail)
}

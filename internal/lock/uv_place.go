package lock

import (
	"net/url"
	"path"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

// Place is where a requirement comes from, as far as uv.lock remembers it: an
// index, a repository, a URL or a folder.
type Place struct {
	// Kind is "" if the place is not known.
	Kind SourceKind
	// URL is that of the index, the repository or the file; "" for an index that
	// the requirement does not name, and for a folder.
	URL string
	// Ref is the commit, tag or branch of a repository with its kind: "tag=v1".
	Ref          string
	Subdirectory string
	// File is the file of a repository, in place of a folder.
	File string
	// Marker, Extra and Group are the conditions of the project's table.
	Marker       *pep508.Marker
	Extra, Group string
	Pos          source.Pos
}

// String describes a place in a message.
func (p Place) String() string {
	text := source.HideCredentials(p.URL)
	if p.Ref != "" {
		text += " (" + p.Ref + ")"
	}
	if p.File != "" {
		text += " " + p.File
	}
	switch {
	case p.Kind == FromIndex && text == "":
		return "an index that is not named"
	case p.Kind == FromIndex:
		return "the index " + text
	case p.Kind == FromDirectory:
		return "a folder or file"
	}
	return text
}

// same reports whether two places are one. Names of users, and the spelling of an
// address, do not count.
func (p Place) same(o Place) bool {
	return p.Kind == o.Kind && plainURL(p.URL) == plainURL(o.URL) && p.Ref == o.Ref &&
		path.Clean("/"+p.Subdirectory) == path.Clean("/"+o.Subdirectory) && path.Clean("/"+p.File) == path.Clean("/"+o.File)
}

// plainURL is a URL without a user, a fragment and what may be omitted at its end.
func plainURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	u.User, u.Fragment, u.Host = nil, "", strings.ToLower(u.Host)
	u.Path = strings.TrimSuffix(strings.TrimRight(u.Path, "/"), ".git")
	return u.String()
}

// place is where a requirement comes from under one set of conditions; false if
// that is not known.
func (c *checker) place(r Requirement, extra, group string) (Place, bool) {
	var found []Place
	for _, p := range r.Places {
		if c.holds(p.Marker) && (p.Extra == "" || pep503.Normalize(p.Extra) == extra) && (p.Group == "" || pep503.Normalize(p.Group) == group) {
			found = append(found, p)
		}
	}
	switch {
	case len(found) > 1:
		return Place{}, false
	case len(found) == 1:
		return found[0], found[0].Kind != ""
	case len(r.Places) > 0 && r.Direct || r.Versions != nil:
		return Place{}, false
	}
	return placeOfURL(r)
}

// placeOfURL is the place that a requirement itself names.
func placeOfURL(r Requirement) (Place, bool) {
	if r.URL == "" {
		return Place{Kind: FromIndex, Pos: r.Pos}, !r.Direct
	}
	u, err := url.Parse(r.URL)
	if err != nil || strings.HasPrefix(r.URL, "file:") {
		return Place{}, false
	}
	p := Place{Kind: FromURL, Pos: r.Pos}
	p.Subdirectory, p.File = cutFolder(u)
	if git, ok := strings.CutPrefix(u.Scheme, "git+"); ok {
		p.Kind, u.Scheme = FromGit, git
		if at := strings.LastIndexByte(u.Path, '@'); at > 0 {
			p.Ref, u.Path, u.RawPath = "rev="+u.Path[at+1:], u.Path[:at], ""
		}
	}
	p.URL = u.String()
	return p, true
}

// cutFolder takes the fragment off a URL and returns the folder, or the file of a
// repository, that it names.
func cutFolder(u *url.URL) (folder, file string) {
	values, err := url.ParseQuery(u.Fragment)
	u.Fragment, u.RawFragment = "", ""
	if err != nil {
		return "", ""
	}
	return values.Get("subdirectory"), values.Get("path")
}

// uvPlace is the place of a requirement that uv has written; false if this
// version of Moult does not know it.
func uvPlace(git, file, index string, local bool) (Place, bool) {
	switch {
	case git != "":
		u, err := url.Parse(git)
		if err != nil {
			return Place{}, false
		}
		p, query := Place{Kind: FromGit}, u.Query()
		for _, key := range []string{"rev", "tag", "branch"} {
			if v := query.Get(key); v != "" {
				p.Ref = key + "=" + v
			}
		}
		p.Subdirectory, p.File = query.Get("subdirectory"), query.Get("path")
		u.RawQuery = ""
		p.URL = u.String()
		return p, true
	case file != "":
		u, err := url.Parse(file)
		if err != nil {
			return Place{}, false
		}
		folder, _ := cutFolder(u)
		return Place{Kind: FromURL, URL: u.String(), Subdirectory: folder}, true
	case local:
		return Place{Kind: FromDirectory}, true
	}
	return Place{Kind: FromIndex, URL: index}, true
}

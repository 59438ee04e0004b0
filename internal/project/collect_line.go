package project

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
)

// pip returns the repository in the form that pip reads.
func (g *GitSource) pip() string {
	text := "git+" + g.URL
	// git@host:path is git's short form of ssh://git@host/path.
	if m := scpForm.FindStringSubmatch(g.URL); m != nil {
		text = "git+ssh://" + m[1] + "/" + m[2]
	}
	if g.Rev != "" {
		text += "@" + g.Rev
	}
	switch {
	case g.File != "":
		text += "#path=" + g.File
	case g.Subdirectory != "":
		text += "#subdirectory=" + g.Subdirectory
	}
	return text
}

func (c *collector) line(lines map[string]Line, req Requirement) {
	if c.sel.Environment != nil && req.Marker != nil {
		// pip does not need a package that is not for this environment.
		if ok, err := req.Marker.Evaluate(*c.sel.Environment, pep508.Active{Context: pep508.InRequirement}); err == nil && !ok {
			return
		}
	}
	if req.Unreadable != nil && req.URL == "" {
		c.r.fail(req.Unreadable)
		return
	}
	if req.Versions != nil && req.URL == "" {
		c.r.fail(notOneSpecifier(req.Pos, req.Name, *req.Versions).WithHint("write one range, or lock the project: a lock needs no specifier"))
		return
	}
	line := Line{Pos: req.Pos, Specifier: req.Specifier, Direct: req.URL != ""}
	if req.Name == "" {
		line.Text = req.URL
		if req.Marker != nil {
			line.Text += " ; " + req.Marker.String()
		}
	} else {
		line.Name = req.NormalizedName()
		// Names and extras are normalised so that another spelling gives the same
		// line.
		req.Name, req.Extras = line.Name, req.NormalizedExtras()
		line.Text = req.Requirement.String()
	}
	for _, hash := range req.Hashes {
		line.Text += " --hash=" + hash
	}
	for _, setting := range req.ConfigSettings {
		line.Text += ` --config-settings="` + setting + `"`
	}
	if strings.ContainsFunc(line.Text, breaksLine) {
		c.r.fail(source.Errorf(req.Pos, "%q has a control character in it", line.Text))
		return
	}
	if strings.HasPrefix(req.URL, "git+") {
		if u, err := url.Parse(strings.TrimPrefix(req.URL, "git+")); err == nil {
			line.Git, line.SSH, line.File = u.Host, u.Scheme == "ssh", fileOf(u)
		}
	}
	if old, ok := lines[line.Text]; !ok || c.nearer(line.Pos, old.Pos) {
		lines[line.Text] = line
	}
}

// fileOf is the file of a repository that a URL names in uv's form, "#path=..."; ""
// if it names none.
func fileOf(u *url.URL) string {
	values, err := url.ParseQuery(u.Fragment)
	if err != nil {
		return ""
	}
	return values.Get("path")
}

// breaksLine finds characters that end a line for pip, which splits files as
// Python's splitlines does, and other control characters.
func breaksLine(c rune) bool { return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' }

// nearer reports whether a position is better than another one to show for
// the same line: the build file before others, then the first.
func (c *collector) nearer(a, b source.Pos) bool {
	if a.File != b.File {
		return a.File == c.r.p.File
	}
	return a.Line < b.Line
}

func (c *collector) constraint(lines map[string]Line, req Requirement) {
	if req.Path == "" {
		c.line(lines, req)
	}
}

func (o *RequirementOptions) add(other RequirementOptions) {
	if other.IndexURL != nil {
		o.IndexURL = other.IndexURL
	}
	o.ExtraIndexURLs = append(o.ExtraIndexURLs, other.ExtraIndexURLs...)
	o.FindLinks = append(o.FindLinks, other.FindLinks...)
	o.NoBinary = append(o.NoBinary, other.NoBinary...)
	o.OnlyBinary = append(o.OnlyBinary, other.OnlyBinary...)
	o.AllReleases = append(o.AllReleases, other.AllReleases...)
	o.OnlyFinal = append(o.OnlyFinal, other.OnlyFinal...)
	o.TrustedHosts = append(o.TrustedHosts, other.TrustedHosts...)
	o.NoIndex = o.NoIndex || other.NoIndex
	o.PreferBinary = o.PreferBinary || other.PreferBinary
	o.Pre = o.Pre || other.Pre
	o.RequireHashes = o.RequireHashes || other.RequireHashes
}

func sorted(lines map[string]Line) []Line {
	var list []Line
	for _, line := range lines {
		list = append(list, line)
	}
	slices.SortFunc(list, func(a, b Line) int { return strings.Compare(a.Text, b.Text) })
	return list
}

func sortedKeys(set map[string]bool) []string {
	var keys []string
	for key := range set {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

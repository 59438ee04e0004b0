package gitrefs

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
)

// Version is the version that a repository gives to a package.
type Version struct {
	// Text is the version: that of a tag on the commit that is checked out, or
	// else a development version after the newest tag.
	Text string
	// Tag is the tag from which it is made; "" if no tag has a version.
	Tag string
	// Exact is true if the tag is on the commit that is checked out.
	Exact bool
}

// UnreadTag is the error for a tag that may be on the commit that is checked out.
type UnreadTag struct{ Name string }

func (e *UnreadTag) Error() string {
	return fmt.Sprintf("the commit of the tag %s is in a pack of .git, which is not read", e.Name)
}

// Version returns the version of a package. form is the regular expression of
// its tool for tags, with a group "version" or "base"; nil for the usual form:
// 1.2.3, v1.2.3, name-1.2.3.
//
// The number of commits since a tag is in the history, which is not read. So a
// version between tags has the number 0, and does not change with every commit.
func (r *Repository) Version(form *regexp.Regexp) (Version, error) {
	var found, newest pep440.Version
	var at Version
	unread := ""
	for _, tag := range r.Tags {
		v, ok := versionOf(tag.Name, form)
		if !ok {
			continue
		}
		if tag.Commit == "" {
			unread = tag.Name
		}
		if tag.Commit != "" && tag.Commit == r.Head && (!at.Exact || v.Compare(found) > 0) {
			found, at = v, Version{Text: v.String(), Tag: tag.Name, Exact: true}
		}
		if !at.Exact && (at.Tag == "" || v.Compare(newest) > 0) {
			newest, at = v, Version{Text: next(v), Tag: tag.Name}
		}
	}
	switch {
	case at.Exact:
		return at, nil
	case unread != "":
		return Version{}, &UnreadTag{unread}
	case at.Tag == "":
		return Version{Text: "0.1.dev0"}, nil
	default:
		return at, nil
	}
}

// next is the development version after another, as setuptools-scm counts: the
// last number of the release or of the pre-release goes up by one.
func next(v pep440.Version) string {
	text, _, _ := strings.Cut(v.Public().String(), ".dev")
	text, _, _ = strings.Cut(text, ".post")
	end := len(text)
	start := end
	for start > 0 && text[start-1] >= '0' && text[start-1] <= '9' {
		start--
	}
	return text[:start] + increment(text[start:end]) + ".dev0"
}

// increment adds one to a decimal number of any length.
func increment(number string) string {
	digits := []byte(number)
	for n := len(digits) - 1; n >= 0; n-- {
		if digits[n] < '9' {
			digits[n]++
			return string(digits)
		}
		digits[n] = '0'
	}
	return "1" + string(digits)
}

// versionOf is the version in a tag's name.
func versionOf(name string, form *regexp.Regexp) (pep440.Version, bool) {
	if form != nil {
		found := form.FindStringSubmatch(name)
		for _, group := range []string{"version", "base"} {
			if n := form.SubexpIndex(group); found != nil && n >= 0 {
				v, err := pep440.Parse(found[n])
				return v, err == nil
			}
		}
		return pep440.Version{}, false
	}
	// A suffix after "+" does not count.
	name, _, _ = strings.Cut(name, "+")
	for n := range len(name) {
		if n > 0 && !strings.ContainsRune("-_/", rune(name[n-1])) {
			continue
		}
		rest := name[n:]
		if n > 0 && !strings.Contains(rest, ".") {
			continue // the 2 of "phase-2"
		}
		if v, err := pep440.Parse(rest); err == nil {
			return v, true
		}
	}
	return pep440.Version{}, false
}

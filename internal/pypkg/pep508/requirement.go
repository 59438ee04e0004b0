// Package pep508 reads requirements such as
//
//	fastapi[standard] >=0.110,<1 ; python_version >= "3.10"
//
// and the environment markers in them (PEP 508, today the "dependency
// specifiers" specification), and evaluates markers for an environment.
//
// Text goes in; Requirements and Markers come out, or a SyntaxError with the
// column. It stands on pep440 and pep503, and knows no file format. Answers
// are compared with those of the packaging library in testdata.
package pep508

import (
	"sort"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
)

// Requirement is one dependency, as a person or a tool wrote it.
type Requirement struct {
	// Name is the project's name as written.
	Name string
	// Extras are the extras as written, in that order.
	Extras []string
	// Specifier is the versions asked for; empty when URL is set.
	Specifier pep440.SpecifierSet
	// URL is the part after "@", or "".
	URL string
	// Marker is the condition after ";", or nil.
	Marker *Marker
}

// ParseRequirement reads one requirement. The error is a *SyntaxError.
func ParseRequirement(s string) (Requirement, error) {
	l := &lexer{src: s}
	var r Requirement
	var err error
	l.space()
	if r.Name = l.identifier(); r.Name == "" {
		return r, l.errorf(l.pos, "expected a package name at the start")
	}
	l.space()
	if r.Extras, err = l.extras(); err != nil {
		return r, err
	}
	l.space()
	expected := "a semicolon (after a name without a version specifier)"
	if l.take('@') {
		l.space()
		start := l.pos
		for !l.end() && l.src[l.pos] != ' ' && l.src[l.pos] != '\t' {
			l.pos++
		}
		if r.URL = l.src[start:l.pos]; r.URL == "" {
			return r, l.errorf(l.pos, "expected a URL after @")
		}
		expected = "a semicolon (after the URL and a space)"
	} else {
		paren := l.take('(')
		if paren {
			l.space()
		}
		specStart := l.pos
		if r.Specifier, err = l.specifiers(); err != nil {
			return r, err
		}
		if l.pos > specStart {
			expected = "a comma (within the version specifier), a semicolon (after it)"
		}
		if paren {
			l.space()
			if !l.take(')') {
				return r, l.errorf(l.pos, "expected ) after the version specifier")
			}
		}
	}
	l.space()
	if l.end() {
		return r, nil
	}
	if !l.take(';') {
		return r, l.errorf(l.pos, "expected %s or the end", expected)
	}
	if r.Marker, err = l.marker(); err != nil {
		return r, err
	}
	l.space()
	if !l.end() {
		return r, l.errorf(l.pos, "expected the end of the requirement")
	}
	return r, nil
}

func (l *lexer) extras() ([]string, error) {
	if !l.take('[') {
		return nil, nil
	}
	var extras []string
	l.space()
	if name := l.identifier(); name != "" {
		extras = append(extras, name)
		for {
			l.space()
			if !l.take(',') {
				at := l.pos
				if l.identifier() != "" {
					return nil, l.errorf(at, "expected a comma between extras")
				}
				break
			}
			l.space()
			if name = l.identifier(); name == "" {
				return nil, l.errorf(l.pos, "expected the name of an extra after the comma")
			}
			extras = append(extras, name)
		}
	}
	l.space()
	if !l.take(']') {
		return nil, l.errorf(l.pos, "expected ] after the extras")
	}
	return extras, nil
}

// NormalizedName gives the name in the form in which names are compared.
func (r Requirement) NormalizedName() string { return pep503.Normalize(r.Name) }

// NormalizedExtras gives the extras in the form in which they are compared,
// sorted, each once.
func (r Requirement) NormalizedExtras() []string {
	seen := map[string]bool{}
	var extras []string
	for _, e := range r.Extras {
		if e = pep503.Normalize(e); !seen[e] {
			seen[e] = true
			extras = append(extras, e)
		}
	}
	sort.Strings(extras)
	return extras
}

// String writes the requirement in the packaging library's form.
func (r Requirement) String() string {
	var b strings.Builder
	b.WriteString(r.Name)
	if len(r.Extras) > 0 {
		seen := map[string]bool{}
		var extras []string
		for _, e := range r.Extras {
			if !seen[e] {
				seen[e] = true
				extras = append(extras, e)
			}
		}
		sort.Strings(extras)
		b.WriteString("[" + strings.Join(extras, ",") + "]")
	}
	b.WriteString(r.Specifier.String())
	if r.URL != "" {
		b.WriteString(" @ " + r.URL)
		if r.Marker != nil {
			b.WriteByte(' ')
		}
	}
	if r.Marker != nil {
		b.WriteString("; " + r.Marker.String())
	}
	return b.String()
}

// Package tags decides which wheel fits an interpreter: the compatibility
// tags of PEP 425 with the platform tags of PEP 600 (manylinux) and PEP 656
// (musllinux), and the file names of wheels and sdists that carry them.
//
// A Target and file names go in; an order of preference, the best wheel, or
// the reason why a wheel does not fit come out. It stands on pep440 and
// pep503 and is compared with the answers of the packaging library in
// testdata.
package tags

import (
	"fmt"
	"strings"
	"unicode"
)

// Tag is one compatibility tag, in lower case.
type Tag struct {
	Interpreter string // "cp313", "py3"
	ABI         string // "cp313", "abi3", "none"
	Platform    string // "manylinux_2_17_x86_64", "any"
}

// String gives "cp313-cp313-manylinux_2_17_x86_64".
func (t Tag) String() string { return t.Interpreter + "-" + t.ABI + "-" + t.Platform }

// Set is a compressed tag set as in a wheel's file name: every combination of
// its members is meant.
type Set struct {
	Interpreters []string
	ABIs         []string
	Platforms    []string
}

// maxTags bounds what a compressed tag set may stand for. The largest ones
// seen in real file names stand for a few dozen tags.
const maxTags = 1 << 14

// ParseTag reads "cp39.cp310-abi3-manylinux1_x86_64.manylinux_2_5_x86_64".
func ParseTag(s string) (Set, error) {
	parts := strings.Split(s, "-")
	if len(parts) != 3 {
		return Set{}, fmt.Errorf("%q is not a compatibility tag: it must have three parts", s)
	}
	var sets [3][]string
	for i, part := range parts {
		sets[i] = strings.Split(strings.ToLower(part), ".")
		for _, member := range sets[i] {
			if member == "" {
				return Set{}, fmt.Errorf("%q is not a compatibility tag: a part of it is empty", s)
			}
			if i == 0 && !isIdentifier(member) {
				return Set{}, fmt.Errorf("%q is not a compatibility tag: %q is no interpreter", s, member)
			}
		}
	}
	if len(sets[0]) > maxTags || len(sets[1]) > maxTags || len(sets[2]) > maxTags ||
		len(sets[0])*len(sets[1])*len(sets[2]) > maxTags {
		return Set{}, fmt.Errorf("%.40q... stands for more than %d tags", s, maxTags)
	}
	return Set{Interpreters: sets[0], ABIs: sets[1], Platforms: sets[2]}, nil
}

// isIdentifier reports whether a string is a name in Python.
func isIdentifier(s string) bool {
	for i, r := range s {
		letter := r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r)
		if !letter && (i == 0 || !unicode.IsDigit(r) && !unicode.Is(unicode.M, r)) {
			return false
		}
	}
	return s != ""
}

// Tags gives every combination.
func (s Set) Tags() []Tag {
	tags := make([]Tag, 0, len(s.Interpreters)*len(s.ABIs)*len(s.Platforms))
	for _, i := range s.Interpreters {
		for _, a := range s.ABIs {
			for _, p := range s.Platforms {
				tags = append(tags, Tag{i, a, p})
			}
		}
	}
	return tags
}

// String gives the compressed form.
func (s Set) String() string {
	return strings.Join(s.Interpreters, ".") + "-" + strings.Join(s.ABIs, ".") + "-" + strings.Join(s.Platforms, ".")
}

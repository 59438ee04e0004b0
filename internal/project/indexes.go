package project

import (
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// mergeIndexes merges the indexes of [tool.moult] and of other tools' tables.
// If [tool.moult] repeats an index, by name or by URL, its entry only adds the
// secret and whether it is the default.
func (r *reader) mergeIndexes() {
	p := r.p
	others := p.Indexes
	used := make([]bool, len(others))
	var merged []Index
	for _, own := range p.Settings.Indexes {
		match := -1
		for i, other := range others {
			if own.Name != "" && strings.EqualFold(own.Name, other.Name) || own.URL.V != "" && sameIndexURL(own.URL.V, other.URL.V) {
				match = i
				break
			}
		}
		if match >= 0 {
			other := others[match]
			used[match] = true
			if own.URL.V == "" {
				own.URL = other.URL
			}
			if own.Name == "" {
				own.Name = other.Name
			}
			own.Default = own.Default || other.Default
			own.Explicit = other.Explicit && !own.Default
		}
		if own.URL.V == "" {
			known := make([]string, len(others))
			for i, other := range others {
				known[i] = other.Name
			}
			err := source.Errorf(own.Pos, "the index %q has no url", own.Name)
			if near := toml.Nearest(own.Name, known); near != "" {
				err = err.WithHint("did you mean %q?", near)
			}
			r.fail(err)
			continue
		}
		merged = append(merged, own)
	}
	for i, other := range others {
		if !used[i] {
			merged = append(merged, other)
		}
	}
	// The first index with default = true replaces PyPI.
	replaced := false
	for i := range merged {
		merged[i].Default = merged[i].Default && !replaced
		replaced = replaced || merged[i].Default
	}
	p.Indexes = merged
	r.requirementIndexes()
}

// requirementIndexes checks the indexes of requirement files. Their URLs may have
// variables as credentials ("https://${USER}:${PASSWORD}@..."), which are dropped
// if [tool.moult] names a secret for the index.
func (r *reader) requirementIndexes() {
	for i := range r.p.RequirementFiles {
		o := &r.p.RequirementFiles[i].Options
		if o.IndexURL != nil {
			r.requirementIndex(o.IndexURL)
		}
		for j := range o.ExtraIndexURLs {
			r.requirementIndex(&o.ExtraIndexURLs[j])
		}
	}
}

func (r *reader) requirementIndex(v *source.At[string]) {
	bare := variableCredentials.ReplaceAllString(v.V, "$1")
	if bare != v.V {
		for _, index := range r.p.Indexes {
			if sameIndexURL(index.URL.V, bare) && index.Secret.V != "" {
				v.V = bare
				return
			}
		}
		r.fail(source.Errorf(v.Pos, "the build has no variables for the credentials of %s", bare).
			WithHint("add an entry to [[tool.moult.index]]: url = %q, secret = \"ID\"; the build secret of that id holds user:password or a token", bare))
		return
	}
	r.fail(checkIndexURL(*v))
}

package lock

import (
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// fields reads values from a TOML tree and stores the first error, so that
// the readers of the formats can be lists of keys. A missing value is the
// type's zero value.
type fields struct {
	err error
}

func (f *fields) fail(err error) {
	if f.err == nil && err != nil {
		f.err = err
	}
}

func (f *fields) errorf(pos source.Pos, format string, args ...any) {
	f.fail(source.Errorf(pos, format, args...))
}

func (f *fields) kind(n *toml.Node, kind toml.Kind) bool {
	if n == nil {
		return false
	}
	if err := n.Expect(kind); err != nil {
		f.fail(err)
		return false
	}
	return true
}

func (f *fields) text(n *toml.Node, key string) string {
	if v := n.Get(key); f.kind(v, toml.String) {
		return v.Str
	}
	return ""
}

func (f *fields) bool(n *toml.Node, key string) bool {
	if v := n.Get(key); f.kind(v, toml.Bool) {
		return v.Bool
	}
	return false
}

func (f *fields) size(n *toml.Node, key string) int64 {
	v := n.Get(key)
	if !f.kind(v, toml.Int) {
		return 0
	}
	if v.Int < 0 {
		f.errorf(v.Pos(), "%s must not be negative", v.Path())
		return 0
	}
	return v.Int
}

func (f *fields) table(n *toml.Node, key string) *toml.Node {
	if v := n.Get(key); f.kind(v, toml.Table) {
		return v
	}
	return nil
}

// list gives the elements of an array, all of one kind.
func (f *fields) list(n *toml.Node, key string, kind toml.Kind) []*toml.Node {
	v := n.Get(key)
	if !f.kind(v, toml.Array) {
		return nil
	}
	for _, item := range v.Items {
		if !f.kind(item, kind) {
			return nil
		}
	}
	return v.Items
}

func (f *fields) texts(n *toml.Node, key string) []string {
	var texts []string
	for _, item := range f.list(n, key, toml.String) {
		texts = append(texts, item.Str)
	}
	return texts
}

// normalized gives a list of names in their normalized form.
func (f *fields) normalized(n *toml.Node, key string) []string {
	texts := f.texts(n, key)
	for i, t := range texts {
		texts[i] = pep503.Normalize(t)
	}
	return texts
}

func (f *fields) require(n *toml.Node, key string) {
	if n.Get(key) == nil {
		name := "the lock"
		if p := n.Path(); p != "" {
			name = p
		}
		f.errorf(n.Pos(), "%s has no key %q", name, key)
	}
}

// name reads a project's name and normalizes it.
func (f *fields) name(n *toml.Node, key string) string {
	f.require(n, key)
	name := f.text(n, key)
	if f.err == nil && !pep503.IsValid(name) {
		f.errorf(n.Get(key).Pos(), "%q is not a project's name", name)
	}
	return pep503.Normalize(name)
}

func (f *fields) marker(n *toml.Node, key string) *pep508.Marker {
	v := n.Get(key)
	if !f.kind(v, toml.String) {
		return nil
	}
	return f.parseMarker(v.Str, v.Pos())
}

func (f *fields) parseMarker(s string, pos source.Pos) *pep508.Marker {
	m, err := pep508.ParseMarker(s)
	if err != nil {
		f.errorf(pos, "not a marker: %w", err)
		return nil
	}
	return m
}

func (f *fields) specifiers(n *toml.Node, key string) pep440.SpecifierSet {
	v := n.Get(key)
	if !f.kind(v, toml.String) {
		return pep440.SpecifierSet{}
	}
	set, err := pep440.ParseSpecifierSet(v.Str)
	if err != nil {
		f.fail(source.Errorf(v.Pos(), "%s: %w", v.Path(), err))
	}
	return set
}

// version reads a version if there is one.
func (f *fields) version(n *toml.Node, key string) (string, pep440.Version) {
	v := n.Get(key)
	if !f.kind(v, toml.String) {
		return "", pep440.Version{}
	}
	parsed, err := pep440.Parse(v.Str)
	if err != nil {
		f.fail(source.Errorf(v.Pos(), "%s: %w", v.Path(), err))
	}
	return v.Str, parsed
}

// hash reads "sha256:..." into a map.
func (f *fields) hash(n *toml.Node, key string) map[string]string {
	v := n.Get(key)
	if !f.kind(v, toml.String) {
		return nil
	}
	algorithm, digest, err := parseHash(v.Str)
	if err != nil {
		f.errorf(v.Pos(), "%w", err)
		return nil
	}
	return map[string]string{algorithm: digest}
}

package project

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// ResolverSetting is a setting of another tool's resolver that pip does not
// have. A lock of that tool respects it; without a lock it would have no
// effect.
type ResolverSetting struct {
	// Key is the key with its table.
	Key string
	// Tool is the tool that has it, and Lock its lock file.
	Tool, Lock string
	Pos        source.Pos
}

// UVLocking is what uv reads to lock a project, in [tool.uv] of the project or of
// its workspace's root, and remembers in uv.lock.
type UVLocking struct {
	Overrides, Constraints, BuildConstraints []Requirement
	// Complete is true if these are all overrides and constraints. A uv.toml has
	// more, and a table instead of a text names a private URL.
	Complete bool
	// Table is [tool.uv]; nil if there is none.
	Table *toml.Node
}

// uvLocking reads the overrides and constraints of [tool.uv].
func (r *reader) uvLocking(n *toml.Node, t uvTable, dir string) {
	elsewhere, err := r.files.has(path.Join(dir, "uv.toml"))
	if err != nil {
		r.fail(err)
	}
	l := UVLocking{Complete: n != nil && !elsewhere, Table: n}
	read := func(all []*toml.Node) (list []Requirement) {
		for _, c := range all {
			if c.Kind != toml.String {
				l.Complete = false
				continue
			}
			if req, ok := r.requirement(source.At[string]{V: c.Str, Pos: c.Pos()}); ok {
				list = append(list, req)
			}
		}
		return list
	}
	l.Constraints, l.Overrides = read(t.Constraints), read(t.Overrides)
	r.p.UVLocking = l
}

// Err returns the error for a project that has the setting and no lock.
func (s ResolverSetting) Err() error {
	return source.Errorf(s.Pos, "%s has no effect without a lock: pip resolves here and does not obey it", s.Key).
		WithHint("run %s lock, which obeys it: a build takes %s from the folder, committed or not", s.Tool, s.Lock)
}

// resolverSetting records a setting that only a lock can respect.
func (r *reader) resolverSetting(tool, lock, key string, value *toml.Node) {
	r.p.ResolverSettings = append(r.p.ResolverSettings, ResolverSetting{Key: key, Tool: tool, Lock: lock, Pos: value.KeyPos()})
}

// uvResolverKeys are the keys of [tool.uv] that change the result of its
// resolver, each with the values that change nothing.
var uvResolverKeys = map[string][]string{
	"exclude-newer":         nil,
	"exclude-newer-package": nil,
	"override-dependencies": nil,
	"exclude-dependencies":  nil,
	"dependency-metadata":   nil,
	"find-links":            nil,
	"no-index":              nil,
	"prerelease":            {"if-necessary-or-explicit", "if-necessary"},
	"resolution":            {"highest"},
}

// uvResolver records the settings of [tool.uv] that only a lock can respect.
func (r *reader) uvResolver(n *toml.Node) {
	for _, key := range n.Items {
		usual, known := uvResolverKeys[key.Key]
		if !known || isNothing(key) || key.Kind == toml.String && slices.Contains(usual, key.Str) {
			continue
		}
		if key.Key == "prerelease" && key.Text() == "allow" {
			r.p.Prereleases = true
			continue
		}
		r.resolverSetting("uv", "uv.lock", "[tool.uv] "+key.Key, key)
	}
	index := n.Get("index")
	if index == nil {
		return
	}
	for _, one := range index.Items {
		format, url := one.Get("format"), one.Get("url")
		switch {
		case format.Text() == "flat":
			r.resolverSetting("uv", "uv.lock", `[[tool.uv.index]] format = "flat"`, format)
		case url != nil && url.Kind == toml.String && !strings.HasPrefix(url.Str, "http://") && !strings.HasPrefix(url.Str, "https://"):
			r.resolverSetting("uv", "uv.lock", "[[tool.uv.index]] with a folder as url", url)
		}
	}
}

// pdmResolver records the settings of [tool.pdm.resolution] that only a lock can
// respect, and sources that are folders of files.
func (r *reader) pdmResolver(n *toml.Node) {
	if pre := n.Get("resolution", "allow-prereleases"); pre != nil && pre.Kind == toml.Bool {
		r.p.Prereleases = pre.Bool
	}
	for _, key := range []string{"overrides", "excludes"} {
		if set := n.Get("resolution", key); set != nil && !isNothing(set) {
			r.resolverSetting("pdm", "pdm.lock", "[tool.pdm.resolution] "+key, set)
		}
	}
	if sources := n.Get("source"); sources != nil {
		for _, one := range sources.Items {
			if kind := one.Get("type"); kind.Text() == "find_links" {
				r.resolverSetting("pdm", "pdm.lock", `[[tool.pdm.source]] type = "find_links"`, kind)
			}
		}
	}
}

// isNothing reports whether a value is empty or false, so that it has no
// effect.
func isNothing(n *toml.Node) bool {
	switch n.Kind {
	case toml.Array, toml.Table:
		return len(n.Items) == 0
	case toml.Bool:
		return !n.Bool
	}
	return false
}

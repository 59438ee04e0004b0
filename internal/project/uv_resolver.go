package project

import (
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
	Pos source.Pos
}

// Err returns the error for a project that has the setting and no lock.
func (s ResolverSetting) Err() error {
	return source.Errorf(s.Pos, "%s has no effect without a lock: pip resolves here, and it has no such setting", s.Key).
		WithHint("run uv lock, which obeys it, and commit uv.lock")
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
		r.p.ResolverSettings = append(r.p.ResolverSettings, ResolverSetting{Key: "[tool.uv] " + key.Key, Pos: key.KeyPos()})
	}
	index := n.Get("index")
	if index == nil {
		return
	}
	for _, one := range index.Items {
		format, url := one.Get("format"), one.Get("url")
		switch {
		case format != nil && format.Kind == toml.String && format.Str == "flat":
			r.p.ResolverSettings = append(r.p.ResolverSettings, ResolverSetting{Key: `[[tool.uv.index]] format = "flat"`, Pos: format.KeyPos()})
		case url != nil && url.Kind == toml.String && !strings.HasPrefix(url.Str, "http://") && !strings.HasPrefix(url.Str, "https://"):
			r.p.ResolverSettings = append(r.p.ResolverSettings, ResolverSetting{Key: "[[tool.uv.index]] with a folder as url", Pos: url.KeyPos()})
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

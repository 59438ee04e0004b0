package lock

import (
	"slices"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/toml"
)

// pdm compares the hash of the keys that PDM includes in it. Locks with
// lock_inputs instead of a hash are compared requirement by requirement.
func (c *checker) pdm() error {
	d := pdmLock(c.lock)
	root := c.project.Pyproject
	if root == nil || d.inputs {
		return c.satisfied("pdm")
	}
	algorithm, digest, err := parseHash(d.contentHash)
	if err != nil || algorithm != "sha256" {
		return c.stale(d.contentHashPos, "it holds no hash of the project")
	}
	if slices.Contains(pdmHashes(root), digest) {
		return nil
	}
	return c.stale(d.contentHashPos, "its content_hash is not that of pyproject.toml")
}

// pdmHashes gives the hashes by the rules of PDM 2 in its order of age.
func pdmHashes(root *toml.Node) []string {
	settings := root.Get("tool", "pdm")
	or := func(n *toml.Node, empty any) any {
		if n == nil {
			return empty
		}
		return n
	}
	dev := map[string]any{}
	for _, groups := range []*toml.Node{root.Get("dependency-groups"), settings.Get("dev-dependencies")} {
		if groups == nil || groups.Kind != toml.Table {
			continue
		}
		for _, g := range groups.Items {
			name := pep503.Normalize(g.Key)
			list, _ := dev[name].([]any)
			for _, item := range g.Elements() {
				list = append(list, item)
			}
			if list == nil {
				list = []any{}
			}
			dev[name] = list
		}
	}
	raw := or(settings.Get("dev-dependencies"), map[string]any{})
	data := func(dev any, key string, value any) map[string]any {
		return map[string]any{
			"sources":               or(settings.Get("source"), []any{}),
			"dependencies":          or(root.Get("project", "dependencies"), []any{}),
			"dev-dependencies":      dev,
			"optional-dependencies": or(root.Get("project", "optional-dependencies"), map[string]any{}),
			"requires-python":       or(root.Get("project", "requires-python"), ""),
			key:                     value,
		}
	}
	resolution := or(settings.Get("resolution"), map[string]any{})
	// PDM before 2.5 had the table here; it is still read.
	overrides := or(settings.Get("overrides"), or(settings.Get("resolution", "overrides"), map[string]any{}))
	return []string{
		hashOf(data(dev, "resolution", resolution), false),
		hashOf(data(raw, "resolution", resolution), false),
		hashOf(data(dev, "overrides", overrides), false),
		hashOf(data(raw, "overrides", overrides), false),
	}
}

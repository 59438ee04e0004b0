package lock

import (
	"slices"

	"github.com/moult-build/moult/internal/toml"
)

// pipenv compares the hash of the Pipfile.
func (c *checker) pipenv() error {
	d, _ := c.lock.own.(*pipenvData)
	if d == nil || c.project.Pipfile == nil {
		return c.satisfied("")
	}
	if d.hash == "" {
		return c.stale(d.hashPos, "it holds no hash of the Pipfile")
	}
	if slices.Contains(pipfileHashes(c.project.Pipfile), d.hash) {
		return nil
	}
	return c.stale(d.hashPos, "its hash is not that of the Pipfile")
}

// pipfileSections are the tables of a Pipfile that are not categories.
var pipfileSections = []string{"source", "packages", "dev-packages", "requires", "scripts", "pipfile", "pipenv", "default", "develop"}

// pipfileHashes returns the hash with and without further categories, which
// old versions of Pipenv did not include.
func pipfileHashes(root *toml.Node) []string {
	or := func(key string, empty any) any {
		if n := root.Get(key); n != nil {
			return n
		}
		return empty
	}
	data := map[string]any{
		"_meta": map[string]any{
			// Pipenv writes its default source into the hash if there is none.
			"sources":  or("source", []any{map[string]any{"name": "pypi", "url": "https://pypi.org/simple", "verify_ssl": true}}),
			"requires": or("requires", map[string]any{}),
		},
		"default": or("packages", map[string]any{}),
		"develop": or("dev-packages", map[string]any{}),
	}
	hashes := []string{hashOf(data, true)}
	for _, item := range root.Items {
		if !slices.Contains(pipfileSections, item.Key) {
			data[item.Key] = item
		}
	}
	return append(hashes, hashOf(data, true))
}

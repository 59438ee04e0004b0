package lock

import (
	"slices"

	"github.com/moult-build/moult/internal/toml"
)

// poetry compares the hash of the keys that Poetry includes in it. These
// have changed twice: Poetry 2.0 added [project], 2.3 added
// [dependency-groups].
func (c *checker) poetry() error {
	d := poetryLock(c.lock)
	if c.project.Pyproject == nil {
		return c.satisfied("poetry")
	}
	if d.contentHash == "" {
		return c.stale(d.contentHashPos, "it holds no hash of the project")
	}
	accepted := []string{poetryHash(c.project.Pyproject, true, true)}
	if d.version.IsZero() || d.version.Release(0) < 2 || d.version.Release(0) == 2 && d.version.Release(1) < 3 {
		accepted = append(accepted, poetryHash(c.project.Pyproject, true, false))
	}
	if d.version.IsZero() || d.version.Release(0) < 2 {
		accepted = append(accepted, poetryHash(c.project.Pyproject, false, false))
	}
	if slices.Contains(accepted, d.contentHash) {
		return nil
	}
	return c.stale(d.contentHashPos, "its content-hash is not that of pyproject.toml")
}

func poetryHash(root *toml.Node, project, groups bool) string {
	relevant := map[string]any{}
	standard := map[string]any{}
	if project {
		for _, key := range []string{"requires-python", "dependencies", "optional-dependencies"} {
			if n := root.Get("project", key); n != nil {
				standard[key] = n
			}
		}
	}
	groupsNode := root.Get("dependency-groups")
	groups = groups && groupsNode != nil && len(groupsNode.Items) > 0
	own := map[string]any{}
	for _, key := range []string{"dependencies", "source", "extras", "dev-dependencies", "group"} {
		n := root.Get("tool", "poetry", key)
		switch {
		case n != nil:
			own[key] = n
		case key == "group" || len(standard) > 0 || groups:
		default:
			own[key] = nil
		}
	}
	if len(standard) > 0 {
		relevant["project"] = standard
	}
	if groups {
		relevant["dependency-groups"] = groupsNode
	}
	if len(relevant) == 0 {
		return hashOf(own, false)
	}
	relevant["tool"] = map[string]any{"poetry": own}
	return hashOf(relevant, false)
}

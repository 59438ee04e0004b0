package project

import (
	"bytes"
	"encoding/json"
	"path"
	"strings"

	"github.com/moult-build/moult/internal/source/regex"
)

// packageOfLock begins a package in a lock that is a TOML file.
var packageOfLock = regex.New(`(?m)^\[\[packages?\]\]\s*$`)

// LocksNothing reports whether a lock has no package but the project's own. A
// tool writes such a lock for a project whose table has no dependency.
func LocksNothing(name string, content []byte) bool {
	if len(bytes.TrimSpace(content)) == 0 {
		return true
	}
	text := string(content)
	switch path.Base(name) {
	case "uv.lock":
		all := packageOfLock.FindAllString(text, -1)
		own := strings.Contains(text, `source = { virtual = "." }`) || strings.Contains(text, `source = { editable = "." }`)
		return len(all) == 0 || len(all) == 1 && own
	case "poetry.lock", "pdm.lock", "pylock.toml":
		return !packageOfLock.MatchString(text)
	case "Pipfile.lock":
		var lock map[string]json.RawMessage
		if json.Unmarshal(content, &lock) != nil || lock["_meta"] == nil {
			return false
		}
		for category, packages := range lock {
			if category == "_meta" {
				continue
			}
			var all map[string]json.RawMessage
			if json.Unmarshal(packages, &all) != nil || len(all) > 0 {
				return false
			}
		}
		return true
	}
	return false
}

// locked reports whether the project has a lock of this name with a package in it.
// One that cannot be read counts: who reads the lock says why.
func (r *reader) locked(name string) (bool, error) {
	if ok, err := r.files.has(name); !ok || err != nil {
		return false, err
	}
	file, err := r.files.file(name)
	return err != nil || file != nil && !LocksNothing(name, file.Data), nil
}

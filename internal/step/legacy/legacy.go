// Package legacy says by what a source tree without [build-system] is built.
package legacy

import (
	"path/filepath"
	"regexp"
	"slices"
)

// Backend builds such a tree (PEP 517).
const Backend = "setuptools.build_meta:__legacy__"

// before is the first setuptools that is newer than that of the official image of a Python, by the interpreter's name.
// Until Python 3.12 an environment had a setuptools, and pip took it for such a tree; since then it takes the newest.
// Newer ones no longer have what a setup.py of that time may use: use_2to3, convert_path, pkg_resources.
var before = map[string]string{
	"python3.7": "58", "python3.8": "58", "python3.9": "59", "python3.10": "66", "python3.11": "66",
}

// Requires are the requirements of a build of such a tree with an interpreter.
func Requires(python string) []string {
	if version := before[filepath.Base(python)]; version != "" {
		// The command bdist_wheel is in wheel until 0.46, and in setuptools since 70.1.
		return []string{"setuptools<" + version, "wheel<0.46"}
	}
	return Unpinned
}

// Unpinned are the requirements for a newer Python, and where an index has no old setuptools (PEP 518).
var Unpinned = []string{"setuptools"}

// Newest replaces what Requires gives in a list of requirements by the newest setuptools; ok is false if it is not there.
func Newest(requires []string, python string) (all []string, ok bool) {
	old := Requires(python)
	for _, r := range requires {
		if !slices.Contains(old, r) {
			all = append(all, r)
		}
	}
	return append(all, Unpinned...), len(old) > 1 && len(requires)-len(all) == len(old)
}

var notFound = regexp.MustCompile(`No matching distribution found for (?:setuptools<\d+|wheel<0\.46)\b`)

// Missing reports whether pip's output says that an index does not have what Requires gives.
func Missing(output string) bool { return notFound.MatchString(output) }

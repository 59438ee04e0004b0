package project

import (
	"path"
	"strings"

	"github.com/moult-build/moult/internal/source"
)

// contextPath gives the context's name of a path that a file in the folder dir
// names. One that leaves the context is an error.
func contextPath(dir string, v source.At[string]) (string, error) {
	p := v.V
	switch {
	case p == "":
		return "", source.Errorf(v.Pos, "the path is empty")
	case strings.ContainsAny(p, "\x00\n\r"):
		return "", source.Errorf(v.Pos, "%q is not a path", p)
	case path.IsAbs(p), strings.HasPrefix(p, "~"):
		return "", source.Errorf(v.Pos, "%q is not in the build context", p).
			WithHint("write a path relative to the file's folder")
	}
	clean := path.Join(dir, p)
	if clean == ".." || strings.HasPrefix(clean, "../") {
		return "", source.Errorf(v.Pos, "%q leaves the build context", p).
			WithHint("a build sees only the files of its context: build from a folder that contains both, with -f naming the build file")
	}
	return clean, nil
}

// absolutePath checks a path inside the image.
func absolutePath(v source.At[string], key string) (string, error) {
	switch {
	case strings.ContainsAny(v.V, "\x00\n\r"):
		return "", source.Errorf(v.Pos, "%s: %q is not a path", key, v.V)
	case !path.IsAbs(v.V):
		return "", source.Errorf(v.Pos, "%s: %q must be an absolute path", key, v.V).WithHint("write %q", path.Join("/", v.V))
	}
	return path.Clean(v.V), nil
}

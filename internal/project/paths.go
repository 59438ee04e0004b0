package project

import (
	"path"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
)

// condaPath matches the folders in which conda's packages are built, which "pip
// freeze" prints for them.
var condaPath = regex.New(`/(?:tmp/build|opt/concourse|croots?|home/conda|home/ktietz|feedstock_root|conda-bld|abs_[0-9a-z]+)/`)

// contextPath converts a path in a file of the folder dir to a path in the
// context. A path that leaves the context is an error.
func contextPath(dir string, v source.At[string]) (string, error) {
	p := v.V
	switch {
	case p == "":
		return "", source.Errorf(v.Pos, "the path is empty")
	case strings.ContainsAny(p, "\x00\n\r"):
		return "", source.Errorf(v.Pos, "%q is not a path", p)
	case path.IsAbs(p), strings.HasPrefix(p, "~"):
		err := source.Errorf(v.Pos, "%q is not in the build context", p)
		if condaPath.MatchString(p) {
			return "", err.WithHint("conda wrote this path of the machine that built the package; write the package's version instead, as \"pip list --format=freeze\" prints it")
		}
		return "", err.WithHint("write a path relative to the file's folder")
	}
	clean := path.Join(dir, p)
	if source.LeavesFolder(clean) {
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

// absolute reads a key that is an absolute path.
func (r *reader) absolute(v *source.At[string], key string) *source.At[string] {
	if v == nil {
		return nil
	}
	name, err := absolutePath(*v, key)
	if err != nil {
		r.fail(err)
		return nil
	}
	return &source.At[string]{V: name, Pos: v.Pos}
}

// folder checks an absolute path that cannot be the root folder; what describes it
// for the error.
func folder(v source.At[string], key, what string) (string, error) {
	name, err := absolutePath(v, key)
	if err != nil && key != "workdir" && !path.IsAbs(v.V) && !strings.ContainsAny(v.V, "\x00\n\r") {
		err = source.Errorf(v.Pos, "%s: %q must be an absolute path", key, v.V).
			WithHint("write %q for a place in the application's folder", path.Join(DefaultAppDir, v.V))
	}
	if err == nil && name == "/" {
		err = source.Errorf(v.Pos, "%s: the root folder cannot be %s", key, what)
	}
	return name, err
}

// fromContext converts a path that is relative to the folder dir, or to the
// context's root if it starts with a slash, to a path in the context.
func fromContext(dir string, v source.At[string], key string) (string, error) {
	clean := path.Join(dir, v.V)
	switch {
	case v.V == "" || strings.ContainsAny(v.V, "\x00\n\r"):
		return "", source.Errorf(v.Pos, "%s: %q is not a path", key, v.V)
	case strings.HasPrefix(v.V, "~"):
		return "", source.Errorf(v.Pos, "%s: %q is not in the build context", key, v.V).WithHint("write a path relative to the build file's folder")
	case path.IsAbs(v.V):
		if escapes(v.V) {
			return "", source.Errorf(v.Pos, "%s: %q leaves the build context", key, v.V)
		}
		if clean = strings.TrimPrefix(path.Clean(v.V), "/"); clean == "" {
			clean = "."
		}
	case source.LeavesFolder(clean):
		return "", source.Errorf(v.Pos, "%s: %q leaves the build context", key, v.V).
			WithHint("a build sees only the files of its context: build from a folder that contains both, with -f naming the build file")
	}
	return clean, nil
}

package install

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// Target is the virtual environment into which wheels are installed.
type Target struct {
	// Prefix is the environment's absolute path in the image: /opt/venv.
	Prefix string
	// Python is the interpreter's version as in the name of its library directory:
	// "3.13", or "3.13t" for a free-threaded build.
	Python string
}

var pythonVersion = regexp.MustCompile(`^[0-9]+\.[0-9]+t?$`)

// Check returns an error for a target that is not valid.
func (t Target) Check() error {
	switch {
	case !strings.HasPrefix(t.Prefix, "/") || path.Clean(t.Prefix) != t.Prefix || t.Prefix == "/":
		return fmt.Errorf("prefix %q: want a clean absolute path like /opt/venv", t.Prefix)
	case strings.ContainsAny(t.Prefix, "\"'\\$`") || strings.ContainsFunc(t.Prefix, func(r rune) bool { return r < ' ' || r == 0x7f }):
		// The prefix is in the first lines of scripts.
		return fmt.Errorf("prefix %q: quotes, $, backslashes and control characters cannot be part of it", t.Prefix)
	case !pythonVersion.MatchString(t.Python):
		return fmt.Errorf("python %q: want major.minor, like 3.13", t.Python)
	}
	return nil
}

// SitePackages is the absolute image path that purelib and platlib share in a
// virtual environment.
func (t Target) SitePackages() string {
	return t.Prefix + "/lib/python" + t.Python + "/site-packages"
}

// bin is the directory of scripts.
func (t Target) bin() string { return t.Prefix + "/bin" }

// interpreter is the environment's own Python, which runs the scripts.
func (t Target) interpreter() string { return t.bin() + "/python" }

// number is the version without the mark of a free-threaded build.
func (t Target) number() string { return strings.TrimSuffix(t.Python, "t") }

// scheme returns the absolute image path for a key of the wheel's .data
// directory. project is the name of the directory for headers.
func (t Target) scheme(key, project string) (string, bool) {
	switch key {
	case "purelib", "platlib":
		return t.SitePackages(), true
	case "scripts":
		return t.bin(), true
	case "headers":
		return t.Prefix + "/include/site/python" + t.Python + "/" + project, true
	case "data":
		return t.Prefix, true
	}
	return "", false
}

// place returns the path at which a file with an absolute image path is
// installed. In the environment lib64 is a link to lib, so files for lib64 are
// installed into lib: otherwise a real directory would replace the link when
// layers are merged. The error is that of a file that would replace a part of
// the environment itself.
func (t Target) place(p string) (string, error) {
	rel, ok := strings.CutPrefix(p, t.Prefix+"/")
	if !ok {
		return "", fmt.Errorf("would be written outside of %s", t.Prefix)
	}
	if rest, ok := strings.CutPrefix(rel, "lib64/"); ok {
		rel = "lib/" + rest
	}
	if own := t.own(rel); own != "" {
		return "", fmt.Errorf("would replace the virtual environment's own %s", own)
	}
	return t.Prefix + "/" + rel, nil
}

// own returns the file or folder of the skeleton that a file at rel, relative
// to the prefix, would replace; "" if there is none.
func (t Target) own(rel string) string {
	top, rest, nested := strings.Cut(rel, "/")
	if top == "pyvenv.cfg" || top == "lib64" {
		return top
	}
	if top == "bin" && nested {
		name, _, _ := strings.Cut(rest, "/")
		if reservedScript.MatchString(name) {
			return top + "/" + name
		}
	}
	site := strings.TrimPrefix(t.SitePackages(), t.Prefix+"/")
	if rel == "bin" || strings.HasPrefix(site+"/", rel+"/") {
		return "folder " + rel
	}
	return ""
}

package install

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// Target is the virtual environment for which wheels are laid out.
type Target struct {
	// Prefix is the environment's absolute path in the image: /opt/venv.
	Prefix string
	// Python is the interpreter's version as its library directory is named:
	// "3.13", or "3.13t" for a free-threaded build.
	Python string
}

var pythonVersion = regexp.MustCompile(`^[0-9]+\.[0-9]+t?$`)

// Check reports a target that cannot be laid out for.
func (t Target) Check() error {
	switch {
	case !strings.HasPrefix(t.Prefix, "/") || path.Clean(t.Prefix) != t.Prefix || t.Prefix == "/":
		return fmt.Errorf("prefix %q: want a clean absolute path like /opt/venv", t.Prefix)
	case strings.ContainsAny(t.Prefix, "\"'\\$`") || strings.ContainsFunc(t.Prefix, func(r rune) bool { return r < ' ' || r == 0x7f }):
		// It stands in the first lines of scripts.
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

// bin is where scripts go.
func (t Target) bin() string { return t.Prefix + "/bin" }

// interpreter is the environment's own Python, which scripts are started by.
func (t Target) interpreter() string { return t.bin() + "/python" }

// number is the version without the mark of a free-threaded build.
func (t Target) number() string { return strings.TrimSuffix(t.Python, "t") }

// scheme gives the absolute image path of a key of the wheel's .data
// directory; project is the name under which headers are filed.
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

// place gives the place of an absolute image path in the environment. lib64
// is a link to lib there: a wheel that brings files for lib64 would otherwise
// put a real directory in the link's place once layers are merged. What the
// environment itself consists of is nobody's to replace.
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

// own gives what of the environment itself a file at rel, relative to the
// prefix, would take the place of, or nothing: a file of the skeleton, as a
// file or as a folder, or a folder that the skeleton has, as a file.
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

package install

import (
	"fmt"
	"strings"
)

// splitFilename takes name and version out of a wheel's file name
// ({name}-{version}(-{build})?-{python}-{abi}-{platform}.whl). The tags are
// not looked at: whoever chose the wheel has judged them.
func splitFilename(filename string) (name, version string, err error) {
	stem, ok := strings.CutSuffix(filename, ".whl")
	if !ok {
		return "", "", fmt.Errorf("not a wheel: the file name does not end in .whl")
	}
	parts := strings.Split(stem, "-")
	if len(parts) != 5 && len(parts) != 6 {
		return "", "", fmt.Errorf("not a wheel's file name: want name-version(-build)-python-abi-platform.whl")
	}
	if normalizeName(parts[0]) == "" || parts[1] == "" {
		return "", "", fmt.Errorf("not a wheel's file name: name or version is empty")
	}
	return parts[0], parts[1], nil
}

// normalizeName is PEP 503's normal form of a project name.
func normalizeName(name string) string {
	var b strings.Builder
	pending := false
	for _, r := range strings.ToLower(name) {
		if r == '-' || r == '_' || r == '.' {
			pending = b.Len() > 0
			continue
		}
		if pending {
			b.WriteByte('-')
			pending = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// sameVersion compares two spellings of a version as they occur in file and
// directory names. It knows case, separators, leading and trailing zeros: a
// false "no" costs a warning only, so it does not parse PEP 440 in full.
func sameVersion(a, b string) bool {
	return looseVersion(a) == looseVersion(b)
}

func looseVersion(v string) string {
	v = strings.TrimPrefix(strings.ToLower(v), "v")
	fields := strings.FieldsFunc(v, func(r rune) bool {
		return r == '.' || r == '-' || r == '_' || r == '+' || r == '!'
	})
	for i, f := range fields {
		if t := strings.TrimLeft(f, "0"); t != "" && t[0] >= '0' && t[0] <= '9' {
			fields[i] = t
		} else if t == "" {
			fields[i] = "0"
		}
	}
	for len(fields) > 1 && fields[len(fields)-1] == "0" {
		fields = fields[:len(fields)-1]
	}
	return strings.Join(fields, ".")
}

// isDistInfo reports whether Python takes a name in site-packages for that of
// an installed distribution's metadata; it does not look at the case.
func isDistInfo(name string) bool {
	return strings.HasSuffix(strings.ToLower(name), ".dist-info")
}

// findDistInfo finds the archive's only top-level .dist-info directory and
// holds its name against the file name's.
func findDistInfo(a *archive, name string) (string, error) {
	var found string
	for _, m := range a.members {
		top, _, nested := strings.Cut(m.path, "/")
		if !isDistInfo(top) || top == found {
			continue
		}
		if !nested && !m.dir {
			return "", memberErrorf(m.path, "is a file and has the name of a .dist-info directory")
		}
		if found != "" {
			return "", fmt.Errorf("more than one .dist-info directory: %s and %s", found, top)
		}
		found = top
	}
	if found == "" {
		return "", fmt.Errorf("no .dist-info directory")
	}
	stem, ok := strings.CutSuffix(found, ".dist-info")
	if !ok {
		return "", fmt.Errorf("the directory %s is not spelled .dist-info", found)
	}
	project, _, _ := strings.Cut(stem, "-")
	if normalizeName(project) != normalizeName(name) {
		return "", fmt.Errorf("the file name says %s, the archive holds %s", name, found)
	}
	return found, nil
}

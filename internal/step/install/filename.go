package install

import (
	"fmt"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/wheel"
)

// sameVersion reports whether two spellings of a version in file and directory
// names mean the same version (PEP 440). In such names "-" and "+" may be
// written as "_".
func sameVersion(a, b string) bool {
	if looseVersion(a) == looseVersion(b) {
		return true
	}
	x, errX := pep440.Parse(strings.Replace(a, "_", "+", 1))
	y, errY := pep440.Parse(strings.Replace(b, "_", "+", 1))
	return errX == nil && errY == nil && x.Equal(y)
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

// isDistInfo reports whether a name in site-packages is that of an installed
// distribution's metadata for Python, which ignores case.
func isDistInfo(name string) bool {
	return strings.HasSuffix(strings.ToLower(name), ".dist-info")
}

// findDistInfo finds the archive's only top-level .dist-info directory and
// compares its name with the file name.
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
	if !strings.HasSuffix(found, wheel.DistInfo) {
		return "", fmt.Errorf("the directory %s is not spelled .dist-info", found)
	}
	if wheel.Package(found) != pep503.Normalize(name) {
		return "", fmt.Errorf("the file name says %s, the archive holds %s", name, found)
	}
	return found, nil
}

// Package wheel reads the parts of every wheel: its file name, the fields of
// its METADATA and WHEEL files, and its RECORD.
//
// It turns texts into plain data. It opens no files and does not compare tags:
// package tags knows which wheel fits, and internal/step/install installs one.
package wheel

import (
	"errors"
	"fmt"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
)

// Filename is a wheel's file name in its parts, as they are written.
type Filename struct {
	Name, Version string
	// Build is the build number; empty where there is none.
	Build string
	// Tag is the last three parts, "cp313-cp313-manylinux_2_17_x86_64".
	Tag string
}

// SplitFilename splits "name-version[-build]-python-abi-platform.whl". It
// checks neither the version nor the tags.
func SplitFilename(filename string) (Filename, error) {
	stem, ok := strings.CutSuffix(filename, ".whl")
	if !ok {
		return Filename{}, errors.New("it does not end in .whl")
	}
	parts := strings.Split(stem, "-")
	if len(parts) != 5 && len(parts) != 6 {
		return Filename{}, fmt.Errorf("it has %d parts instead of name-version(-build)-python-abi-platform", len(parts))
	}
	if strings.Trim(parts[0], "_.") == "" || parts[1] == "" {
		return Filename{}, errors.New("it has no name or no version")
	}
	f := Filename{Name: parts[0], Version: parts[1], Tag: strings.Join(parts[len(parts)-3:], "-")}
	if len(parts) == 6 {
		f.Build = parts[2]
		if f.Build == "" || f.Build[0] < '0' || f.Build[0] > '9' {
			return Filename{}, fmt.Errorf("the build number %q does not start with a digit", f.Build)
		}
	}
	return f, nil
}

// DistInfo is how the name of the folder ends that holds what an installed
// package says of itself.
const DistInfo = ".dist-info"

// SplitDistInfo gives a package's name and version as the name of its folder
// has them: "name-version.dist-info".
func SplitDistInfo(folder string) (name, version string, ok bool) {
	stem, ok := strings.CutSuffix(folder, DistInfo)
	if !ok {
		return "", "", false
	}
	name, version, _ = strings.Cut(stem, "-")
	return name, version, true
}

// Package returns the normalised name of the package of a folder
// "name-version.dist-info"; empty for other folders.
func Package(folder string) string {
	name, _, _ := SplitDistInfo(folder)
	return pep503.Normalize(name)
}

// AnyPlatform reports whether a wheel is for every platform by its file name,
// so that it holds no compiled code.
func AnyPlatform(filename string) bool {
	return strings.HasSuffix(filename, "-none-any.whl")
}

package images

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// compiledOn is the Debian release on which the Pythons of prefixes were compiled. Its libraries are the ones that they
// load.
const compiledOn = "bookworm"

// loaded are the packages of the libraries that a Python loads which was compiled with all of its modules. prefix.sh says
// what is missing.
var loaded = []string{
	"libbz2-1.0", "libdb5.3", "libffi8", "libgdbm-compat4", "liblzma5", "libncursesw6", "libnsl2", "libreadline8",
	"libsqlite3-0", "libssl3", "libuuid1", "zlib1g",
}

// headers are what packages are compiled with for such a Python, of which fewer have wheels. The official image has all of
// them.
var headers = []string{
	"default-libmysqlclient-dev", "libcurl4-openssl-dev", "libjpeg-dev", "libsqlite3-dev", "libxml2-dev", "libxslt1-dev", "libyaml-dev",
}

// releaseLine is the line of patchlevel.h with Python's full version.
var releaseLine = regexp.MustCompile(`(?m)^#define\s+PY_VERSION\s+"(\d+\.\d+\.\d+)\S*"`)

// releaseOf is the full version, X.Y.Z, of the Python X.Y in a prefix.
func releaseOf(version, prefix string) (string, error) {
	// Before 3.8 the folder's name ends with m.
	for _, folder := range []string{"python" + version, "python" + version + "m"} {
		header, err := os.ReadFile(filepath.Join(prefix, "include", folder, "patchlevel.h"))
		if err != nil {
			continue
		}
		if found := releaseLine.FindSubmatch(header); found != nil && strings.HasPrefix(string(found[1]), version+".") {
			return string(found[1]), nil
		}
	}
	return "", fmt.Errorf("%q is no prefix of a Python %s with its headers", prefix, version)
}

// fromPrefix is the recipe of the image of a Python that was compiled on this machine, slim or full.
func fromPrefix(version, prefix, release, kind string) Recipe {
	r := Recipe{
		Name: "python-" + version + "-" + kind, Suite: compiledOn, Arch: "amd64", Repository: "library/python",
		Version: version, Kind: kind, Prefix: prefix, Release: release,
	}
	include, suffix := slimPackages, "-slim"
	if kind == "full" {
		include, suffix = slices.Concat(fullPackages, headers), ""
	}
	debians := func(name string) bool { return strings.HasPrefix(name, "python3") }
	r.Include = slices.Concat(slices.DeleteFunc(slices.Clone(include), debians), loaded)
	r.Tags = []string{version + suffix, version + suffix + "-" + compiledOn, release + suffix, release + suffix + "-" + compiledOn}
	return r
}

// Debians are those of the Pythons (OfPythons) that come from Debian's packages.
func Debians(pythons []string) []string {
	return slices.DeleteFunc(slices.Clone(pythons), func(python string) bool { return strings.Contains(python, "=") })
}

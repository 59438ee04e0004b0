package diagnose

import (
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/source/regex"
)

// missingPackage are the messages of package managers for a package that no
// repository has, or has in another version only.
var missingPackage = map[string][]*regex.Regexp{
	environment.Apt: {
		regex.New(`(?m)^E(?:rror)?: (Unable to locate package (\S+))$`),
		regex.New(`(?m)^E(?:rror)?: (Package '([^']+)' has no installation candidate)$`),
		regex.New(`(?m)^E(?:rror)?: ((?:Version|Release) '[^']*' for '([^']+)' was not found)$`),
	},
	environment.Apk: {regex.New(`(?m)^\s*((\S+) \(no such package\)):$`)},
	environment.Dnf: {
		regex.New(`(?m)^(?:Error: )?((?:No match for argument|Unable to find a match): (\S+))`),
		regex.New(`(?m)^error: (No package matches '([^']+)')`),
	},
}

// Distribution reads the output of a package manager ("apt", "apk" or "dnf").
// The diagnosis' Package is the name of the distribution's package; ok is false
// if the output names no missing package.
func Distribution(manager, output string) (d Diagnosis, ok bool) {
	output = strings.ReplaceAll(output, "\r", "")
	first := len(output)
	for _, form := range missingPackage[manager] {
		m := form.FindStringSubmatchIndex(output)
		if m == nil || m[0] >= first {
			continue
		}
		first, ok = m[0], true
		d = Diagnosis{Package: output[m[4]:m[5]], Msg: manager + ": " + output[m[2]:m[3]],
			Hint: "look up how this release of the distribution calls it"}
	}
	return d, ok
}

// SamePackage reports whether two requests ask for the same package of a
// distribution, whatever version, architecture or repository they name.
func SamePackage(a, b string) bool { return bareName(a) == bareName(b) }

// bareName is a package's name without version, architecture or repository.
func bareName(name string) string {
	if n := strings.IndexAny(name, "=/:<>~@"); n > 0 {
		return name[:n]
	}
	return name
}

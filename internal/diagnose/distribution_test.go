package diagnose

import "testing"

func TestPackagesThatADistributionDoesNotHave(t *testing.T) {
	for _, test := range []struct{ name, manager, output, want, msg string }{
		{"apt does not know it", "apt", "Reading package lists...\nBuilding dependency tree...\nE: Unable to locate package libfoo5\nE: Unable to locate package libbar\n", "libfoo5", "apt: Unable to locate package libfoo5"},
		{"apt 3 does not know it", "apt", "Error: Unable to locate package libfoo5\r\n", "libfoo5", "apt: Unable to locate package libfoo5"},
		{"apt knows it by name alone", "apt", "Package git-core is not available, but is referred to by another package.\n\nE: Package 'git-core' has no installation candidate\n", "git-core", "apt: Package 'git-core' has no installation candidate"},
		{"apt has another version", "apt", "E: Version '9.9' for 'curl' was not found\n", "curl", "apt: Version '9.9' for 'curl' was not found"},
		{"apt says the first first", "apt", "E: Version '9.9' for 'curl' was not found\nE: Unable to locate package libfoo\n", "curl", "apt: Version '9.9' for 'curl' was not found"},
		{"apt has no network", "apt", "E: Failed to fetch http://deb.example.com/a.deb  Could not connect\n", "", ""},
		{"apk", "apk", "ERROR: unable to select packages:\n  libfoo (no such package):\n    required by: world[libfoo]\n", "libfoo", "apk: libfoo (no such package)"},
		{"dnf", "dnf", "No match for argument: libfoo\nError: Unable to find a match: libfoo\n", "libfoo", "dnf: No match for argument: libfoo"},
		{"microdnf", "dnf", "error: No package matches 'libfoo'\n", "libfoo", "dnf: No package matches 'libfoo'"},
		{"another program", "pip", "E: Unable to locate package libfoo5\n", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, ok := Distribution(test.manager, test.output)
			if ok != (test.want != "") || d.Package != test.want || d.Msg != test.msg {
				t.Errorf("%v: %+v", ok, d)
			}
		})
	}
}

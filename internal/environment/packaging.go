package environment

import (
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/tags"
)

// machines are the names of OCI's architectures in Python and in platform tags.
var machines = map[string]string{
	"amd64":   "x86_64",
	"arm64":   "aarch64",
	"386":     "i686",
	"ppc64le": "ppc64le",
	"s390x":   "s390x",
	"riscv64": "riscv64",
	"loong64": "loongarch64",
}

// Machine returns the platform's name in markers (platform_machine) and
// platform tags.
func (p Platform) Machine() string {
	if p.Arch == "arm" {
		if p.Variant == "v6" {
			return "armv6l"
		}
		return "armv7l"
	}
	if m, ok := machines[p.Arch]; ok {
		return m
	}
	return p.Arch
}

// Markers returns the values of the environment markers (PEP 508).
// platform_release and platform_version are empty, because only the running
// machine knows them.
func (e Environment) Markers() pep508.Environment {
	full := e.Python.Full
	return pep508.Environment{
		ImplementationName:           "cpython",
		ImplementationVersion:        full,
		OSName:                       "posix",
		PlatformMachine:              e.Platform.Machine(),
		PlatformPythonImplementation: "CPython",
		PlatformSystem:               "Linux",
		PythonFullVersion:            full,
		PythonVersion:                e.Python.Version(),
		SysPlatform:                  "linux",
	}
}

// Tags returns the wheel tags that the environment supports, in the order of
// preference (PEP 425, 600, 656).
func (e Environment) Tags() *tags.Supported {
	return tags.NewSupported(e.Target())
}

// Target returns the properties of the environment on which wheel tags depend.
func (e Environment) Target() tags.Target {
	return tags.Target{
		Major: e.Python.Major, Minor: e.Python.Minor, FreeThreaded: e.Python.FreeThreaded,
		Libc: tags.Libc{Kind: tags.LibcKind(e.Libc.Family), Major: e.Libc.Major, Minor: e.Libc.Minor},
		Arch: e.Platform.Machine(),
	}
}

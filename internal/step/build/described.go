package build

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/tags"
)

// described is what an interpreter says of itself, as far as the choice of packages depends on it.
type described struct {
	target  tags.Target
	markers pep508.Environment
	version pep440.Version
	// prefix is the folder of its installation.
	prefix string
}

// satisfies reports whether the interpreter is one that a Requires-Python allows.
func (d described) satisfies(requiresPython string) bool {
	set, err := pep440.ParseSpecifierSet(requiresPython)
	return err == nil && set.Contains(d.version, pep440.PrereleasesAllowed)
}

// holds evaluates a marker. It fails for one that asks for the machine's kernel, which is not described.
func (d described) holds(m *pep508.Marker, active pep508.Active) (bool, error) {
	if m != nil && slices.ContainsFunc(m.Variables(), func(v string) bool { return v == "platform_release" || v == "platform_version" }) {
		return false, errNeedsPip
	}
	return m.Evaluate(d.markers, active)
}

// describing prints what describe reads. It imports nothing that the interpreter has not loaded at its start, because
// the standard library of a builder seldom has bytecode.
const describing = `import sys, os
def libc():
    try: return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError, OSError): return ""
v = sys.version_info
print('["%s", "%s", %d, %d, "%s", %d, "%s", "%s"]' % (sys.implementation.name, "%d.%d.%d" % v[:3] + {"alpha": "a", "beta": "b", "candidate": "rc"}.get(v[3], "") + (str(v[4]) if v[3] != "final" else ""),
    v[0], v[1], sys.abiflags, sys.maxsize.bit_length() + 1, libc(), sys.prefix))`

// machines are the names of this program's architectures in platform tags. On others pip chooses.
var machines = map[string]string{"amd64": "x86_64", "arm64": "aarch64"}

// describe asks an interpreter. It runs nothing but the interpreter's own code: no site module and no .pth file.
func describe(ctx context.Context, python string) (described, error) {
	machine, ok := machines[runtime.GOARCH]
	if !ok {
		return described{}, fmt.Errorf("no tags are known for %s", runtime.GOARCH)
	}
	out, err := exec.CommandContext(ctx, python, "-I", "-S", "-c", describing).Output()
	if err != nil {
		return described{}, fmt.Errorf("asking %s for its version: %w", python, err)
	}
	var name, full, flags, libc, prefix string
	var major, minor, bits int
	if err := json.Unmarshal(out, &[]any{&name, &full, &major, &minor, &flags, &bits, &libc, &prefix}); err != nil {
		return described{}, fmt.Errorf("what %s says of itself: %w", python, err)
	}
	if name != "cpython" {
		return described{}, fmt.Errorf("%s is %s", python, name)
	}
	if !slices.Contains([]string{"", "m", "t"}, flags) || bits != 64 { // of a debug build, or for another machine than this program
		return described{}, fmt.Errorf("no tags are known for %s with %d bits and the flags %q", python, bits, flags)
	}
	d := described{prefix: prefix, target: tags.Target{Major: major, Minor: minor, FreeThreaded: flags == "t", Arch: machine}}
	if d.version, err = pep440.Parse(full); err != nil {
		return described{}, err
	}
	if d.target.Libc, err = libcOf(ctx, libc); err != nil {
		return described{}, err
	}
	d.markers = pep508.Environment{
		ImplementationName: name, ImplementationVersion: full, OSName: "posix", PlatformMachine: machine,
		PlatformPythonImplementation: "CPython", PlatformSystem: "Linux", PythonFullVersion: full,
		PythonVersion: fmt.Sprintf("%d.%d", major, minor), SysPlatform: "linux",
	}
	return d, nil
}

// libcOf reads the version of glibc as it says it, or asks the loader of musl, which prints its own and fails (PEP 656).
func libcOf(ctx context.Context, glibc string) (tags.Libc, error) {
	l := tags.Libc{Kind: tags.Glibc}
	if n, _ := fmt.Sscanf(glibc, "glibc %d.%d", &l.Major, &l.Minor); n == 2 {
		return l, nil
	}
	loaders, err := filepath.Glob("/lib/ld-musl-*.so.1")
	if err != nil || len(loaders) != 1 {
		return l, errors.New("the C library is not known")
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, loaders[0])
	cmd.Stderr = &said
	_ = cmd.Run()
	l.Kind = tags.Musl
	_, version, _ := strings.Cut(said.String(), "\nVersion ")
	if n, _ := fmt.Sscanf(version, "%d.%d", &l.Major, &l.Minor); n != 2 {
		return l, fmt.Errorf("the version of %s is not known", loaders[0])
	}
	return l, nil
}

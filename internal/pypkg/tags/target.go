package tags

import (
	"fmt"
	"sort"
	"strconv"
)

// LibcKind is the C library of a Linux system.
type LibcKind string

// The C libraries that wheels are built for.
const (
	Glibc LibcKind = "glibc"
	Musl  LibcKind = "musl"
)

// Libc is a C library and its version.
type Libc struct {
	Kind  LibcKind
	Major int
	Minor int
}

// String gives "glibc 2.36".
func (l Libc) String() string { return fmt.Sprintf("%s %d.%d", l.Kind, l.Major, l.Minor) }

// Target is the interpreter wheels are chosen for: CPython on Linux.
type Target struct {
	// Major and Minor are Python's version.
	Major, Minor int
	// FreeThreaded is true for an interpreter without the global lock
	// (python3.13t).
	FreeThreaded bool
	Libc         Libc
	// Arch is the machine as in platform tags: x86_64, aarch64, armv7l,
	// armv8l, i686, ppc64le, s390x, riscv64.
	Arch string
}

// python gives "3.13", or "3.13t" without the global lock.
func (t Target) python() string {
	s := fmt.Sprintf("%d.%d", t.Major, t.Minor)
	if t.FreeThreaded {
		s += "t"
	}
	return s
}

// String gives "Python 3.13 on linux x86_64 with glibc 2.36".
func (t Target) String() string {
	return fmt.Sprintf("Python %s on Linux %s with %s", t.python(), t.Arch, t.Libc)
}

func nodot(major, minor int) string { return strconv.Itoa(major) + strconv.Itoa(minor) }

// maxMinor bounds the loops over versions; no input may make them long.
const maxMinor = 200

// glibcArchs are the machines manylinux is defined for.
var glibcArchs = map[string]bool{
	"x86_64": true, "i686": true, "aarch64": true, "armv7l": true, "armv8l": true,
	"ppc64": true, "ppc64le": true, "s390x": true, "loongarch64": true, "riscv64": true,
}

// Platforms gives the platform tags the target accepts, best first: a plain
// "linux" wheel, which was built on a machine like this one, then the newest
// libc.
func (t Target) Platforms() []string {
	archs := []string{t.Arch}
	if t.Arch == "armv8l" { // 32 bit Python on a 64 bit ARM kernel
		archs = append(archs, "armv7l")
	}
	var platforms []string
	for _, arch := range archs {
		platforms = append(platforms, "linux_"+arch)
	}
	for _, arch := range archs {
		switch t.Libc.Kind {
		case Glibc:
			platforms = append(platforms, t.manylinux(arch)...)
		case Musl:
			for minor := min(t.Libc.Minor, maxMinor); minor >= 0; minor-- {
				platforms = append(platforms, fmt.Sprintf("musllinux_%d_%d_%s", t.Libc.Major, minor, arch))
			}
		}
	}
	return platforms
}

func (t Target) manylinux(arch string) []string {
	if !glibcArchs[t.Arch] || t.Libc.Major != 2 {
		return nil
	}
	oldest := 17
	if t.Arch == "x86_64" || t.Arch == "i686" {
		oldest = 5
	}
	var platforms []string
	for minor := min(t.Libc.Minor, maxMinor); minor >= oldest; minor-- {
		platforms = append(platforms, fmt.Sprintf("manylinux_2_%d_%s", minor, arch))
		if name := legacyManylinux[minor]; name != "" {
			platforms = append(platforms, name+"_"+arch)
		}
	}
	return platforms
}

// legacyManylinux maps a minor version of glibc 2 to the name manylinux had
// for it before PEP 600.
var legacyManylinux = map[int]string{5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}

// Supported is the tags a target accepts, in order of preference.
type Supported struct {
	Target Target
	tags   []Tag
	rank   map[Tag]int
}

// NewSupported lists the tags of a target.
func NewSupported(t Target) *Supported {
	s := &Supported{Target: t, rank: map[Tag]int{}}
	platforms := t.Platforms()
	add := func(interpreter, abi string, platforms ...string) {
		for _, p := range platforms {
			tag := Tag{interpreter, abi, p}
			if _, ok := s.rank[tag]; !ok {
				s.rank[tag] = len(s.tags)
				s.tags = append(s.tags, tag)
			}
		}
	}
	own := "cp" + nodot(t.Major, t.Minor)
	stable := ""
	if t.Major > 3 || t.Major == 3 && t.Minor >= 2 {
		stable = "abi3"
		if t.FreeThreaded {
			stable = "abi3t"
		}
	}
	add(own, t.abi(), platforms...)
	if stable != "" {
		add(own, stable, platforms...)
	}
	add(own, "none", platforms...)
	minor := min(t.Minor, maxMinor)
	if stable != "" {
		for m := minor - 1; m > 1; m-- {
			add("cp"+nodot(t.Major, m), stable, platforms...)
		}
	}
	generic := []string{"py" + nodot(t.Major, minor), "py" + strconv.Itoa(t.Major)}
	for m := minor - 1; m >= 0; m-- {
		generic = append(generic, "py"+nodot(t.Major, m))
	}
	for _, interpreter := range generic {
		add(interpreter, "none", platforms...)
	}
	add(own, "none", "any")
	for _, interpreter := range generic {
		add(interpreter, "none", "any")
	}
	return s
}

// abi gives the target's own ABI: cp313, cp313t, cp37m.
func (t Target) abi() string {
	abi := "cp" + nodot(t.Major, t.Minor)
	switch {
	case t.FreeThreaded:
		return abi + "t"
	case t.Major == 3 && t.Minor < 8:
		return abi + "m"
	}
	return abi
}

// Tags gives the tags, best first.
func (s *Supported) Tags() []Tag { return append([]Tag(nil), s.tags...) }

// Rank gives how well a tag set fits: 0 is best; false means not at all.
func (s *Supported) Rank(set Set) (int, bool) {
	best, found := 0, false
	for _, i := range set.Interpreters {
		for _, a := range set.ABIs {
			for _, p := range set.Platforms {
				if r, ok := s.rank[Tag{i, a, p}]; ok && (!found || r < best) {
					best, found = r, true
				}
			}
		}
	}
	return best, found
}

// Fits gives those wheels that fit, by index, best first: by the rank of
// their tags, then the highest build number, then the order given.
func (s *Supported) Fits(wheels []Wheel) []int {
	type candidate struct{ index, rank int }
	var fits []candidate
	for i, w := range wheels {
		if r, ok := s.Rank(w.Tags); ok {
			fits = append(fits, candidate{i, r})
		}
	}
	sort.SliceStable(fits, func(a, b int) bool {
		if fits[a].rank != fits[b].rank {
			return fits[a].rank < fits[b].rank
		}
		return wheels[fits[a].index].Build.Compare(wheels[fits[b].index].Build) > 0
	})
	indexes := make([]int, len(fits))
	for i, c := range fits {
		indexes[i] = c.index
	}
	return indexes
}

// Best gives the index of the wheel to install, or false if none fits.
func (s *Supported) Best(wheels []Wheel) (int, bool) {
	if fits := s.Fits(wheels); len(fits) > 0 {
		return fits[0], true
	}
	return 0, false
}

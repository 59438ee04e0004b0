package tags

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// WhyNot says in a few words why a wheel does not fit the target: "for
// Python 3.12", "needs glibc 2.34", "for macOS". It gives "" for a wheel that
// fits. Where several things are wrong it names the platform first, since
// that is the one a person can least change.
func (s *Supported) WhyNot(set Set) string {
	if _, ok := s.Rank(set); ok {
		return ""
	}
	if reason := s.Target.whyNotPlatform(set.Platforms); reason != "" {
		return reason
	}
	if reason := s.Target.whyNotPython(set); reason != "" {
		return reason
	}
	return "its tag " + set.String() + " does not fit"
}

// WhyNone sums up why none of several wheels fits: each reason once, with the
// ones that concern only the libc or Python version first.
func (s *Supported) WhyNone(wheels []Wheel) string {
	count := map[string]int{}
	for _, w := range wheels {
		count[s.WhyNot(w.Tags)]++
	}
	delete(count, "")
	joinPythons(count)
	reasons := make([]string, 0, len(count))
	for r := range count {
		reasons = append(reasons, r)
	}
	sort.Slice(reasons, func(i, j int) bool {
		a, b := weight(reasons[i]), weight(reasons[j])
		if a != b {
			return a < b
		}
		return reasons[i] < reasons[j]
	})
	const most = 6
	if len(reasons) > most {
		reasons = append(reasons[:most:most], fmt.Sprintf("and %d more", len(reasons)-most))
	}
	return strings.Join(reasons, ", ")
}

// joinPythons makes one reason of several Python versions.
func joinPythons(count map[string]int) {
	var pythons []string
	for r := range count {
		if v, ok := strings.CutPrefix(r, forPython); ok && v[0] >= '0' && v[0] <= '9' {
			pythons = append(pythons, v)
			delete(count, r)
		}
	}
	if len(pythons) == 0 {
		return
	}
	slices.SortFunc(pythons, comparePythons)
	count[forPython+strings.Join(pythons, ", ")] = 1
}

const forPython = "for Python "

// comparePythons puts 3.9 before 3.10.
func comparePythons(a, b string) int {
	minor := func(s string) int {
		_, rest, _ := strings.Cut(s, ".")
		n, _ := strconv.Atoi(rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))])
		return n
	}
	if c := minor(a) - minor(b); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

func weight(reason string) int {
	switch {
	case strings.HasPrefix(reason, "needs"):
		return 0
	case strings.HasPrefix(reason, "for Python"), strings.HasPrefix(reason, "for CPython"):
		return 1
	case strings.HasPrefix(reason, "for Linux"):
		return 2
	}
	return 3
}

func (t Target) whyNotPlatform(platforms []string) string {
	accepted := map[string]bool{"any": true}
	for _, p := range t.Platforms() {
		accepted[p] = true
	}
	reasons := map[string]bool{}
	var closest string
	closestNeed := -1
	for _, p := range platforms {
		if accepted[p] {
			return ""
		}
		reason, need := t.whyNotOne(p)
		if need > 0 && (closestNeed < 0 || need < closestNeed) {
			closest, closestNeed = reason, need
		}
		reasons[reason] = true
	}
	if closest != "" {
		return closest // the least demanding of several versions of one libc
	}
	all := make([]string, 0, len(reasons))
	for r := range reasons {
		all = append(all, r)
	}
	sort.Strings(all)
	return strings.Join(all, " and ")
}

// whyNotOne explains one platform tag. need is the libc version it wants, as
// one number, when only that is missing.
func (t Target) whyNotOne(p string) (reason string, need int) {
	switch {
	case strings.HasPrefix(p, "macosx"):
		return "for macOS", 0
	case strings.HasPrefix(p, "win"):
		return "for Windows", 0
	case strings.HasPrefix(p, "ios"):
		return "for iOS", 0
	case strings.HasPrefix(p, "android"):
		return "for Android", 0
	case strings.HasPrefix(p, "pyodide"), strings.HasPrefix(p, "emscripten"), strings.HasPrefix(p, "pyemscripten"):
		return "for Pyodide", 0
	}
	kind, major, minor, arch, ok := splitLinux(p)
	if !ok {
		return "for " + p, 0
	}
	if arch != t.Arch {
		return "for Linux " + arch, 0
	}
	if kind == "" {
		return "for " + p, 0
	}
	if kind != t.Libc.Kind {
		return fmt.Sprintf("for Linux with %s", kind), 0
	}
	return fmt.Sprintf("needs %s %d.%d", kind, major, minor), major*1000 + minor
}

// splitLinux takes a Linux platform tag apart.
func splitLinux(p string) (kind LibcKind, major, minor int, arch string, ok bool) {
	for legacyMinor, name := range legacyManylinux {
		if a, ok := strings.CutPrefix(p, name+"_"); ok {
			return Glibc, 2, legacyMinor, a, true
		}
	}
	rest := ""
	if r, ok := strings.CutPrefix(p, "manylinux_"); ok {
		kind, rest = Glibc, r
	} else if r, ok := strings.CutPrefix(p, "musllinux_"); ok {
		kind, rest = Musl, r
	} else if r, ok := strings.CutPrefix(p, "linux_"); ok {
		return "", 0, 0, r, true
	} else {
		return "", 0, 0, "", false
	}
	parts := strings.SplitN(rest, "_", 3)
	if len(parts) != 3 {
		return "", 0, 0, "", false
	}
	major, err1 := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	if err1 != nil || err2 != nil || major < 0 || minor < 0 || major > 1000 || minor > 999 {
		return "", 0, 0, "", false
	}
	return kind, major, minor, parts[2], true
}

func (t Target) whyNotPython(set Set) string {
	var versions []string
	other := map[string]bool{}
	seen := map[string]bool{}
	add := func(v string) {
		if !seen[v] {
			seen[v] = true
			versions = append(versions, v)
		}
	}
	own := "cp" + nodot(t.Major, t.Minor)
	for _, interpreter := range set.Interpreters {
		name, major, minor, ok := splitInterpreter(interpreter)
		switch {
		case !ok:
			other[interpreter] = true
		case name == "pp":
			other["PyPy"] = true
		case name == "graalpy":
			other["GraalPy"] = true
		case name != "cp" && name != "py":
			other[interpreter] = true
		case minor < 0:
			add(strconv.Itoa(major))
		default:
			v := fmt.Sprintf("%d.%d", major, minor)
			if name == "cp" && contains(set.ABIs, interpreter+"t") {
				v += "t"
			}
			if contains(set.ABIs, "abi3") || name == "py" {
				v += " and newer"
			}
			if interpreter == own && !contains(set.ABIs, interpreter+"t") && t.FreeThreaded {
				v = fmt.Sprintf("%d.%d with the global lock", major, minor)
			}
			add(v)
		}
	}
	if t.FreeThreaded && contains(set.ABIs, "abi3") && len(versions) > 0 {
		return "for Python with the global lock"
	}
	if len(versions) > 0 {
		return "for Python " + strings.Join(versions, ", ")
	}
	if len(other) > 0 {
		names := make([]string, 0, len(other))
		for n := range other {
			names = append(names, n)
		}
		sort.Strings(names)
		return "for " + strings.Join(names, ", ")
	}
	return ""
}

// splitInterpreter takes "cp313", "py3" or "pp310" apart; minor is -1 where
// none is named.
func splitInterpreter(s string) (name string, major, minor int, ok bool) {
	digits := strings.TrimLeft(s, "abcdefghijklmnopqrstuvwxyz_")
	name = s[:len(s)-len(digits)]
	if digits == "" || digits[0] < '0' || digits[0] > '9' {
		return name, 0, 0, false
	}
	major = int(digits[0] - '0')
	if len(digits) == 1 {
		return name, major, -1, true
	}
	minor, err := strconv.Atoi(digits[1:])
	if err != nil || minor < 0 {
		return name, 0, 0, false
	}
	return name, major, minor, true
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

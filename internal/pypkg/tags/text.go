package tags

import (
	"fmt"
	"strconv"
	"strings"
)

// Text writes the target in a form that ParseTarget reads, for a command line:
// "3.13 x86_64 glibc 2.41".
func (t Target) Text() string {
	return fmt.Sprintf("%s %s %s", t.python(), t.Arch, t.Libc)
}

// ParseTarget reads what Text wrote.
func ParseTarget(text string) (Target, error) {
	fail := fmt.Errorf("%.80q is not a target like %q", text, "3.13 x86_64 glibc 2.41")
	parts := strings.Fields(text)
	if len(parts) != 4 {
		return Target{}, fail
	}
	pair := func(s string) (a, b int, ok bool) {
		first, second, ok := strings.Cut(s, ".")
		a, errA := strconv.Atoi(first)
		b, errB := strconv.Atoi(second)
		return a, b, ok && errA == nil && errB == nil
	}
	python, free := strings.CutSuffix(parts[0], "t")
	t := Target{FreeThreaded: free, Arch: parts[1], Libc: Libc{Kind: LibcKind(parts[2])}}
	var ok bool
	if t.Major, t.Minor, ok = pair(python); !ok {
		return Target{}, fail
	}
	if t.Libc.Major, t.Libc.Minor, ok = pair(parts[3]); !ok {
		return Target{}, fail
	}
	return t, nil
}

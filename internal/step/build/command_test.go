package build

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestWhatAFailedCommandPrintedIsFoundInPipsLog(t *testing.T) {
	log := `2026-11-23T19:58:02,781 Building wheels for collected packages: a
2026-11-23T19:58:02,782   Running command Getting requirements to build wheel
2026-11-23T19:58:02,783   running egg_info
2026-11-23T19:58:02,784   Running command Building wheel for a (pyproject.toml)
2026-11-23T19:58:02,785   building 'a' extension
2026-11-23T19:58:02,786   a.c:1:10: fatal error: ffi.h: No such file or directory
2026-11-23T19:58:02,786
2026-11-23T19:58:02,787   ERROR: Building wheel for a (pyproject.toml) exited with 1
2026-11-23T19:58:02,788   [bold magenta]cwd[/]: /x
`
	want := []string{"  building 'a' extension", "  a.c:1:10: fatal error: ffi.h: No such file or directory"}
	if got := failedCommand(log); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	for _, nothing := range []string{"", "ERROR: x exited with 1", "Running command x\n"} {
		if got := failedCommand(nothing); len(got) != 0 {
			t.Errorf("%q gives %q", nothing, got)
		}
	}
	var b strings.Builder
	b.WriteString("Running command x\n")
	for n := range 1000 {
		fmt.Fprintf(&b, "line %d\n", n)
	}
	b.WriteString("ERROR: x exited with 1\n")
	if got := failedCommand(b.String()); len(got) != maxCommand || got[maxCommand-1] != "line 999" {
		t.Errorf("got %d lines, the last %q", len(got), got[len(got)-1])
	}
}

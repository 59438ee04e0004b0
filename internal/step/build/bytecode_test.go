package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestBytecodeIsGoodAfterItsSourceGotAnotherTime(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("skipped: there is no python3 on this machine")
	}
	const epoch = 315619200
	dir := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(python, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
		return string(out)
	}
	var sources []string
	for _, name := range []string{"timed", "hashed", "stale"} {
		source := filepath.Join(dir, name+".py")
		if err := os.WriteFile(source, []byte("x = 1\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		sources = append(sources, source)
	}
	run("-c", "import py_compile as c; c.compile('timed.py'); c.compile('timed.py', optimize=1); c.compile('stale.py'); c.compile('hashed.py', invalidation_mode=c.PycInvalidationMode.CHECKED_HASH)")
	if err := os.Chtimes(sources[2], time.Unix(7, 0), time.Unix(7, 0)); err != nil {
		t.Fatal(err)
	}
	stamped, err := keepBytecode(sources, epoch)
	if err != nil || len(stamped) != 2 || !strings.Contains(stamped[0], "timed.") || !strings.Contains(stamped[1], "timed.") {
		t.Fatalf("changed %q, %v", stamped, err)
	}
	if err := setTimes(append(sources, stamped...), epoch); err != nil {
		t.Fatal(err)
	}
	if said := run("-v", "-c", "import timed, hashed, stale"); strings.Contains(said, "bytecode is stale for 'timed'") ||
		!strings.Contains(said, "bytecode is stale for 'stale'") {
		t.Errorf("Python says: %s", said)
	}
}

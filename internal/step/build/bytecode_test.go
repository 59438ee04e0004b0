package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// python3 is this machine's own Python.
func python3(t *testing.T) string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("skipped: there is no python3 on this machine")
	}
	return python
}

func TestBytecodeIsGoodAfterItsSourceGotAnotherTime(t *testing.T) {
	python := python3(t)
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

func TestBytecodeOfALinkHasTheTimeOfTheFileBehindIt(t *testing.T) {
	python := python3(t)
	const epoch = 315619200
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var files, links []string
	for _, name := range []string{"changed", "kept"} {
		file, link := filepath.Join(dir, "etc", name+".py"), filepath.Join(dir, name+".py")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("x = 1\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("etc/"+name+".py", link); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(python, "-c", "import py_compile, sys; py_compile.compile(sys.argv[1], invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP, doraise=True, cfile=__import__('importlib.util').util.cache_from_source(sys.argv[1]))", link).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		files, links = append(files, file), append(links, link)
	}
	// The file behind the second link is another layer's and keeps its time.
	if err := setTimesAndBytecode(append(links, files[0]), epoch); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-v", "-c", "import changed, kept")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), "bytecode is stale for") || !strings.Contains(string(out), "code object from '"+dir+"/__pycache__/changed.") && !strings.Contains(string(out), "matches "+dir+"/changed.py") {
		t.Errorf("%v, Python says: %s", err, out)
	}
}

func TestASymlinkOfAnImageIsFollowedWithinTheImage(t *testing.T) {
	root := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("etc/site.py", "x = 1\n")
	if err := os.Chtimes(filepath.Join(root, "etc/site.py"), time.Unix(7, 0), time.Unix(7, 0)); err != nil {
		t.Fatal(err)
	}
	// Magic number, flags, time and size, as in PEP 552.
	write("usr/lib/__pycache__/site.cpython-313.pyc", "\x01\x02\r\n\x00\x00\x00\x00\x07\x00\x00\x00\x06\x00\x00\x00code")
	if err := os.Symlink("/etc/site.py", filepath.Join(root, "usr/lib/site.py")); err != nil {
		t.Fatal(err)
	}
	header := func() string {
		content, err := os.ReadFile(filepath.Join(root, "usr/lib/__pycache__/site.cpython-313.pyc"))
		if err != nil {
			t.Fatal(err)
		}
		return string(content[8:12])
	}
	// The source is not copied, so that its time is that of another layer.
	if err := keepBytecodeBelow(tree(root), []string{"/usr"}, 9); err != nil || header() != "\x07\x00\x00\x00" {
		t.Errorf("%v, %q", err, header())
	}
	if err := keepBytecodeBelow(tree(root), []string{"/"}, 9); err != nil || header() != "\x09\x00\x00\x00" {
		t.Errorf("%v, %q", err, header())
	}
	// A step of a stage may run before the copy that sets all times.
	if info, err := os.Stat(filepath.Join(root, "etc/site.py")); err != nil || info.ModTime().Unix() != 9 {
		t.Errorf("the source does not have the time in its bytecode: %v, %v", info.ModTime(), err)
	}
	if err := keepBytecodeBelow(tree(root), []string{"/missing"}, 9); err != nil {
		t.Errorf("the copy names a missing folder, and not this step: %v", err)
	}
}

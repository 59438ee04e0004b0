package install

import (
	"archive/zip"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// site is where modules go in the tests' target.
const site = "/opt/venv/lib/python3.13/site-packages"

// everything is a wheel with one of each: modules, executables, all of .data,
// commands, licences, oddities that are no errors.
func everything() []testMember {
	return standardWheel(
		testMember{name: "demo/"},
		testMember{name: "demo/__init__.py", data: "x = 1\n", mode: 0o600},
		testMember{name: "demo/tool.so", data: "\x7fELF", mode: 0o4755},
		testMember{name: "demo/empty", data: ""},
		testMember{name: "demo/big.bin", data: strings.Repeat("0123456789abcdef", 200_000)},
		testMember{name: "demo/naïve, \"quoted\".txt", data: "ü"},
		testMember{name: "demo/__pycache__/__init__.cpython-313.pyc", data: "evil"},
		testMember{name: testData + "/purelib/pure.py", data: "pure = 1\n"},
		testMember{name: testData + "/platlib/plat.py", data: "plat = 1\n"},
		testMember{name: testData + "/scripts/tool", data: "#!python -O\nprint('tool')\n"},
		testMember{name: testData + "/scripts/tool.sh", data: "#!/bin/sh\necho tool\n"},
		testMember{name: testData + "/scripts/run-script.py", data: "#!python\nlegacy\n"},
		testMember{name: testData + "/headers/demo.h", data: "#define DEMO\n"},
		testMember{name: testData + "/data/share/man/man1/demo.1", data: ".TH demo\n"},
		testMember{name: testData + "/data/lib64/demo/plugin.so", data: "\x7fELF"},
		testMember{name: testInfo + "/licenses/LICENSE", data: "free\n"},
		testMember{name: testInfo + "/INSTALLER", data: "somebody\n"},
		testMember{name: testInfo + "/REQUESTED", data: ""},
		testMember{name: testInfo + "/direct_url.json", data: "{}"},
		entryPointsMember("[console_scripts]\nrun = demo.cli:main\n[gui_scripts]\nshow = demo.gui:App.show [gui]\n"),
	)
}

func TestAWheelWithOneOfEachGivesTheGoldenTree(t *testing.T) {
	path := writeWheel(t, testFilename, zipBytes(t, everything()))
	root, res, err := layOut(t, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := listing(t, root) + "\nRECORD\n" + readOut(t, root, site+"/"+testInfo+"/RECORD") +
		"\nbin/run\n" + readOut(t, root, "/opt/venv/bin/run") +
		"\nbin/show\n" + readOut(t, root, "/opt/venv/bin/show") +
		"\nbin/tool\n" + readOut(t, root, "/opt/venv/bin/tool") +
		"\nwarnings\n" + strings.Join(res.Warnings, "\n") + "\n"
	golden := filepath.Join("testdata", "everything.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestTheTreeDependsOnNothingButTheWheel(t *testing.T) {
	data := zipBytes(t, everything())
	var first string
	for i := range 8 {
		// Neither the number of workers nor the umask may show.
		old := syscall.Umask(i * 0o11)
		root, _, err := layOut(t, writeWheel(t, testFilename, data), Options{Workers: i%4 + 1})
		syscall.Umask(old)
		if err != nil {
			t.Fatal(err)
		}
		// The root itself is the caller's directory: its mode is not ours.
		_, got, _ := strings.Cut(listing(t, root+"/opt"), "\n")
		if first == "" {
			first = got
		} else if got != first {
			t.Fatalf("run %d:\n%s\nfirst:\n%s", i, got, first)
		}
	}
}

func TestFilesOfTheResultAreTheFilesOfTheTree(t *testing.T) {
	root, res, err := layOut(t, writeWheel(t, testFilename, zipBytes(t, everything())), Options{})
	if err != nil {
		t.Fatal(err)
	}
	tree := listing(t, root)
	for i, f := range res.Files {
		if !strings.Contains(tree, f.Path+" ") {
			t.Errorf("%s is not in the tree", f.Path)
		}
		if i > 0 && res.Files[i-1].Path >= f.Path {
			t.Errorf("%s is out of order", f.Path)
		}
	}
	if want := strings.Count("\n"+tree, "\n-"); len(res.Files) != want {
		t.Errorf("%d files in the result, %d in the tree", len(res.Files), want)
	}
}

// goodWheels are wheels that are laid out, some with a warning.
var goodWheels = []struct {
	name    string
	members []testMember
	file    string // checked if set
	want    string
	warning string // part of the only warning; empty for none
}{
	{name: "a newer minor Wheel-Version is read with a warning",
		members: []testMember{{name: testInfo + "/WHEEL", data: "Wheel-Version: 1.9\nRoot-Is-Purelib: true\n"}},
		warning: "Wheel-Version 1.9"},
	{name: "of two Wheel-Versions the first counts",
		members: []testMember{{name: testInfo + "/WHEEL", data: "Wheel-Version: 1.0\nWheel-Version: 7.0\nRoot-Is-Purelib: False\n"}}},
	{name: "the pre-standard Wheel-Version 0.1 is read",
		members: []testMember{{name: testInfo + "/WHEEL", data: "Wheel-Version: 0.1\r\nRoot-Is-Purelib: true\r\n"}}},
	{name: "a plain file directly under a nested dist-info is no second one",
		members: []testMember{{name: "demo/_vendor/other-2.0.dist-info/METADATA", data: "x"}},
		file:    site + "/demo/_vendor/other-2.0.dist-info/METADATA", want: "x"},
	{name: "a nested INSTALLER stays what it is",
		members: []testMember{{name: "demo/_vendor/other-2.0.dist-info/INSTALLER", data: "uv"}},
		file:    site + "/demo/_vendor/other-2.0.dist-info/INSTALLER", want: "uv"},
	{name: "purelib wins over the root where both name one file",
		members: []testMember{{name: "a.py", data: "root"}, {name: testData + "/purelib/a.py", data: "data"}},
		file:    site + "/a.py", want: "data", warning: "different files for one place"},
	{name: "the same file twice in root and purelib is silent",
		members: []testMember{{name: "a.py", data: "same"}, {name: testData + "/purelib/a.py", data: "same"}},
		file:    site + "/a.py", want: "same"},
	{name: "a script without the marker keeps its first line",
		members: []testMember{{name: testData + "/scripts/x", data: "#!/usr/bin/env python\n"}},
		file:    "/opt/venv/bin/x", want: "#!/usr/bin/env python\n"},
	{name: "a pythonw script gets the environment's Python",
		members: []testMember{{name: testData + "/scripts/x", data: "#!pythonw\nx\n"}},
		file:    "/opt/venv/bin/x", want: "#!/opt/venv/bin/python\nx\n"},
	{name: "a script of one line without an end is rewritten",
		members: []testMember{{name: testData + "/scripts/x", data: "#!python"}},
		file:    "/opt/venv/bin/x", want: "#!/opt/venv/bin/python\n"},
	{name: "an empty script stays empty",
		members: []testMember{{name: testData + "/scripts/x", data: ""}},
		file:    "/opt/venv/bin/x", want: ""},
	{name: "a script's marker counts at the start only",
		members: []testMember{{name: testData + "/scripts/x", data: " #!python\n"}},
		file:    "/opt/venv/bin/x", want: " #!python\n"},
	{name: "a command replaces a data file of its name with a warning",
		members: []testMember{{name: testData + "/data/bin/run", data: "old"}, entryPointsMember("[console_scripts]\nrun=m:f\n")},
		file:    "/opt/venv/bin/run", want: "#!/opt/venv/bin/python\nimport sys\nfrom m import f\nif __name__ == '__main__':\n    sys.exit(f())\n",
		warning: "replaced by the command"},
	{name: "a legacy wrapper gives way silently",
		members: []testMember{{name: testData + "/scripts/run", data: "old"}, entryPointsMember("[console_scripts]\nrun=m:f\n")}},
	{name: "a hash that does not match is a warning",
		members: []testMember{{name: "a.py", data: "a"}, {name: testInfo + "/RECORD",
			data: "a.py,sha256=AAAA,1\n" + testInfo + "/METADATA,,\n" + testInfo + "/WHEEL,,\n" + testInfo + "/RECORD,,\n"}},
		warning: "a.py does not match its hash"},
	{name: "a size that does not match is a warning",
		members: []testMember{{name: "a.py", data: "a"}, {name: testInfo + "/RECORD",
			data: "a.py,sha256=ypeBEsobvcr6wjGzmiPcTaeG7_gUfE5yuYB3ha_uSLs,7\n" + testInfo + "/METADATA,,\n" + testInfo + "/WHEEL,,\n"}},
		warning: "a.py has 1 bytes, RECORD says 7"},
	{name: "a hash of another kind is not checked and said",
		members: []testMember{{name: "a.py", data: "a"}, {name: testInfo + "/RECORD",
			data: "a.py,sha512=AAAA,1\n" + testInfo + "/METADATA,,\n" + testInfo + "/WHEEL,,\n"}},
		warning: "hash of kind sha512"},
	{name: "absolute and Windows paths in RECORD mean relative ones",
		members: []testMember{{name: "d/a.py", data: "a"}, {name: testInfo + "/RECORD",
			data: "/d\\a.py,,\r\n" + testInfo + "/METADATA,,\r\n/" + testInfo + "/WHEEL,,\r\n"}}},
	{name: "a file that RECORD does not list is laid out with a warning",
		members: []testMember{{name: "a.py", data: "a"}, {name: testInfo + "/RECORD", data: testInfo + "/METADATA,,\n" + testInfo + "/WHEEL,,\n"}},
		file:    site + "/a.py", want: "a", warning: "a.py is not listed"},
	{name: "a row without a file is a warning and goes",
		members: []testMember{{name: testInfo + "/RECORD", data: "gone.py,,\n" + testInfo + "/METADATA,,\n" + testInfo + "/WHEEL,,\n"}},
		file:    site + "/" + testInfo + "/RECORD", warning: "gone.py, which the wheel does not hold",
		want: testInfo + "/INSTALLER,sha256=oLfG2kXFgW9tIPgMkLOK1mxHs1LFOLytbgnZfRwuw6I,6\n" +
			testInfo + "/METADATA,sha256=HTVwZN6vyorvI3_PTE5HU9GadJiIIyYDAhEIE56aAkE,50\n" + testInfo + "/RECORD,,\n" + testInfo + "/WHEEL,sha256=GOJWfGKy_s7ZRMtmrMyJFvIHxzo0gLZVhGWWyTqB6uo,75\n"},
	{name: "a signature of RECORD has no hash and no need to be listed",
		members: []testMember{{name: testInfo + "/RECORD.jws", data: "x"}, {name: testInfo + "/RECORD", data: testInfo + "/METADATA,,\n" + testInfo + "/WHEEL,,\n"}},
		file:    site + "/" + testInfo + "/RECORD.jws", want: "x"},
	{name: "a symbolic link becomes a file with its text, as with pip, and a warning",
		members: []testMember{{name: "link", data: "/etc/passwd", mode: fs.ModeSymlink | 0o777}},
		file:    site + "/link", want: "/etc/passwd", warning: "link is a symbolic link, which wheels cannot hold"},
	{name: "members that are compressed with zstd are read, and one warning tells it",
		members: []testMember{{name: "a.py", data: strings.Repeat("a", 100_000), raw: func(h *zip.FileHeader) { h.Method = methodZstd }},
			{name: "b.py", data: "b", raw: func(h *zip.FileHeader) { h.Method = methodZstd }}},
		file: site + "/b.py", want: "b", warning: "a.py is compressed with zstd, which pip reads only with Python 3.14"},
	{name: "a member stored and not deflated",
		members: []testMember{{name: "a.py", data: "a", raw: func(h *zip.FileHeader) { h.Method = zip.Store }}},
		file:    site + "/a.py", want: "a"},
	{name: "a name without the UTF-8 flag is in code page 437",
		members: []testMember{{name: "\x81.txt", data: "a", raw: func(h *zip.FileHeader) { h.NonUTF8 = true }}, {name: testInfo + "/RECORD",
			data: "ü.txt,,\n" + testInfo + "/METADATA,,\n" + testInfo + "/WHEEL,,\n"}},
		file: site + "/ü.txt", want: "a"},
}

func TestGoodWheels(t *testing.T) {
	for _, tc := range goodWheels {
		t.Run(tc.name, func(t *testing.T) {
			root, res := mustLayOut(t, tc.members...)
			if tc.file != "" {
				if got := readOut(t, root, tc.file); got != tc.want {
					t.Errorf("%s:\n%q\nwant:\n%q", tc.file, got, tc.want)
				}
			}
			switch {
			case tc.warning == "" && len(res.Warnings) > 0:
				t.Errorf("warnings: %q", res.Warnings)
			case tc.warning != "" && (len(res.Warnings) != 1 || !strings.Contains(res.Warnings[0], tc.warning)):
				t.Errorf("warnings: %q, want one with %q", res.Warnings, tc.warning)
			}
		})
	}
}

func TestNamesAndVersionsAreComparedNormalised(t *testing.T) {
	for _, filename := range []string{"Demo.Pkg-1.0-py3-none-any.whl", "demo_pkg-1-1-py3-none-any.whl", "demo__pkg-01.0.0-py3-none-any.whl"} {
		_, res, err := layOut(t, writeWheel(t, filename, zipBytes(t, standardWheel())), Options{})
		if err != nil || len(res.Warnings) > 0 {
			t.Errorf("%s: %v, %v", filename, err, res)
		}
	}
	// What is installed is what the file name says, since that is what was locked.
	_, _, err := layOut(t, writeWheel(t, "demo_pkg-2.0-py3-none-any.whl", zipBytes(t, standardWheel())), Options{})
	if err == nil || !strings.Contains(err.Error(), "the file name says version 2.0, the archive holds demo_pkg-1.0.dist-info") {
		t.Errorf("%v", err)
	}
}

func TestAWheelIsWhatWasPlanned(t *testing.T) {
	path := writeWheel(t, testFilename, zipBytes(t, standardWheel()))
	for _, test := range []struct {
		want  Identity
		error string
	}{
		{Identity{}, ""},
		{Identity{"Demo.Pkg", "1.0"}, ""},
		{Identity{"demo-pkg", "1"}, ""},
		{Identity{"demo-pkg", ""}, ""},
		{Identity{"evil", "1.0"}, "is a wheel of demo_pkg and not of evil"},
		{Identity{"demo-pkg", "1.1"}, "is version 1.0 of demo_pkg and not 1.1"},
	} {
		_, _, err := layOut(t, path, Options{Identity: test.want})
		if (err == nil) != (test.error == "") || err != nil && !strings.Contains(err.Error(), test.error) {
			t.Errorf("%v: %v", test.want, err)
		}
	}
}

func TestSpellingsOfOneVersion(t *testing.T) {
	for _, pair := range [][2]string{{"1.0", "1"}, {"1.0rc1", "1.0-RC.1"}, {"2.1_cu121", "2.1+cu121"}, {"1.0.post2", "1.0-2"}, {"v1.2", "1.2.0"}, {"2024.01", "2024.1"}, {"odd", "ODD"}} {
		if !sameVersion(pair[0], pair[1]) {
			t.Errorf("%q and %q", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{{"1.0", "1.0.1"}, {"1.0", "1.0rc1"}, {"1.0", "1.0+local"}, {"odd", "even"}} {
		if sameVersion(pair[0], pair[1]) {
			t.Errorf("%q and %q are taken for one", pair[0], pair[1])
		}
	}
}

func TestDirectURLIsWrittenWithARecordEntry(t *testing.T) {
	path := writeWheel(t, testFilename, zipBytes(t, everything()))
	root, _, err := layOut(t, path, Options{DirectURL: []byte(`{"url":"x"}`)})
	if err != nil {
		t.Fatal(err)
	}
	if got := readOut(t, root, site+"/"+testInfo+"/direct_url.json"); got != `{"url":"x"}` {
		t.Errorf("direct_url.json: %q", got)
	}
	if record := readOut(t, root, site+"/"+testInfo+"/RECORD"); !strings.Contains(record, testInfo+"/direct_url.json,sha256=") {
		t.Errorf("RECORD:\n%s", record)
	}
}

func TestNothingIsWrittenThroughALink(t *testing.T) {
	outside := t.TempDir()
	root := t.TempDir()
	if err := os.MkdirAll(root+site, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, root+site+"/demo"); err != nil {
		t.Fatal(err)
	}
	tree, err := NewTree(root, testTime)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Open(writeWheel(t, testFilename, zipBytes(t, standardWheel(testMember{name: "demo/a.py", data: "x"}))))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Install(tree, testTarget, Options{}); err == nil || !strings.Contains(err.Error(), "must be a directory") {
		t.Errorf("error %v", err)
	}
	if entries, _ := os.ReadDir(outside); len(entries) > 0 {
		t.Errorf("written outside: %v", entries)
	}
}

func TestALaterWheelReplacesFilesAndSymlinks(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "kept")
	if err := os.WriteFile(outside, []byte("kept"), 0o644); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	tree, err := NewTree(root, testTime)
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Symlink(outside, site+"/a.py"); err != nil {
		t.Fatal(err)
	}
	w, err := Open(writeWheel(t, testFilename, zipBytes(t, standardWheel(testMember{name: "a.py", data: "new"}))))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for range 2 {
		if _, err := w.Install(tree, testTarget, Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if got := readOut(t, root, site+"/a.py"); got != "new" {
		t.Errorf("a.py: %q", got)
	}
	if got := readOut(t, "", outside); got != "kept" {
		t.Errorf("the link's target: %q", got)
	}
}

func TestTargetsThatCannotBeLaidOutFor(t *testing.T) {
	for _, target := range []Target{
		{Prefix: "opt/venv", Python: "3.13"},
		{Prefix: "/opt/../venv", Python: "3.13"},
		{Prefix: "/", Python: "3.13"},
		{Prefix: "/opt/ven\"v", Python: "3.13"},
		{Prefix: "/opt/venv\n", Python: "3.13"},
		{Prefix: "/opt/venv", Python: "3"},
		{Prefix: "/opt/venv", Python: "3.13.1"},
		{Prefix: "/opt/venv", Python: "../x"},
	} {
		if err := target.Check(); err == nil {
			t.Errorf("%+v: no error", target)
		}
	}
	if err := (Target{Prefix: "/opt/my venv", Python: "3.14t"}).Check(); err != nil {
		t.Error(err)
	}
}

func TestTheSkeletonIsAVirtualEnvironment(t *testing.T) {
	root := filepath.Join(t.TempDir(), "out")
	tree, err := NewTree(root, testTime)
	if err != nil {
		t.Fatal(err)
	}
	s := Skeleton{Target: testTarget, Interpreter: "/usr/local/bin/python3.13"}
	if err := s.WriteTo(tree); err != nil {
		t.Fatal(err)
	}
	if err := tree.Finish(); err != nil {
		t.Fatal(err)
	}
	sizes := regexp.MustCompile(` \d+ [0-9a-f]{64}`)
	const want = `-rw-r--r-- 1700000000 /opt/venv/bin/activate
-rw-r--r-- 1700000000 /opt/venv/pyvenv.cfg
Lrwxrwxrwx 1700000000 /opt/venv/bin/python -> /usr/local/bin/python3.13
Lrwxrwxrwx 1700000000 /opt/venv/bin/python3 -> python
Lrwxrwxrwx 1700000000 /opt/venv/bin/python3.13 -> python
Lrwxrwxrwx 1700000000 /opt/venv/lib64 -> lib
drwxr-xr-x 1700000000 /
drwxr-xr-x 1700000000 /opt
drwxr-xr-x 1700000000 /opt/venv
drwxr-xr-x 1700000000 /opt/venv/bin
drwxr-xr-x 1700000000 /opt/venv/lib
drwxr-xr-x 1700000000 /opt/venv/lib/python3.13
drwxr-xr-x 1700000000 /opt/venv/lib/python3.13/site-packages
`
	if got := sizes.ReplaceAllString(listing(t, root), ""); got != want {
		t.Errorf("got:\n%s", got)
	}
	if got := readOut(t, root, "/opt/venv/pyvenv.cfg"); got != "home = /usr/local/bin\ninclude-system-site-packages = false\nversion = 3.13\n" {
		t.Errorf("pyvenv.cfg:\n%s", got)
	}
}

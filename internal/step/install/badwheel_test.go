package install

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

func TestBadWheels(t *testing.T) {
	long := strings.Repeat("x", 256)
	for _, tc := range []struct {
		name    string
		members []testMember // beside the standard ones
		want    string
	}{
		{"a path that climbs out", []testMember{{name: "../evil.py", data: "x"}}, "leaves the archive"},
		{"a path that climbs out further in", []testMember{{name: "a/../../evil.py", data: "x"}}, "leaves the archive"},
		{"an absolute path", []testMember{{name: "/etc/passwd", data: "x"}}, "absolute"},
		{"a backslash", []testMember{{name: `a\..\..\evil.py`, data: "x"}}, "backslash"},
		{"an empty part", []testMember{{name: "a//b.py", data: "x"}}, "empty part"},
		{"a dot part", []testMember{{name: "./a.py", data: "x"}}, "empty part"},
		{"a newline in a path", []testMember{{name: "a\nb.py", data: "x"}}, "control character"},
		{"a name too long for any file system", []testMember{{name: long, data: "x"}}, "longer than 255"},
		{"a file below a symbolic link", []testMember{{name: "link", data: "/etc", mode: fs.ModeSymlink | 0o777}, {name: "link/passwd", data: "x"}}, "link"},
		{"a device", []testMember{{name: "null", mode: fs.ModeDevice | 0o666}}, "neither a plain file nor a directory"},
		{"an encrypted member", []testMember{{name: "a.py", data: "x", raw: func(h *zip.FileHeader) { h.Flags |= 1 }}}, "encrypted"},
		{"a file in the place of a directory", []testMember{{name: "a", data: "x"}, {name: "a/b.py", data: "x"}}, "a"},
		{"the same name with other content", []testMember{{name: "a.py", data: "1"}, {name: "a.py", data: "2"}}, "occurs twice with different content"},
		{"a climb out of the data directory", []testMember{{name: testData + "/data/../../../evil", data: "x"}}, "leaves the archive"},
		{"a file directly in the data directory", []testMember{{name: testData + "/evil", data: "x"}}, "belongs to no scheme"},
		{"an unknown scheme", []testMember{{name: testData + "/other/evil", data: "x"}}, `unknown scheme "other"`},
		{"a script that takes the interpreter's place", []testMember{{name: testData + "/scripts/python", data: "x"}}, "virtual environment's own bin/python"},
		{"a data file that takes the interpreter's place", []testMember{{name: testData + "/data/bin/python3.13", data: "x"}}, "virtual environment's own bin/python3.13"},
		{"a data file that takes pyvenv.cfg's place", []testMember{{name: testData + "/data/pyvenv.cfg", data: "x"}}, "virtual environment's own pyvenv.cfg"},
		{"a data file in the place of lib64", []testMember{{name: testData + "/data/lib64", data: "x"}}, "virtual environment's own lib64"},
		{"a newer major Wheel-Version", []testMember{{name: testInfo + "/WHEEL", data: "Wheel-Version: 2.0\n"}}, "Wheel-Version 2.0 is newer"},
		{"no Wheel-Version", []testMember{{name: testInfo + "/WHEEL", data: "Generator: x\n"}}, "Wheel-Version is missing"},
		{"a Wheel-Version that is none", []testMember{{name: testInfo + "/WHEEL", data: "Wheel-Version: one\n"}}, `"one" is not a version`},
		{"a second dist-info", []testMember{{name: "other-1.0.dist-info/METADATA", data: "x"}}, "more than one .dist-info"},
		{"an unreadable RECORD", []testMember{{name: testInfo + "/RECORD", data: "a,b,c,d\n"}}, "line 1: 4 fields"},
		{"a command without an object", []testMember{entryPointsMember("[console_scripts]\nrun = demo\n")}, `the command "run" names no object`},
		{"a command with code for an object", []testMember{entryPointsMember("[console_scripts]\nrun = demo:f() or g\n")}, "is not a reference"},
		{"a command with code for a module", []testMember{entryPointsMember("[console_scripts]\nrun = os; evil:f\n")}, "is not a reference"},
		{"a command that leaves bin", []testMember{entryPointsMember("[console_scripts]\n../../evil = m:f\n")}, "would leave the bin directory"},
		{"a command called python", []testMember{entryPointsMember("[console_scripts]\npython3 = m:f\n")}, "is the interpreter's"},
		{"a command without a name", []testMember{entryPointsMember("[console_scripts]\n = m:f\n")}, "cannot be the name"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			root, _, err := layOut(t, writeWheel(t, testFilename, zipBytes(t, standardWheel(tc.members...))), Options{})
			if err == nil {
				t.Fatal("no error")
			}
			var e *Error
			if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), testFilename+": ") {
				t.Errorf("error does not name the wheel: %v", err)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %q, want one with %q", err, tc.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error of several lines: %q", err)
			}
			if escaped, _ := filepath.Glob(filepath.Join(filepath.Dir(root), "evil*")); len(escaped) > 0 {
				t.Errorf("files were written outside: %v", escaped)
			}
		})
	}
}

func TestWheelsWithPartsMissing(t *testing.T) {
	without := func(name string) (out []testMember) {
		for _, m := range standardWheel() {
			if m.name != name {
				out = append(out, m)
			}
		}
		return out
	}
	for _, tc := range []struct {
		name     string
		filename string
		data     []byte
		want     string
	}{
		{"no RECORD", testFilename, zipBytes(t, without(testInfo+"/RECORD")), "RECORD: is missing"},
		{"no WHEEL", testFilename, zipBytes(t, without(testInfo+"/WHEEL")), "WHEEL: is missing"},
		{"no dist-info", testFilename, zipBytes(t, []testMember{{name: "a.py"}}), "no .dist-info directory"},
		{"another project's dist-info", "other-1.0-py3-none-any.whl", zipBytes(t, standardWheel()), "the file name says other, the archive holds demo_pkg-1.0.dist-info"},
		{"not a zip file", testFilename, []byte("<html>404</html>"), "not a readable zip file"},
		{"an empty file", testFilename, nil, "not a readable zip file"},
		{"not a wheel's name", "demo.zip", zipBytes(t, standardWheel()), "does not end in .whl"},
		{"too few parts in the name", "demo-1.0.whl", zipBytes(t, standardWheel()), "instead of name-version"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := layOut(t, writeWheel(t, tc.filename, tc.data), Options{})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
		})
	}
}

// TestDamagedArchives breaks the bytes of one sound wheel in ways that only
// its unpacking can notice.
func TestDamagedArchives(t *testing.T) {
	content := strings.Repeat("all work and no play ", 1000)
	good := zipBytes(t, standardWheel(testMember{name: "a.py", data: content}))
	// The central directory's record of a.py: its signature, then fields at
	// fixed distances (APPNOTE 4.3.12).
	name := bytes.LastIndex(good, []byte("a.py"))
	record := name - 46
	if !bytes.HasPrefix(good[record:], []byte("PK\x01\x02")) {
		t.Fatal("not the central directory")
	}
	for _, tc := range []struct {
		name  string
		spoil func(b []byte)
		want  string
	}{
		{"a flipped bit in the data", func(b []byte) { b[bytes.Index(b, []byte("a.py"))+4+20] ^= 0x10 }, "a.py: "},
		{"a wrong checksum", func(b []byte) { b[record+16] ^= 0xff }, "its checksum differs"},
		{"a declared size that is too small", func(b []byte) { binary.LittleEndian.PutUint32(b[record+24:], 10) }, "more than its declared size"},
		{"a declared size that is too large", func(b []byte) { binary.LittleEndian.PutUint32(b[record+24:], 1<<20) }, "before its declared size"},
		{"compressed data cut short", func(b []byte) {
			n := binary.LittleEndian.Uint32(b[record+20:])
			binary.LittleEndian.PutUint32(b[record+20:], n-4)
		}, "a.py: "},
		{"data beyond the end", func(b []byte) { binary.LittleEndian.PutUint32(b[record+20:], 1<<30) }, "beyond the end of the archive"},
		{"an absurd declared size", func(b []byte) { binary.LittleEndian.PutUint32(b[record+24:], 0xfffffff0) }, "unpack to 4294967"},
		{"bzip2", func(b []byte) { binary.LittleEndian.PutUint16(b[record+10:], 12) }, "method 12"},
		{"deflated data that is called zstd", func(b []byte) { binary.LittleEndian.PutUint16(b[record+10:], 93) }, "a.py: cannot be decompressed"},
		{"lzma", func(b []byte) { binary.LittleEndian.PutUint16(b[record+10:], 14) }, "method 14"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := bytes.Clone(good)
			tc.spoil(b)
			_, _, err := layOut(t, writeWheel(t, testFilename, b), Options{})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
		})
	}
}

func TestMembersThatShareDataAreRefused(t *testing.T) {
	good := zipBytes(t, standardWheel(
		testMember{name: "a.py", data: "first"},
		testMember{name: "b.py", data: "first"}))
	at := func(name string) int { return bytes.LastIndex(good, []byte(name)) - 46 }
	// Both records point to the first member's bytes.
	copy(good[at("b.py")+42:at("b.py")+46], good[at("a.py")+42:at("a.py")+46])
	_, _, err := layOut(t, writeWheel(t, testFilename, good), Options{})
	if err == nil || !strings.Contains(err.Error(), "shares its compressed data with") {
		t.Errorf("error %v", err)
	}
}

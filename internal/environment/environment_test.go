package environment

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pypkg/tags"
)

// mapImage is an image made of a map.
type mapImage struct{ fstest.MapFS }

func (m mapImage) ReadFile(_ context.Context, name string) ([]byte, error) {
	return fs.ReadFile(m.MapFS, strings.TrimPrefix(name, "/"))
}

func (m mapImage) ReadDir(_ context.Context, name string) ([]string, error) {
	entries, err := fs.ReadDir(m.MapFS, strings.TrimPrefix(name, "/"))
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

func image(files ...string) mapImage {
	m := mapImage{fstest.MapFS{}}
	for _, f := range files {
		name, content, _ := strings.Cut(f, "=")
		m.MapFS[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return m
}

var amd64 = Platform{OS: "linux", Arch: "amd64"}

func TestTheOfficialSlimImage(t *testing.T) {
	img := image("usr/local/bin/python3.13", "usr/local/bin/python3", "usr/local/lib/python3.13/os.py",
		"usr/bin/python3.12", // one that Debian brings for its own use
		"etc/os-release=ID=debian\nVERSION_ID=\"13\"\n")
	env := []string{"PATH=/usr/local/bin:/usr/local/sbin:/usr/bin", "PYTHON_VERSION=3.13.9"}
	e, err := Detect(t.Context(), img, amd64, env, Wanted{Major: 3, Minor: 13})
	if err != nil {
		t.Fatal(err)
	}
	want := Python{Major: 3, Minor: 13, Full: "3.13.9", Interpreter: "/usr/local/bin/python3.13", Library: "/usr/local/lib/python3.13"}
	if e.Python != want {
		t.Errorf("python is %+v", e.Python)
	}
	if e.Libc.String() != "glibc 2.41" {
		t.Errorf("libc is %v", e.Libc)
	}
	m := e.Markers()
	if m.PlatformMachine != "x86_64" || m.PythonFullVersion != "3.13.9" || m.PythonVersion != "3.13" {
		t.Errorf("markers are %+v", m)
	}
}

// TestAnInterpreterWithoutTheGlobalLockIsFoundByItsName has an installation as
// "make install" of CPython makes it, with the same program under both names, and
// beside it in another folder one with the lock.
func TestAnInterpreterWithoutTheGlobalLockIsFoundByItsName(t *testing.T) {
	free := []string{"usr/local/bin/python3.14", "usr/local/bin/python3.14t", "usr/local/bin/python3", "usr/local/lib/python3.14t/os.py", "lib/x86_64-linux-gnu/libc.so.6",
		"etc/os-release=ID=debian\nVERSION_ID=\"13\"\n"}
	both := append(free[:len(free):len(free)], "usr/bin/python3.14", "usr/lib/python3.14/os.py")
	want := Wanted{Major: 3, Minor: 14, FreeThreaded: true}
	e, err := Detect(t.Context(), image(both...), amd64, nil, want)
	if err != nil || e.Python.Interpreter != "/usr/local/bin/python3.14t" || e.Python.Library != "/usr/local/lib/python3.14t" || e.Python.Name() != "3.14t" {
		t.Errorf("python is %+v, %v", e.Python, err)
	}
	if m := e.Markers(); m.PythonVersion != "3.14" {
		t.Errorf("markers are %+v", m)
	}
	if got := e.Python.SitePackages("/opt/venv"); got != "/opt/venv/lib/python3.14t/site-packages" {
		t.Error(got)
	}
	for tag, ok := range map[string]bool{"cp314-cp314t-manylinux_2_28_x86_64": true, "cp314-cp314-manylinux_2_28_x86_64": false, "py3-none-any": true} {
		set, err := tags.ParseTag(tag)
		if err != nil {
			t.Fatal(err)
		}
		if _, fits := e.Tags().Rank(set); fits != ok {
			t.Errorf("%s fits: %v", tag, fits)
		}
	}
	want.FreeThreaded = false
	if e, err = Detect(t.Context(), image(both...), amd64, nil, want); err != nil || e.Python.Interpreter != "/usr/bin/python3.14" || e.Python.FreeThreaded {
		t.Errorf("python is %+v, %v", e.Python, err)
	}
	// The name without the t is not taken for a Python with the lock.
	if _, err := Detect(t.Context(), image(free...), amd64, nil, want); err == nil || err.Error() != "has no Python 3.14, only Python 3.14t" {
		t.Error(err)
	}
	want.FreeThreaded = true
	if _, err := Detect(t.Context(), image("usr/bin/python3.14", "usr/lib/python3.14/os.py"), amd64, nil, want); err == nil || err.Error() != "has no Python 3.14t, only Python 3.14" {
		t.Error(err)
	}
}

func TestALibraryWithBytecodeIsRecognised(t *testing.T) {
	img := image("usr/bin/python3.11", "usr/lib/python3.11/os.py", "usr/lib/python3.11/__pycache__/os.cpython-311.pyc")
	e, err := Detect(t.Context(), img, amd64, nil, Wanted{Major: 3, Minor: 11})
	if err != nil || !e.Python.LibraryBytecode || e.Python.Library != "/usr/lib/python3.11" {
		t.Errorf("python is %+v, %v", e.Python, err)
	}
}

func TestAlpineHasMusl(t *testing.T) {
	img := image("usr/local/bin/python3.13", "usr/local/lib/python3.13/os.py", "lib/ld-musl-x86_64.so.1",
		"etc/os-release=ID=alpine\nVERSION_ID=3.22.1\n",
		"lib/apk/db/installed=C:x\nP:musl\nV:1.2.5-r9\n\nP:other\nV:9.9-r0\n")
	e, err := Detect(t.Context(), img, amd64, nil, Wanted{Major: 3, Minor: 13})
	if err != nil || e.Libc.String() != "musl 1.2" {
		t.Errorf("libc is %v, %v", e.Libc, err)
	}
}

func TestAnImageWithoutTheRightPythonSaysWhatItHas(t *testing.T) {
	img := image("usr/bin/python3.11", "usr/lib/python3.11/os.py")
	_, err := Detect(t.Context(), img, amd64, nil, Wanted{Major: 3, Minor: 13})
	var none *NoPythonError
	if !errors.As(err, &none) || none.Error() != "has no Python 3.13, only Python 3.11" {
		t.Errorf("the error is %v", err)
	}
	_, err = Detect(t.Context(), image("bin/sh"), amd64, nil, Wanted{})
	if err == nil || !strings.Contains(err.Error(), "no other Python") {
		t.Errorf("the error is %v", err)
	}
}

func TestAnyAllowedPythonIsTakenWhereNoneIsNamed(t *testing.T) {
	img := image("usr/bin/python3.11", "usr/bin/python3.13", "usr/bin/python3.9", "usr/lib/python3.11/os.py")
	e, err := Detect(t.Context(), img, amd64, nil, Wanted{Allows: func(_, minor int) bool { return minor < 13 }})
	if err != nil || e.Python.Version() != "3.11" {
		t.Errorf("python is %+v, %v", e.Python, err)
	}
}

func TestMachinesHaveTheirPythonNames(t *testing.T) {
	for p, want := range map[Platform]string{
		{"linux", "amd64", ""}: "x86_64", {"linux", "arm64", "v8"}: "aarch64",
		{"linux", "arm", "v7"}: "armv7l", {"linux", "386", ""}: "i686", {"linux", "riscv64", ""}: "riscv64",
	} {
		if got := p.Machine(); got != want {
			t.Errorf("%v is %q", p, got)
		}
	}
}

func TestTheFolderOfPythonsInstallation(t *testing.T) {
	for _, test := range []struct{ interpreter, library, want string }{
		{"/usr/local/bin/python3.13", "/usr/local/lib/python3.13", "/usr/local"},
		{"/usr/bin/python3.13", "/usr/lib/python3.13", "/usr/lib/python3.13"},
		{"/usr/locale/bin/python3.13", "/usr/locale/lib/python3.13", "/usr/locale/lib/python3.13"},
	} {
		if got := (Python{Interpreter: test.interpreter, Library: test.library}).Folder(); got != test.want {
			t.Errorf("%s: %s", test.interpreter, got)
		}
	}
}

package diagnose

import (
	"os"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/pypkg/tags"
)

// The outputs in testdata are those of pip and a compiler that lacked the
// package's libraries, from a build on Debian 13; lines are shortened.
func TestRecordedFailuresAreCured(t *testing.T) {
	for name, want := range map[string]string{
		"python-ldap": `lber.h is missing: write apt.build = ["libldap-dev"] under [tool.moult]`,
		"pyaudio":     `portaudio.h is missing: write apt.build = ["portaudio19-dev"] under [tool.moult]`,
		"pygraphviz":  `the program dot is missing: write apt.build = ["graphviz"] under [tool.moult]`,
		"xmlsec":      `xmlsec1 is missing: write apt.build = ["libxmlsec1-dev"] under [tool.moult]`,
		"pyodbc":      `sql.h is missing: write apt.build = ["unixodbc-dev"] under [tool.moult]`,
		"pycups":      `cups/http.h is missing: write apt.build = ["libcups2-dev"] under [tool.moult]`,
	} {
		t.Run(name, func(t *testing.T) {
			output, err := os.ReadFile("testdata/" + name + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			d, ok := Resolver(string(output))
			if !ok || d.Package != name || d.Hint != want {
				t.Errorf("got %v %+v", ok, d)
			}
			if d, ok = Build(name, string(output)); !ok || d.Hint != want {
				t.Errorf("as a build of its own: %v %+v", ok, d)
			}
		})
	}
}

// The outputs are the tools' own words, shortened.
func TestWhatABuildMisses(t *testing.T) {
	for _, test := range []struct{ says, output, want string }{
		{"psycopg2 without pg_config", "Error: pg_config executable not found.\n\npg_config is required to build psycopg2 from source.", "program pg_config libpq-dev"},
		{"mysqlclient", "Trying pkg-config --exists mysqlclient\nCommand 'pkg-config --exists mysqlclient' returned non-zero exit status 1.\nException: Can not find valid pkg-config name.\nSpecify MYSQLCLIENT_CFLAGS and MYSQLCLIENT_LDFLAGS env vars manually",
			"module mysqlclient default-libmysqlclient-dev"},
		{"older mysqlclient", "/bin/sh: 1: mysql_config: not found\nOSError: mysql_config not found", "program mysql_config default-libmysqlclient-dev"},
		{"lxml", "Error: Please make sure the libxml2 and libxslt development packages are installed.", "module libxml-2.0 libxml2-dev, module libxslt libxslt1-dev"},
		{"lxml's headers", "src/lxml/etree.c:96:10: fatal error: libxml/xmlversion.h: No such file or directory", "header libxml/xmlversion.h libxml2-dev"},
		{"Python's own headers", "a.c:1:10: fatal error: Python.h: No such file or directory", "header Python.h python3-dev"},
		{"cffi", "src/c/_cffi_backend.c:15:10: fatal error: ffi.h: No such file or directory", "header ffi.h libffi-dev"},
		{"a header with its path", "x.cpp:3:10: fatal error: /usr/include/openssl/ssl.h: No such file or directory", "header /usr/include/openssl/ssl.h libssl-dev"},
		{"clang", "x.c:1:10: fatal error: 'zlib.h' file not found", "header zlib.h zlib1g-dev"},
		{"a header that nobody knows", "x.c:1:10: fatal error: mine/own.h: No such file or directory", "header mine/own.h "},
		{"ld", "/usr/bin/ld: cannot find -lpq: No such file or directory\ncollect2: error: ld returned 1 exit status", "library pq libpq-dev"},
		{"no compiler", "error: command 'gcc' failed: No such file or directory", "program gcc gcc"},
		{"no compiler by its whole name", "  unable to execute 'x86_64-linux-gnu-gcc': No such file or directory\n  error: command 'x86_64-linux-gnu-gcc' failed: No such file or directory", "program x86_64-linux-gnu-gcc gcc"},
		{"no Rust", "error: can't find Rust compiler\n\nIf you are using an outdated pip version", "program cargo cargo"},
		{"no Cargo for maturin", "Cargo, the Rust package manager, is not installed or is not on PATH.\nThis package requires Rust and Cargo to compile extensions.", "program cargo cargo"},
		{"no CMake", "CMake must be installed to build the following extensions: dlib", "program cmake cmake"},
		{"meson without a module", "../meson.build:31:12: ERROR: Dependency \"cairo\" not found, tried pkgconfig", "module cairo libcairo2-dev"},
		{"pkg-config", "Package 'libpq', required by 'virtual:world', not found", "module libpq libpq-dev"},
		{"old pkg-config", "Package dbus-1 was not found in the pkg-config search path.\nPerhaps you should add the directory containing `dbus-1.pc'\nNo package 'dbus-1' found", "module dbus-1 libdbus-1-dev"},
		{"numpy without Fortran", "../meson.build:1:0: ERROR: Unknown compiler(s): [['gfortran'], ['flang']]", "program gfortran gfortran"},
		{"pycurl", "  __main__.ConfigurationError: Could not run curl-config: [Errno 2] No such file or directory: 'curl-config'", "program curl-config libcurl4-openssl-dev"},
		{"git is asked for a version", "fatal error: ffi.h: No such file or directory\nFileNotFoundError: [Errno 2] No such file or directory: 'git'", "header ffi.h libffi-dev"},
		{"git alone", "FileNotFoundError: [Errno 2] No such file or directory: 'git'", "program git git"},
		{"a file that is no program", "FileNotFoundError: [Errno 2] No such file or directory: 'requirements.txt'", ""},
		{"nothing", "Segmentation fault", ""},
	} {
		t.Run(test.says, func(t *testing.T) {
			var got []string
			for _, m := range Miss(test.output) {
				got = append(got, m.Kind+" "+m.Name+" "+m.Package)
			}
			if text := strings.Join(got, ", "); text != test.want {
				t.Errorf("got %q, want %q", text, test.want)
			}
		})
	}
}

func TestWheelsForOtherPlatformsAreNamed(t *testing.T) {
	output := `ERROR: Could not find a version that satisfies the requirement lab-native (from versions: none)
ERROR: No matching distribution found for lab-native
moult: unfit wheel lab_native-1.2-cp313-cp313-manylinux_2_38_x86_64.whl
moult: unfit wheel lab_native-1.2-cp313-cp313-macosx_11_0_arm64.whl
moult: unfit wheel other-1.0-cp313-cp313-win_amd64.whl
`
	d, ok := Resolver(output)
	for libc, want := range map[tags.Libc]string{
		{Kind: tags.Glibc, Major: 2, Minor: 31}: "no wheel of lab-native 1.2 fits (needs glibc 2.38, for macOS): this is Python 3.13 on Linux x86_64 with glibc 2.31",
		{Kind: tags.Musl, Major: 1, Minor: 2}:   "no wheel of lab-native 1.2 fits (for Linux with glibc, for macOS): this is Python 3.13 on Linux x86_64 with musl 1.2",
	} {
		got := d.For(tags.NewSupported(tags.Target{Major: 3, Minor: 13, Libc: libc, Arch: "x86_64"}))
		if !ok || got.Package != "lab-native" || got.Msg != want || got.Hint == "" {
			t.Errorf("got %+v", got)
		}
	}
}

func TestTheHintSuitsTheBuilder(t *testing.T) {
	for _, test := range []struct{ output, apt, apk, dnf string }{
		{"fatal error: libpq-fe.h: No such file or directory",
			`libpq-fe.h is missing: write apt.build = ["libpq-dev"] under [tool.moult]`,
			`libpq-fe.h is missing: write apk.build = ["libpq-dev"] under [tool.moult]`,
			`libpq-fe.h is missing: write dnf.build = ["libpq-devel"] under [tool.moult]`},
		{"fatal error: portaudio.h: No such file or directory",
			`portaudio.h is missing: write apt.build = ["portaudio19-dev"] under [tool.moult]`,
			"portaudio.h is missing: add the Alpine package that has it to apk.build under [tool.moult]",
			"portaudio.h is missing: add the Red Hat package that has it to dnf.build under [tool.moult]"},
		{"fatal error: zmq.h: No such file or directory",
			`zmq.h is missing: write apt.build = ["libzmq3-dev"] under [tool.moult]`,
			`zmq.h is missing: write apk.build = ["zeromq-dev"] under [tool.moult]`,
			"zmq.h is missing: add the Red Hat package that has it to dnf.build under [tool.moult]"},
		{"ERROR: Failed to build one",
			"the compiler's message is above; a library's headers come from a Debian package in apt.build under [tool.moult]",
			"the compiler's message is above; a library's headers come from an Alpine package in apk.build under [tool.moult]",
			"the compiler's message is above; a library's headers come from a Red Hat package in dnf.build under [tool.moult]"},
	} {
		d, ok := Resolver(test.output)
		if !ok {
			d, ok = Build("one", test.output)
		}
		if !ok {
			t.Errorf("%s is not understood", test.output)
		}
		for manager, want := range map[string]string{environment.Apt: test.apt, environment.Apk: test.apk, environment.Dnf: test.dnf} {
			if got := d.On(manager).Hint; got != want {
				t.Errorf("%s on %s: %q", test.output, manager, got)
			}
		}
	}
}

// A name that no cure has would never be looked up.
func TestThePackagesElsewhereAreThoseOfTheCures(t *testing.T) {
	for line := range strings.Lines(string(elsewhere)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		if len(f) != 3 || !strings.Contains(string(cures), " "+f[0]+"\n") {
			t.Errorf("%q", line)
		}
	}
}

func FuzzMiss(f *testing.F) {
	f.Add("fatal error: ffi.h: No such file or directory")
	f.Add("error: command '/usr/bin/' failed: No such file or directory")
	f.Fuzz(func(t *testing.T, output string) {
		for _, m := range Miss(output) {
			if m.Name == "" || m.Kind == "" {
				t.Errorf("%+v", m)
			}
		}
		Resolver(output)
	})
}

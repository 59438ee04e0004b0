package libraries

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/moult-build/moult/internal/check/conflict"
	"github.com/moult-build/moult/internal/check/libraries/elftest"
)

const site = "opt/venv/lib/python3.13/site-packages"

// lay writes packages into one layer: by name the files with their content.
func lay(t *testing.T, packages map[string]map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, files := range packages {
		record := ""
		for file, content := range files {
			record += file + ",sha256=x,1\n"
			if content != nil {
				write(t, filepath.Join(dir, site, file), content)
			}
		}
		write(t, filepath.Join(dir, site, name+"-1.dist-info", "RECORD"), []byte(record))
	}
	return dir
}

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWhatPackagesNeed(t *testing.T) {
	type files = map[string][]byte
	lib := func(soname string, needs ...string) []byte {
		content, err := elftest.Object(soname, needs...)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	for _, test := range []struct {
		says     string
		packages map[string]files
		want     []Need
	}{
		{"no compiled code", map[string]files{"a": {"a.py": []byte("1")}}, nil},
		{"the C library is everywhere", map[string]files{"a": {"a.cpython-313-x86_64-linux-gnu.so": lib("", "libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2")}}, nil},
		{"a driver comes with the machine", map[string]files{"a": {"a.so": lib("", "libcuda.so.1")}}, nil},
		{"a library of the system", map[string]files{"psycopg2": {"psycopg2/_psycopg.abi3.so": lib("", "libpq.so.5", "libc.so.6")}},
			[]Need{{"psycopg2", "libpq.so.5", "psycopg2/_psycopg.abi3.so"}}},
		{"a library of the wheel", map[string]files{"a": {"a/_a.so": lib("", "libz-1a2b.so.1"), "a.libs/libz-1a2b.so.1": lib("libz-1a2b.so.1", "libc.so.6")}}, nil},
		{"a library of another package, by its soname", map[string]files{"torch": {"torch/_C.so": lib("", "libcublas.so.12")},
			"nvidia-cublas": {"nvidia/cublas/lib/libcublas.so.12.6": lib("libcublas.so.12")}}, nil},
		{"what a library of the wheel needs", map[string]files{"a": {"a/_a.so": lib("", "liba.so"), "a.libs/liba.so": lib("", "libGL.so.1")}},
			[]Need{{"a", "libGL.so.1", "a.libs/liba.so"}}},
		{"what only a plugin needs", map[string]files{"qt": {"qt/QtCore.abi3.so": lib("", "libc.so.6"), "qt/plugins/libqsqlmysql.so": lib("", "libmysqlclient.so.21")}}, nil},
		{"libraries that need each other", map[string]files{"a": {"a.so": lib("", "libx.so"), "libx.so": lib("", "liby.so"), "liby.so": lib("", "libx.so")}}, nil},
		{"no ELF file", map[string]files{"a": {"a.so": []byte("/* GNU ld script */"), "b.so": {}}}, nil},
		{"a file that is not there", map[string]files{"a": {"a.so": nil}}, nil},
		{"a program", map[string]files{"uwsgi": {"../../../bin/uwsgi": lib("", "libpython3.13.so.1.0", "libxml2.so.2", "libpcre2-8.so.0", "libc.so.6")}},
			[]Need{{"uwsgi", "libpcre2-8.so.0", "../../../bin/uwsgi"}, {"uwsgi", "libpython3.13.so.1.0", "../../../bin/uwsgi"}, {"uwsgi", "libxml2.so.2", "../../../bin/uwsgi"}}},
		{"a program with a library of its package", map[string]files{"a": {"../../../bin/a": lib("", "liba.so.1"), "a/liba.so.1": lib("liba.so.1")}}, nil},
		{"a script", map[string]files{"a": {"../../../bin/a": []byte("#!/opt/venv/bin/python\n")}}, nil},
		{"a file below bin that is no program", map[string]files{"a": {"../../../bin/x/y": lib("", "libxml2.so.2")}}, nil},
		{"one need of two files", map[string]files{"a": {"a.so": lib("", "libpq.so.5"), "b.so": lib("", "libpq.so.5")}},
			[]Need{{"a", "libpq.so.5", "a.so"}}},
	} {
		t.Run(test.says, func(t *testing.T) {
			layers, err := conflict.Read([]string{lay(t, test.packages)}, site)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Find(layers)
			if err != nil || !slices.EqualFunc(got, test.want, func(a, b Need) bool { return a.Package == b.Package && a.Library == b.Library }) {
				t.Errorf("got %+v %v, want %+v", got, err, test.want)
			}
			dir := t.TempDir()
			if err := Write(dir, got); err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(filepath.Join(dir, AnswerFile))
			if err != nil {
				t.Fatal(err)
			}
			if again, err := Parse(content); err != nil || !slices.Equal(again, got) {
				t.Errorf("read again: %+v %v", again, err)
			}
		})
	}
}

package loader

import (
	"context"
	"debug/elf"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// image is an image of files by their names.
type image fstest.MapFS

func imageOf(files map[string]string) image {
	img := image{}
	for name, content := range files {
		img[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return img
}

func (i image) ReadFile(_ context.Context, name string) ([]byte, error) {
	return fs.ReadFile(fstest.MapFS(i), strings.TrimPrefix(name, "/"))
}

func (i image) ReadDir(_ context.Context, name string) ([]string, error) {
	entries, err := fs.ReadDir(fstest.MapFS(i), strings.TrimPrefix(name, "/"))
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

func TestTheConfigurationIsReadWithWhatItIncludes(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"none": {nil, nil},
		"Debian's": {map[string]string{
			"etc/ld.so.conf":                         "include /etc/ld.so.conf.d/*.conf\n\n",
			"etc/ld.so.conf.d/x86_64-linux-gnu.conf": "# Multiarch support\n/usr/local/lib/x86_64-linux-gnu\n/lib/x86_64-linux-gnu\n",
			"etc/ld.so.conf.d/libc.conf":             "# libc default configuration\n/usr/local/lib # by hand\n",
			"etc/ld.so.conf.d/README":                "/nothing\n",
		}, []string{"/usr/local/lib", "/usr/local/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu"}},
		"a folder beside it, tabs and several on a line": {map[string]string{
			"etc/ld.so.conf": "include\tmore/a.conf more/b.conf\n", "etc/more/a.conf": "/a/ /b,/c:/d\nrelative\n", "etc/more/b.conf": "/e=libc6\n",
		}, []string{"/a", "/b", "/c", "/d", "/e"}},
		"one that includes itself":    {map[string]string{"etc/ld.so.conf": "/a\ninclude /etc/*.conf\n/b\n"}, []string{"/a", "/b"}},
		"files that nothing includes": {map[string]string{"etc/ld.so.conf.d/x.conf": "/x\n"}, nil},
	} {
		if got := Configured(t.Context(), imageOf(test.files)); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
	}
}

func TestMuslHasFoldersOfItsOwn(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  string
		ok    bool
	}{
		"another C library": {map[string]string{"lib/libc.so.6": ""}, "", false},
		"musl":              {map[string]string{"lib/ld-musl-x86_64.so.1": ""}, "/lib /usr/local/lib /usr/lib", true},
		"its configuration": {map[string]string{"lib/ld-musl-x86_64.so.1": "", "etc/ld-musl-x86_64.path": "/opt/lib:/x\n/y\n"}, "/opt/lib /x /y", true},
	} {
		if got, ok := Musl(t.Context(), imageOf(test.files)); strings.Join(got, " ") != test.want || ok != test.ok {
			t.Errorf("%s: %q %t", name, got, ok)
		}
	}
}

func TestMachines(t *testing.T) {
	for _, m := range machines {
		if ForArch(m.Arch) != m || ForELF(m.ELF) != m {
			t.Errorf("%+v is not found", m)
		}
	}
	if got := ForArch("sparc").Folders(); !slices.Equal(got, []string{"/lib64", "/usr/lib64", "/lib", "/usr/lib"}) {
		t.Errorf("an unknown machine: %q", got)
	}
	if got := ForELF(elf.EM_AARCH64).Folders()[0]; got != "/lib/aarch64-linux-gnu" {
		t.Errorf("%q", got)
	}
}

func TestTheNewestVersionOfGlibc(t *testing.T) {
	for versions, want := range map[string][2]int{
		"GLIBC_2.2.5 GLIBC_2.38 GLIBC_2.4 GLIBC_PRIVATE OPENSSL_3.0.0": {2, 38},
		"GLIBC_2.38 GLIBC_3.1":  {3, 1},
		"GLIBC_PRIVATE GCC_3.0": {},
	} {
		major, minor, ok := Glibc(strings.Fields(versions))
		if [2]int{major, minor} != want || ok != (major > 0) {
			t.Errorf("%s: %d.%d %t", versions, major, minor, ok)
		}
	}
}

func TestAnObjectsOwnFoldersAreSeenFromWhereItIs(t *testing.T) {
	o := Object{Runpath: []string{"$ORIGIN/../lib", "${ORIGIN}", "relative", "/opt//lib", ""}}
	if got := o.OwnFolders("/opt/python/bin"); !slices.Equal(got, []string{"/opt/python/lib", "/opt/python/bin", "/opt/lib"}) {
		t.Errorf("%q", got)
	}
}

func FuzzConfiguration(f *testing.F) {
	f.Add("include /etc/ld.so.conf\n/usr/lib\n#x\n", "/a:/b\n")
	f.Fuzz(func(t *testing.T, conf, more string) {
		for _, dir := range Configured(t.Context(), imageOf(map[string]string{"etc/ld.so.conf": conf, "etc/more.conf": more})) {
			if !path.IsAbs(dir) {
				t.Errorf("%q is searched", dir)
			}
		}
	})
}

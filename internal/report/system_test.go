package report

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"testing"
	"testing/fstest"
)

// files is an image of files.
type files struct {
	fsys fstest.MapFS
	err  error
}

func (f files) ReadFile(_ context.Context, name string) ([]byte, error) {
	if f.err != nil {
		return nil, f.err
	}
	return fs.ReadFile(f.fsys, name[1:])
}

func (f files) ReadDir(_ context.Context, name string) ([]string, error) {
	entries, err := fs.ReadDir(f.fsys, name[1:])
	var names []string
	for _, e := range entries {
		names = append(names, path.Base(e.Name()))
	}
	return names, err
}

func TestTheDistributionsPackagesAreReadWhereverTheirListIs(t *testing.T) {
	debian := func(name string) string { return "Package: " + name + "\nStatus: install ok installed\nVersion: 1\n" }
	for _, test := range []struct {
		says     string
		files    map[string]string
		want     []string
		complete bool
	}{
		{"an image with dpkg", map[string]string{"var/lib/dpkg/status": debian("bash") + "\n" + debian("libc6")}, []string{"bash", "libc6"}, true},
		{"an image without it", map[string]string{"var/lib/dpkg/status.d/libc6": "Package: libc6\nVersion: 1\n", "var/lib/dpkg/status.d/libc6.md5sums": debian("x")}, []string{"libc6"}, true},
		{"apk", map[string]string{"lib/apk/db/installed": "P:musl\nV:1\n\n"}, []string{"musl"}, true},
		{"a newer apk", map[string]string{"usr/lib/apk/db/installed": "P:musl\nV:1\n\n"}, []string{"musl"}, true},
		{"rpm", map[string]string{"usr/lib/sysimage/rpm/rpmdb.sqlite": ""}, nil, false},
		{"no packages at all", map[string]string{"etc/passwd": ""}, nil, true},
	} {
		image := files{fsys: fstest.MapFS{}}
		for name, content := range test.files {
			image.fsys[name] = &fstest.MapFile{Data: []byte(content)}
		}
		all, complete, err := ReadSystem(t.Context(), image)
		if err != nil {
			t.Fatalf("%s: %v", test.says, err)
		}
		var names []string
		for _, p := range all {
			names = append(names, p.Name)
		}
		if !slices.Equal(names, test.want) || complete != test.complete {
			t.Errorf("%s: %v, %v", test.says, names, complete)
		}
	}
	full := errors.New("the disk is full")
	if _, _, err := ReadSystem(t.Context(), files{err: full}); !errors.Is(err, full) {
		t.Errorf("a failure to read: %v", err)
	}
}

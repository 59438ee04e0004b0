package lab

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// layerOf makes a layer; a content of "-> x" is a symbolic link, of "= x" a hard link, "/" a folder.
func layerOf(t *testing.T, entries ...[2]string) v1.Layer {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e[0], Mode: 0o644, Typeflag: tar.TypeReg, Size: int64(len(e[1]))}
		switch {
		case e[1] == "/":
			h.Typeflag, h.Mode, h.Size = tar.TypeDir, 0o755, 0
		case len(e[1]) > 3 && e[1][:3] == "-> ":
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, e[1][3:], 0
		case len(e[1]) > 2 && e[1][:2] == "= ":
			h.Typeflag, h.Linkname, h.Size = tar.TypeLink, e[1][2:], 0
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := w.Write([]byte(e[1])); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	return layer
}

func TestTheMergedFileSystemFollowsLayersWhiteoutsAndSymlinks(t *testing.T) {
	image, err := mutate.AppendLayers(empty.Image,
		layerOf(t, [2]string{"./usr/", "/"}, [2]string{"./usr/bin/", "/"}, [2]string{"./bin", "-> usr/bin"}, [2]string{"./usr/bin/tool", "one"},
			[2]string{"./cache/", "/"}, [2]string{"./cache/a", "a"}, [2]string{"./old", "old"}, [2]string{"./usr/bin/also", "= usr/bin/tool"}),
		layerOf(t, [2]string{"cache/.wh..wh..opq", ""}, [2]string{"cache/b", "b"}, [2]string{".wh.old", ""}, [2]string{"usr/bin/tool", "two"}),
	)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := path.AppendImage(image); err != nil {
		t.Fatal(err)
	}
	read, err := ReadLayout(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ path, want string }{
		{"/bin/tool", "two"}, {"/usr/bin/also", "one"}, {"/cache/b", "b"},
	} {
		if data, err := read.Read(test.path); err != nil || string(data) != test.want {
			t.Errorf("%s: %q, %v", test.path, data, err)
		}
	}
	for _, gone := range []string{"/old", "/cache/a", "/nothing"} {
		if _, err := read.Lookup(gone); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is there: %v", gone, err)
		}
	}
	files, err := read.Files()
	if err != nil {
		t.Fatal(err)
	}
	if f := files["/usr/bin/tool"]; f.Layer != 1 || f.Mode.Perm() != 0o644 || f.Size != 3 {
		t.Errorf("%+v", f)
	}
	if paths, err := read.Paths("/cache"); err != nil || len(paths) != 2 {
		t.Errorf("%v %v", paths, err)
	}
}

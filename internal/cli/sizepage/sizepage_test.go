package sizepage

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func image() *Image {
	layer := func(name string, files ...File) Layer {
		l := Layer{Name: name, Packed: 10, Files: files}
		for _, f := range files {
			l.Size += f.Size
		}
		return l
	}
	site := "opt/venv/lib/python3.13/site-packages/"
	return &Image{Name: "shop </script>", Platform: "linux/amd64", Layers: []Layer{
		layer("base", File{"usr/lib/libc.so", 2000}, File{"etc/x/y/z", 1000}),
		layer("one package", File{site + "yaml/__init__.py", 50}, File{site + "_yaml.so", 70}, File{site + "pyyaml-6.0.dist-info/RECORD", 5}),
		layer("two packages", File{site + "a/x.py", 10}, File{site + "a-1.dist-info/RECORD", 1}, File{site + "b_c.py", 20}, File{site + "B_C-2.dist-info/RECORD", 2}, File{site + "stray.py", 3}),
		layer("nothing"),
	}}
}

// find walks down by names.
func find(n *node, names ...string) *node {
	for _, name := range names {
		var next *node
		for _, c := range n.Children {
			if c.Name == name {
				next = c
			}
		}
		if next == nil {
			return nil
		}
		n = next
	}
	return n
}

func TestFilesBelongToTheirPackages(t *testing.T) {
	root := tree(image())
	for _, test := range []struct {
		size int64
		at   []string
	}{
		{125, []string{"one package", "pyyaml"}},
		{11, []string{"two packages", "a"}},
		{22, []string{"two packages", "b-c"}},
		{3, []string{"two packages", "stray.py"}},
		{1000, []string{"base", "etc/x/y"}},
		{2000, []string{"base", "usr/lib", "libc.so"}},
	} {
		n := find(root, test.at...)
		if n == nil || n.Size != test.size {
			t.Errorf("%v: got %+v", test.at, n)
		}
	}
	if root.Size != 3161 || root.Packed != 30 || len(root.Children) != 3 {
		t.Errorf("got %d, %d, %d layers", root.Size, root.Packed, len(root.Children))
	}
}

func TestSmallFilesArePutTogetherAndNothingIsLost(t *testing.T) {
	l := Layer{Name: "many"}
	for n := range 5000 {
		f := File{"dir/" + strings.Repeat("x", n%7+1) + string(rune('a'+n%26)) + strings.Repeat("y", n/100), int64(n%100 + 1)}
		l.Files = append(l.Files, f)
		l.Size += f.Size
	}
	root := tree(&Image{Layers: []Layer{l}})
	var sum func(n *node) int64
	sum = func(n *node) int64 {
		if len(n.Children) == 0 {
			return n.Size
		}
		var total int64
		for _, c := range n.Children {
			total += sum(c)
		}
		return total
	}
	if got := sum(root); got != l.Size {
		t.Errorf("got %d of %d bytes", got, l.Size)
	}
	if dir := find(root, "many", "dir"); dir == nil || len(dir.Children) > most+1 {
		t.Error("the small files are not put together")
	}
}

func TestThePageIsOneFileThatNamesCannotBreak(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, image()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "</script>"); n != 1 {
		t.Errorf("%d ends of a script", n)
	}
	_, rest, _ := strings.Cut(b.String(), "const root = ")
	data, _, _ := strings.Cut(rest, ";\n")
	var n node
	if err := json.Unmarshal([]byte(data), &n); err != nil || n.Name != "shop </script>" {
		t.Errorf("%v: %q", err, n.Name)
	}
}

func TestAnArchiveThatMakesNoSense(t *testing.T) {
	const list = `application/vnd.oci.image.index.v1+json`
	loop := "sha256:" + strings.Repeat("0", 64)
	for _, top := range []string{
		`{"manifests": []}`, `{"manifests": [{}]}`, `{"manifests": [{"digest": "x"}]}`,
		`{"manifests": [{"mediaType": "` + list + `", "digest": "` + loop + `"}]}`,
	} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for name, content := range map[string]string{"index.json": top, "blobs/sha256/" + loop[7:]: `{"manifests": [{"mediaType": "` + list + `", "digest": "` + loop + `"}]}`} {
			if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte(content)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), "image.tar")
		if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(name); err == nil {
			t.Errorf("%s is an image", top)
		}
	}
}

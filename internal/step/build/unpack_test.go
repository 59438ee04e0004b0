package build

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// archived is one file of an archive in a test.
type archived struct {
	name, content, link string
	kind                byte
	mode                int64
}

func tarOf(t testing.TB, entries ...archived) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		kind, mode := e.kind, e.mode
		if kind == 0 {
			kind = tar.TypeReg
		}
		if mode == 0 {
			mode = 0o600
		}
		err := w.WriteHeader(&tar.Header{Name: e.name, Linkname: e.link, Typeflag: kind, Mode: mode, Size: int64(len(e.content)), Uid: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func packed(t testing.TB, content []byte, with func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := with(&out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// unpacked unpacks an archive and lists what came of it.
func unpacked(t testing.TB, archive []byte, strip int) (list []string, err error) {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "file")
	if err := os.WriteFile(name, archive, 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	if err := (Unpack{Archive: name, Out: out, Strip: strip, Epoch: 315619200}).Make(context.Background()); err != nil {
		return nil, err
	}
	err = filepath.WalkDir(out, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == out {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(out, p)
		line := info.Mode().String() + " " + rel
		if info.Mode()&fs.ModeSymlink != 0 {
			to, _ := os.Readlink(p)
			line += " -> " + to
		} else if info.ModTime().Unix() != 315619200 {
			t.Errorf("%s has the time %v", rel, info.ModTime())
		}
		list = append(list, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 2 {
		t.Errorf("beside the result there is %v", entries)
	}
	return list, nil
}

func TestEveryKindOfArchiveIsUnpacked(t *testing.T) {
	plain := tarOf(t,
		archived{name: "tool/", kind: tar.TypeDir, mode: 0o700},
		archived{name: "tool/bin/run", content: "run", mode: 0o700},
		archived{name: "tool/doc", content: "doc"},
		archived{name: "tool/bin/alias", link: "run", kind: tar.TypeSymlink},
		archived{name: "tool/same", link: "tool/doc", kind: tar.TypeLink},
	)
	var zipped bytes.Buffer
	z := zip.NewWriter(&zipped)
	for _, e := range []struct {
		name, content string
		mode          fs.FileMode
	}{{"tool/bin/run", "run", 0o755}, {"tool/doc", "doc", 0o600}, {"tool/bin/alias", "run", 0o777 | fs.ModeSymlink}, {"tool/same", "doc", 0o644}} {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		h.SetMode(e.mode)
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	archives := map[string][]byte{
		"tar":  plain,
		"gzip": packed(t, plain, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }),
		"xz":   packed(t, plain, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) }),
		"zstd": packed(t, plain, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }),
		"zip":  zipped.Bytes(),
	}
	want := []string{"drwxr-xr-x bin", "Lrwxrwxrwx bin/alias -> run", "-rwxr-xr-x bin/run", "-rw-r--r-- doc", "-rw-r--r-- same"}
	for name, archive := range archives {
		got, err := unpacked(t, archive, 1)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestAHostileArchiveIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		archive []byte
		strip   int
		want    string
	}{
		"a path that leads out":     {tarOf(t, archived{name: "../out", content: "x"}), 0, "leads out"},
		"one that does in between":  {tarOf(t, archived{name: "a/../../out", content: "x"}), 0, "leads out"},
		"an absolute path":          {tarOf(t, archived{name: "/etc/passwd", content: "x"}), 0, "absolute"},
		"a file through a link":     {tarOf(t, archived{name: "a", link: "/tmp", kind: tar.TypeSymlink}, archived{name: "a/b", content: "x"}), 0, "a"},
		"a link out, then a file":   {tarOf(t, archived{name: "a", link: "../..", kind: tar.TypeSymlink}, archived{name: "a/b", content: "x"}), 0, "a"},
		"a hard link to elsewhere":  {tarOf(t, archived{name: "a", link: "../file", kind: tar.TypeLink}), 0, "leads out"},
		"a hard link to a link":     {tarOf(t, archived{name: "a", link: "/etc/passwd", kind: tar.TypeSymlink}, archived{name: "b", link: "a", kind: tar.TypeLink}), 0, "no file"},
		"a device":                  {tarOf(t, archived{name: "null", kind: tar.TypeChar}), 0, "device"},
		"a strip too many":          {tarOf(t, archived{name: "a/b", content: "x"}), 2, "strip"},
		"something else altogether": {[]byte("<html>not found</html>"), 0, "neither"},
		"nothing":                   {nil, 0, ""},
		"half an archive":           {tarOf(t, archived{name: "a", content: strings.Repeat("x", 4096)})[:2048], 0, ""},
	} {
		if _, err := unpacked(t, c.archive, c.strip); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFileThatWasALinkDoesNotWriteThroughIt(t *testing.T) {
	got, err := unpacked(t, tarOf(t, archived{name: "a", link: "b", kind: tar.TypeSymlink}, archived{name: "b", content: "b"}, archived{name: "a", content: "a"}), 0)
	if want := []string{"-rw-r--r-- a", "-rw-r--r-- b"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAnArchiveMayNotGrowWithoutLimit(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	u := &unpacking{ctx: context.Background(), root: root, remaining: 1000}
	err = u.tar(bytes.NewReader(tarOf(t, archived{name: "a", content: strings.Repeat("x", 600)}, archived{name: "b", content: strings.Repeat("x", 600)})))
	if err == nil || !strings.Contains(err.Error(), "far larger") {
		t.Errorf("the error is %v", err)
	}
}

// FuzzUnpack looks for archives that crash or write elsewhere.
func FuzzUnpack(f *testing.F) {
	plain := tarOf(f, archived{name: "a/b", content: "x"}, archived{name: "a/c", link: "b", kind: tar.TypeSymlink}, archived{name: "d", link: "a/b", kind: tar.TypeLink})
	f.Add(plain)
	f.Add(packed(f, plain, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }))
	f.Add(packed(f, plain, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) }))
	f.Add(packed(f, plain, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }))
	f.Fuzz(func(t *testing.T, archive []byte) {
		// What it writes beside its folder, unpacked finds.
		if _, err := unpacked(t, archive, 0); err != nil {
			return
		}
	})
}

func TestWhatIsNotUnpackedIsNotDecompressedForEver(t *testing.T) {
	archive := tarOf(t, archived{name: "top", content: strings.Repeat("x", 1<<20)})
	b := &limited{in: bytes.NewReader(archive), remaining: 1 << 19}
	if _, err := io.Copy(io.Discard, b); err != errTooLarge {
		t.Errorf("got %v", err)
	}
	b = &limited{in: bytes.NewReader(archive), remaining: int64(len(archive))}
	if n, err := io.Copy(io.Discard, b); err != nil || n != int64(len(archive)) {
		t.Errorf("got %d, %v", n, err)
	}
}

package install

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/moult-build/moult/internal/pypkg/wheel"
)

// testMember is a member of a wheel made for a test.
type testMember struct {
	name string
	data string
	mode fs.FileMode // 0 is 0644
	raw  func(*zip.FileHeader)
}

const (
	testFilename = "demo_pkg-1.0-py3-none-any.whl"
	testInfo     = "demo_pkg-1.0.dist-info"
	testData     = "demo_pkg-1.0.data"
	testWHEEL    = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
)

var (
	testTarget = Target{Prefix: "/opt/venv", Python: "3.13"}
	testTime   = time.Unix(1700000000, 0)
)

// standardWheel gives the members of a sound wheel with the given ones among
// them; one of the same name takes a standard one's place, and RECORD is made
// last unless it is given.
func standardWheel(members ...testMember) []testMember {
	present := map[string]bool{}
	for _, m := range members {
		present[m.name] = true
	}
	all := append([]testMember(nil), members...)
	for _, m := range []testMember{
		{name: testInfo + "/METADATA", data: "Metadata-Version: 2.1\nName: demo-pkg\nVersion: 1.0\n"},
		{name: testInfo + "/WHEEL", data: testWHEEL},
	} {
		if !present[m.name] {
			all = append(all, m)
		}
	}
	if !present[testInfo+"/RECORD"] {
		all = append(all, testMember{name: testInfo + "/RECORD", data: recordOf(all)})
	}
	return all
}

func recordOf(members []testMember) string {
	var rows []wheel.Row
	for _, m := range members {
		if !strings.HasSuffix(m.name, "/") {
			rows = append(rows, wheel.Row{Path: m.name, Hash: hashOf(sha256.Sum256([]byte(m.data))), Size: int64(len(m.data))})
		}
	}
	rows = append(rows, wheel.Row{Path: testInfo + "/RECORD", Size: -1})
	data, err := wheel.FormatRecord(rows)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func entryPointsMember(text string) testMember {
	return testMember{name: testInfo + "/entry_points.txt", data: text}
}

func zipBytes(t testing.TB, members []testMember) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(methodZstd, zstd.ZipCompressor())
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate}
		if strings.HasSuffix(m.name, "/") {
			h.Method = zip.Store
			h.SetMode(fs.ModeDir | 0o755)
		} else if m.mode != 0 {
			h.SetMode(m.mode)
		} else {
			h.SetMode(0o644)
		}
		if m.raw != nil {
			m.raw(h)
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func writeWheel(t testing.TB, filename string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), filename)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// layOut installs the wheel at path into a new tree and gives its root.
func layOut(t testing.TB, path string, opts Options) (root string, res *Result, err error) {
	t.Helper()
	root = filepath.Join(t.TempDir(), "out")
	tree, err := NewTree(root, testTime)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Open(path)
	if err != nil {
		return root, nil, err
	}
	defer w.Close()
	if res, err = w.Install(tree, testTarget, opts); err != nil {
		return root, nil, err
	}
	return root, res, tree.Finish()
}

// mustLayOut is layOut for a wheel that must be good.
func mustLayOut(t testing.TB, members ...testMember) (root string, res *Result) {
	t.Helper()
	root, res, err := layOut(t, writeWheel(t, testFilename, zipBytes(t, standardWheel(members...))), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return root, res
}

// listing describes a tree: mode, time, size or target, and path of all in it.
func listing(t testing.TB, root string) string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		what := ""
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(p)
			if err != nil {
				return err
			}
			what = " -> " + target
		case !info.IsDir():
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			what = fmt.Sprintf(" %d %x", len(data), sha256.Sum256(data))
		}
		lines = append(lines, fmt.Sprintf("%v %d /%s%s", info.Mode(), info.ModTime().Unix(), strings.TrimPrefix(strings.TrimPrefix(p, root), "/"), what))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n") + "\n"
}

func readOut(t testing.TB, root, path string) string {
	t.Helper()
	data, err := os.ReadFile(root + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

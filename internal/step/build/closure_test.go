package build

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/indexpage"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/step/fetch"
)

// serveWheels serves packages: NAME VERSION [TAG], with the lines of their metadata.
func serveWheels(t *testing.T, packages map[string][]string) Index {
	t.Helper()
	type file struct {
		Filename string            `json:"filename"`
		URL      string            `json:"url"`
		Hashes   map[string]string `json:"hashes"`
		Requires string            `json:"requires-python,omitempty"`
		Yanked   bool              `json:"yanked"`
	}
	pages, contents := map[string][]file{}, map[string][]byte{}
	for what, metadata := range packages {
		words := strings.Fields(what)
		name, version, tag := words[0], words[1], "py3-none-any"
		if len(words) > 2 {
			tag = words[2]
		}
		f := file{Filename: fmt.Sprintf("%s-%s-%s.whl", name, version, tag), Hashes: map[string]string{}}
		if tag == "sdist" {
			f.Filename = fmt.Sprintf("%s-%s.tar.gz", name, version)
		}
		for _, line := range metadata {
			if python, ok := strings.CutPrefix(line, "Requires-Python: "); ok {
				f.Requires = python
			}
			f.Yanked = f.Yanked || line == "Yanked"
		}
		content := wheelFile(t, name, version, tag, metadata)
		sum := sha256.Sum256(content)
		f.Hashes["sha256"] = hex.EncodeToString(sum[:])
		f.URL = "../../files/" + f.Filename
		pages[name], contents[f.Filename] = append(pages[name], f), content
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, ok := strings.CutPrefix(r.URL.Path, "/files/"); ok {
			_, _ = w.Write(contents[name])
			return
		}
		files, ok := pages[strings.Trim(strings.TrimPrefix(r.URL.Path, "/simple"), "/")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", indexpage.JSON)
		_ = json.NewEncoder(w).Encode(map[string]any{"meta": map[string]string{"api-version": "1.1"}, "files": files})
	}))
	t.Cleanup(server.Close)
	return Index{URL: server.URL + "/simple"}
}

func wheelFile(t *testing.T, name, version, tag string, metadata []string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	info := fmt.Sprintf("%s-%s.dist-info", name, version)
	for _, member := range [][2]string{
		{name + ".py", "VERSION = '" + version + "'\n"},
		{info + "/METADATA", fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n%s\n\n", name, version, strings.Join(metadata, "\n"))},
		{info + "/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: " + tag + "\n"},
		{info + "/RECORD", fmt.Sprintf("%s.py,,\n%s/METADATA,,\n%s/WHEEL,,\n%s/RECORD,,\n", name, info, info, info)},
	} {
		w, err := z.Create(member[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, member[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// thirteen is Python 3.13.5 on Debian 13.
var thirteen = described{
	target:  tags.Target{Major: 3, Minor: 13, Arch: "x86_64", Libc: tags.Libc{Kind: tags.Glibc, Major: 2, Minor: 41}},
	version: func() pep440.Version { v, _ := pep440.Parse("3.13.5"); return v }(),
	markers: pep508.Environment{
		ImplementationName: "cpython", ImplementationVersion: "3.13.5", OSName: "posix", PlatformMachine: "x86_64",
		PlatformPythonImplementation: "CPython", PlatformSystem: "Linux", PythonFullVersion: "3.13.5", PythonVersion: "3.13", SysPlatform: "linux",
	},
}

func closureFiles(t *testing.T, index Index, requires ...string) ([]string, error) {
	t.Helper()
	c := closure{
		asks: asker{client: fetch.New(nil, once)}, indexes: []Index{index}, python: thirteen,
		dir: t.TempDir(), console: &Console{to: io.Discard},
	}
	files, err := c.of(t.Context(), requires)
	for n := range files {
		if _, err := os.Stat(files[n]); err != nil {
			t.Error(err)
		}
		files[n] = filepath.Base(files[n])
	}
	return files, err
}

func TestBuildRequirementsAndWhatTheyNeed(t *testing.T) {
	index := serveWheels(t, map[string][]string{
		"backend 1.0":    nil,
		"backend 2.0":    {"Requires-Dist: helper>=1,<2", "Requires-Dist: windows; sys_platform == 'win32'", "Requires-Dist: fast; extra == 'speed'"},
		"backend 3.0rc1": nil,
		"backend 4.0":    {"Requires-Python: >=3.14"},
		"helper 1.5":     {"Requires-Dist: backend"},
		"helper 2.0":     nil,
		"fast 1.0":       nil,
		"fast 1.0 cp313-cp313-manylinux_2_28_x86_64": nil,
		"other 1.0":        {"Requires-Dist: backend[speed]"},
		"narrow 1.0":       {"Requires-Dist: backend<2"},
		"source 1.0":       nil,
		"source 2.0 sdist": nil,
		"patch 1.0":        {"Requires-Python: >=3.13.9"},
		"linked 1.0":       {"Requires-Dist: helper @ https://elsewhere.example.com/helper-1.5-py3-none-any.whl"},
		"newest 1.0":       nil,
		"kernel 1.0":       {"Requires-Dist: newest; platform_release >= '3'"},
		"withdrawn 1.0":    {"Yanked"},
	})
	for _, test := range []struct {
		says     string
		requires []string
		want     []string // nothing: pip has to do it
	}{
		{"the newest release for this Python", []string{"backend"}, []string{"backend-2.0-py3-none-any.whl", "helper-1.5-py3-none-any.whl"}},
		{"what several lines allow together", []string{"backend>=1", "Backend<2"}, []string{"backend-1.0-py3-none-any.whl"}},
		{"a condition that does not hold", []string{"newest", "backend; python_version < '3.9'"}, []string{"newest-1.0-py3-none-any.whl"}},
		{"an extra", []string{"backend[speed]"}, []string{"backend-2.0-py3-none-any.whl", "fast-1.0-cp313-cp313-manylinux_2_28_x86_64.whl", "helper-1.5-py3-none-any.whl"}},
		{"an extra that is asked for later", []string{"backend", "other"}, []string{
			"backend-2.0-py3-none-any.whl", "fast-1.0-cp313-cp313-manylinux_2_28_x86_64.whl", "helper-1.5-py3-none-any.whl", "other-1.0-py3-none-any.whl",
		}},
		{"a pre-release that is named", []string{"backend==3.0rc1"}, []string{"backend-3.0rc1-py3-none-any.whl"}},
		{"nothing", nil, nil},
		{"a package that another one holds back", []string{"backend", "narrow"}, nil},
		{"a newest release without a wheel", []string{"source"}, nil},
		{"an older one with a wheel", []string{"source<2"}, []string{"source-1.0-py3-none-any.whl"}},
		{"a patch version of Python that this one is older than", []string{"patch"}, nil},
		{"an address", []string{"helper @ https://elsewhere.example.com/helper-1.5-py3-none-any.whl"}, nil},
		{"an address in the metadata", []string{"linked"}, nil},
		{"a condition on the kernel", []string{"kernel"}, nil},
		{"a file that was withdrawn", []string{"withdrawn==1.0"}, nil},
		{"a line that is none", []string{"-r other.txt"}, nil},
		{"a marker that means nothing", []string{"newest; extra == 'x'"}, nil},
	} {
		got, err := closureFiles(t, index, test.requires...)
		if test.want == nil && len(test.requires) > 0 {
			if !errors.Is(err, errNeedsPip) {
				t.Errorf("%s: %v, %v", test.says, got, err)
			}
		} else if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, %v", test.says, got, err)
		}
	}
	if got, err := closureFiles(t, index, "gone"); err == nil || errors.Is(err, errNeedsPip) || !strings.Contains(err.Error(), "has no package gone") {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAFileWithAnotherHashIsNotTaken(t *testing.T) {
	page := `{"meta": {"api-version": "1.1"}, "files": [{"filename": "a-1-py3-none-any.whl", "url": "/simple/a/", "hashes": {"sha256": "` + strings.Repeat("a", 64) + `"}}]}`
	_, index := serve(t, map[string]string{"a": page})
	if got, err := closureFiles(t, Index{URL: index.URL}, "a"); err == nil || !strings.Contains(err.Error(), "does not match its hash") {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAHashThatOnlyPipChecksIsLeftToPip(t *testing.T) {
	page := `{"meta": {"api-version": "1.1"}, "files": [{"filename": "a-1-py3-none-any.whl", "url": "/simple/a/", "hashes": {"md5": "` + strings.Repeat("a", 32) + `"}}]}`
	_, index := serve(t, map[string]string{"a": page})
	if got, err := closureFiles(t, Index{URL: index.URL}, "a"); !errors.Is(err, errNeedsPip) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAnIndexThatPipDoesNotTrustIsLeftToPip(t *testing.T) {
	for index, want := range map[string]bool{
		"https://own.example.com/simple": true, "http://localhost:8080/simple": true, "http://127.0.0.9/simple": true, "http://[::1]:80/simple": true,
		"http://own.example.com/simple": false, "http://127.0.0.1.example.com/simple": false, "%": false,
	} {
		if got := pipTrusts(index); got != want {
			t.Errorf("%s: %v", index, got)
		}
	}
}

func TestWhatOnlyPipReadsIsLeftToPip(t *testing.T) {
	root := t.TempDir()
	env := []string{"HOME=/home/me", "PIP_NO_CACHE_DIR=1", "PIP_INDEX_URL="}
	if configured(root, env, "/usr/local") {
		t.Fatal("nothing is configured")
	}
	for _, variable := range []string{"PIP_INDEX_URL=https://own.example.com/simple", "PIP_NO_BINARY=:all:", "NETRC=/x", "PIP_CONFIG_FILE=/x"} {
		if !configured(root, append(slices.Clone(env), variable), "/usr/local") {
			t.Errorf("%s is not seen", variable)
		}
	}
	for _, name := range []string{
		"home/me/.pip/pip.conf", "home/me/.config/pip/pip.conf", "home/me/.netrc", "usr/local/pip.conf", "etc/pip.conf", "etc/xdg/pip/pip.conf",
		"settings/pip/pip.conf", "shared/pip/pip.conf",
	} {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if !configured(root, append(slices.Clone(env), "XDG_CONFIG_HOME=/settings", "XDG_CONFIG_DIRS=/none:/shared"), "/usr/local") {
			t.Errorf("%s is not seen", name)
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

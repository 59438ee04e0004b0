package integration

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moult-build/moult/internal/dev/lab"
)

// What a lock names beside wheels on an index: sdists, repositories, files at
// addresses of their own, and what lies in the context.

// backend is a PEP 517 backend that needs nothing, for source trees of the
// tests' own.
const backend = `import zipfile, pathlib
def build_wheel(out, config_settings=None, metadata_directory=None):
    module, = [p for p in pathlib.Path(".").glob("from_*.py")]
    name = module.stem
    file = f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(out) / file, "w") as z:
        def add(path, text):
            z.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), text)
        add(module.name, module.read_text())
        info = f"{name}-1.0.dist-info/"
        add(info + "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        add(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        add(info + "RECORD", "")
    return file
`

// sourceTree is a source tree of a package with one module.
func sourceTree(module string) map[string]string {
	return map[string]string{
		"pyproject.toml": "[project]\nname = \"" + strings.ReplaceAll(module, "_", "-") + "\"\nversion = \"1.0\"\n\n" +
			"[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n",
		"backend.py":   backend,
		module + ".py": "NAME = \"" + module + "\"\n",
	}
}

// sdist packs a source tree.
func sdist(t *testing.T, module string) (name string, content []byte) {
	t.Helper()
	tree := sourceTree(module)
	tree["PKG-INFO"] = "Metadata-Version: 2.1\nName: " + module + "\nVersion: 1.0\n"
	return archived(t, module+"-1.0", tree)
}

// wheelOf makes a wheel with the given modules.
func wheelOf(t *testing.T, name string, modules map[string]string) (file string, content []byte) {
	t.Helper()
	return wheelVersion(t, name, "1.0", modules)
}

func wheelVersion(t *testing.T, name, version string, modules map[string]string) (file string, content []byte) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	info := name + "-" + version + ".dist-info/"
	all := maps.Clone(modules)
	all[info+"METADATA"] = "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n"
	all[info+"WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
	record := ""
	for _, file := range slices.Sorted(maps.Keys(all)) {
		f, err := z.CreateHeader(&zip.FileHeader{Name: file, Method: zip.Store})
		if err == nil {
			_, err = f.Write([]byte(all[file]))
		}
		if err != nil {
			t.Fatal(err)
		}
		record += file + ",,\n"
	}
	f, err := z.Create(info + "RECORD")
	if err == nil {
		_, err = f.Write([]byte(record + info + "RECORD,,\n"))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return name + "-" + version + "-py3-none-any.whl", b.Bytes()
}

func sum(content []byte) string {
	h := sha256.Sum256(content)
	return hex.EncodeToString(h[:])
}

// repository serves a git repository with a source tree over HTTP.
func repository(t *testing.T, files map[string]string) (url, commit string) {
	t.Helper()
	handler, commit := repositoryHandler(t, files)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL + "/repo.git", commit
}

// repositoryHandler answers for a git repository, /repo.git, with a source tree.
func repositoryHandler(t *testing.T, files map[string]string) (handler http.Handler, commit string) {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		write(t, filepath.Join(root, "repo.git", name), content)
	}
	return serveRepository(t, root)
}

// serveRepository makes a repository of the folder repo.git in another one.
func serveRepository(t *testing.T, root string) (handler http.Handler, commit string) {
	t.Helper()
	dir := filepath.Join(root, "repo.git")
	git := func(args ...string) string {
		cmd := exec.Command("git", append([]string{"-c", "user.name=test", "-c", "user.email=test@example.com"}, args...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "-q", "-b", "main")
	git("add", ".")
	git("commit", "-q", "-m", "one")
	commit = git("rev-parse", "HEAD")
	// The lock's commit is not the branch's newest.
	write(t, filepath.Join(dir, "later.txt"), "later\n")
	git("add", ".")
	git("commit", "-q", "-m", "two")
	program, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	return &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(program)), "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1"},
	}, commit
}

func TestALockMayNameSourcesOfEveryKind(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	c := l.Packages.Scope(t.Name())
	host := strings.TrimSuffix(c.URL(), "/simple/")
	inRepository := sourceTree("from_git")
	tree := map[string]string{}
	for name, content := range inRepository {
		tree["packages/one/"+name] = content
	}
	url, commit := repository(t, tree)

	wheelName, wheel := wheelOf(t, "from_wheel_url", map[string]string{"from_wheel_url.py": "NAME = 'from_wheel_url'\n"})
	sdistName, archive := sdist(t, "from_sdist_url")
	for name, content := range map[string][]byte{wheelName: wheel, sdistName: archive} {
		if err := c.Add(name, content); err != nil {
			t.Fatal(err)
		}
	}
	wheelFile, wheelInContext := wheelOf(t, "from_wheel_file", map[string]string{"from_wheel_file.py": "NAME = 'from_wheel_file'\n"})
	sdistFile, sdistInContext := sdist(t, "from_sdist_file")

	of := map[string]string{
		"lab-sdist":       `{ registry = "` + c.URL() + `" }`,
		"from-git":        `{ git = "` + url + `?subdirectory=packages%2Fone&branch=main#` + commit + `" }`,
		"from-wheel-url":  `{ url = "` + host + "/files/" + wheelName + `" }`,
		"from-sdist-url":  `{ url = "` + host + "/files/" + sdistName + `" }`,
		"from-wheel-file": `{ path = "vendor/` + wheelFile + `" }`,
		"from-sdist-file": `{ path = "vendor/` + sdistFile + `" }`,
		"from-folder":     `{ directory = "libs/folder" }`,
		"from-member":     `{ editable = "libs/member" }`,
		"lab-steps":       `{ registry = "` + c.URL() + `" }`,
	}
	files := map[string]string{
		"lab-sdist":       `sdist = { url = "` + host + `/files/lab_sdist-1.0.tar.gz", hash = "sha256:{sha256:lab_sdist-1.0.tar.gz}" }`,
		"lab-steps":       `wheels = [{ url = "` + host + `/files/lab_steps-1.0-py3-none-any.whl", hash = "sha256:{sha256:lab_steps-1.0-py3-none-any.whl}" }]`,
		"from-wheel-url":  `wheels = [{ url = "` + host + "/files/" + wheelName + `", hash = "sha256:` + sum(wheel) + `" }]`,
		"from-sdist-url":  `sdist = { hash = "sha256:` + sum(archive) + `" }`,
		"from-wheel-file": `wheels = [{ filename = "` + wheelFile + `", hash = "sha256:` + sum(wheelInContext) + `" }]`,
		"from-sdist-file": `sdist = { hash = "sha256:` + sum(sdistInContext) + `" }`,
	}
	lock := "version = 1\nrevision = 3\nrequires-python = \">=3.13\"\n\n[manifest]\nmembers = [\"every-source\", \"from-member\"]\n"
	root := ""
	for _, name := range slices.Sorted(maps.Keys(of)) {
		version := `version = "1.0"` + "\n"
		lock += "\n[[package]]\nname = \"" + name + "\"\n" + version + "source = " + of[name] + "\n" + files[name] + "\n"
		root += `{ name = "` + name + `" }, `
	}
	lock += "\n[[package]]\nname = \"every-source\"\nversion = \"1.0\"\nsource = { virtual = \".\" }\ndependencies = [" + root + "]\n"

	project := map[string]string{
		"uv.lock": filled(t, l, c, lock),
		"main.py": "print()\n",
		"pyproject.toml": `# syntax=registry.example.com/moult:1
[project]
name = "every-source"
version = "1.0"
requires-python = ">=3.13"
dependencies = ["lab-sdist", "from-git", "from-wheel-url", "from-sdist-url", "from-wheel-file", "from-sdist-file", "from-folder", "from-member", "lab-steps"]

[tool.moult]
python = "3.13"
cmd = ["python", "main.py"]
index = [{ url = "` + c.URL() + `", default = true }]

[tool.uv]
package = false

[tool.uv.workspace]
members = ["libs/member"]

[tool.uv.sources]
from-git = { git = "` + url + `", branch = "main", subdirectory = "packages/one" }
from-wheel-url = { url = "` + host + "/files/" + wheelName + `" }
from-sdist-url = { url = "` + host + "/files/" + sdistName + `" }
from-wheel-file = { path = "vendor/` + wheelFile + `" }
from-sdist-file = { path = "vendor/` + sdistFile + `" }
from-folder = { path = "libs/folder" }
from-member = { workspace = true }
`,
		"vendor/" + wheelFile: string(wheelInContext),
		"vendor/" + sdistFile: string(sdistInContext),
	}
	for name, content := range sourceTree("from_folder") {
		project["libs/folder/"+name] = content
	}
	for name, content := range sourceTree("from_member") {
		project["libs/member/"+name] = content
	}
	dir := t.TempDir()
	for name, content := range project {
		write(t, filepath.Join(dir, name), content)
	}

	ref := l.Image("every-source:test")
	b := moult(t, dir)
	b.Exports = append(b.Exports, lab.ToRegistry(ref))
	mustBuild(t, l, b)
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	const site = "/opt/venv/lib/python3.13/site-packages/"
	read := func(name string) string {
		content, err := img.Read(site + name)
		if err != nil {
			return ""
		}
		return string(content)
	}
	for _, name := range []string{"from_git", "from_wheel_url", "from_sdist_url", "from_wheel_file", "from_sdist_file", "from_folder", "from_member"} {
		if !strings.Contains(read(name+".py"), name) {
			t.Errorf("%s is not installed", name)
		}
	}
	if read("lab_sdist/__init__.py") == "" {
		t.Error("the sdist's package is not installed")
	}
	// PEP 610: what came from elsewhere than an index says so.
	for name, want := range map[string]string{
		"from_git":       fmt.Sprintf(`{"subdirectory":"packages/one","url":%q,"vcs_info":{"commit_id":%q,"requested_revision":"main","vcs":"git"}}`, url, commit),
		"from_wheel_url": fmt.Sprintf(`{"archive_info":{"hashes":{"sha256":%q}},"url":%q}`, sum(wheel), host+"/files/"+wheelName),
		"from_sdist_url": fmt.Sprintf(`{"archive_info":{"hashes":{"sha256":%q}},"url":%q}`, sum(archive), host+"/files/"+sdistName),
		"lab_steps":      "", "lab_sdist": "", "from_folder": "",
	} {
		got := read(name + "-1.0.dist-info/direct_url.json")
		var a, b any
		if got != want && (json.Unmarshal([]byte(got), &a) != nil || json.Unmarshal([]byte(want), &b) != nil || fmt.Sprint(a) != fmt.Sprint(b)) {
			t.Errorf("direct_url.json of %s is %s, want %s", name, got, want)
		}
	}

	// Each source is keyed on its own files.
	edit(t, filepath.Join(dir, "libs/folder/from_folder.py"), "from_folder", fmt.Sprintf("from_folder, changed at %d", time.Now().UnixNano()))
	ran := steps(mustBuild(t, l, b))
	for _, name := range ran {
		if strings.HasPrefix(name, "git ") {
			continue // a source that is named by its content, see steps
		}
		for _, other := range []string{"from-git", "from-sdist", "from-member", "from-wheel", "lab-"} {
			if strings.Contains(name, other) {
				t.Errorf("%q ran again", name)
			}
		}
	}
	if !slices.ContainsFunc(ran, func(step string) bool { return step == "wheel from-folder" }) {
		t.Errorf("the changed folder was not built again; what ran: %q", ran)
	}
}

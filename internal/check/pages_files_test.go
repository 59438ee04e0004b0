package check_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/patternmatcher"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/check/compiled"
	"github.com/moult-build/moult/internal/check/conflict"
	"github.com/moult-build/moult/internal/check/imports"
	"github.com/moult-build/moult/internal/check/libraries"
	"github.com/moult-build/moult/internal/check/libraries/elftest"
	"github.com/moult-build/moult/internal/check/modules"
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/install"
	"github.com/moult-build/moult/internal/step/install/commands"
	"github.com/moult-build/moult/internal/step/protocol"
)

// The rules that look into files run on files here, as they do in a build: each package of an example is made into a
// wheel and installed, and the application's folder lies on the disk. What the packages of the pages hold is that of
// their namesakes, as far as the rules look at it; nothing in here says what breaks a rule.

// wheelFiles are the files of a package's wheel, without its dist-info.
func wheelFiles(t *testing.T, p plan.Package) map[string][]byte {
	t.Helper()
	module := strings.ReplaceAll(p.Name, "-", "_")
	text := func(s string) []byte { return []byte(s + "\n") }
	object := func(soname string, needs ...string) []byte {
		content, err := elftest.Object(soname, needs...)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	switch p.Name {
	case "with-tests", "with-other-tests":
		return map[string][]byte{
			module + "/__init__.py": text("name = '" + p.Name + "'"), "tests/__init__.py": text("# the tests of " + p.Name),
			"tests/conftest.py": text("import pytest"), // both have the same
		}
	case "opencv-python", "opencv-python-headless":
		return map[string][]byte{
			"cv2/__init__.py": text("ci_build, headless = True, " + fmt.Sprint(p.Name == "opencv-python-headless")),
			"cv2/cv2.abi3.so": object("", "libopencv-1a2b.so.4", "libc.so.6"), module + ".libs/libopencv-1a2b.so.4": object("libopencv-1a2b.so.4", "libm.so.6"),
		}
	case "psycopg2":
		return map[string][]byte{
			"psycopg2/__init__.py":                              text("from ._psycopg import connect"),
			"psycopg2/_psycopg.cpython-313-x86_64-linux-gnu.so": object("", "libpq.so.5", "libc.so.6"),
		}
	}
	return map[string][]byte{module + "/__init__.py": text("name = '" + p.Name + "'")}
}

// debianFiles are the libraries of Debian's packages that the pages add to an image.
var debianFiles = map[string][]string{
	"libpq5": {"libpq.so.5", "libpq.so.5.17"}, "libtk8.6": {"libtk8.6.so.0"}, "xvfb": {}, "xauth": {}, "locales-all": {},
}

// writeWheel makes a package's wheel.
func writeWheel(t *testing.T, p plan.Package) string {
	t.Helper()
	if p.Version == "" {
		p.Version = "1.0" // only the build of the package knows it
	}
	stem := strings.ReplaceAll(p.Name, "-", "_") + "-" + p.Version
	files := wheelFiles(t, p)
	info := stem + ".dist-info/"
	files[info+"METADATA"] = []byte("Metadata-Version: 2.1\nName: " + p.Name + "\nVersion: " + p.Version + "\n")
	files[info+"WHEEL"] = []byte("Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
	record := ""
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sum := sha256.Sum256(files[name])
		record += fmt.Sprintf("%s,sha256=%s,%d\n", name, base64.RawURLEncoding.EncodeToString(sum[:]), len(files[name]))
	}
	files[info+"RECORD"] = []byte(record + info + "RECORD,,\n")
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), stem+"-py3-none-any.whl")
	writeFile(t, name, b.Bytes())
	return name
}

func writeFile(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// installed installs the packages of a plan, one layer each, and reads the layers again.
func installed(t *testing.T, p *plan.Plan) []conflict.Layer {
	t.Helper()
	target := install.Target{Prefix: "/opt/venv", Python: p.Environment.Python.Version()}
	var layers []string
	for _, pkg := range p.Packages {
		layer := filepath.Join(t.TempDir(), pkg.Name)
		tree, err := install.NewTree(layer, time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		w, err := install.Open(writeWheel(t, pkg))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Install(tree, target, install.Options{}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		layers = append(layers, layer)
	}
	read, err := conflict.Read(layers, strings.TrimPrefix(target.SitePackages(), "/"))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// missing are the needs of packages that an image of the base and apt.run does not satisfy.
func missing(t *testing.T, layers []conflict.Layer, p *project.Project, env environment.Environment) []libraries.Need {
	t.Helper()
	image := t.TempDir()
	folders := env.Platform.LibraryFolders()
	names := []string{"libc.so.6", "libz.so.1"}
	for _, pkg := range p.Settings.Apt.Run {
		if debianFiles[pkg.Name] == nil {
			t.Fatalf("the test does not know what the package %s holds", pkg.Name)
		}
		names = append(names, debianFiles[pkg.Name]...)
	}
	for _, name := range names {
		writeFile(t, filepath.Join(image, folders[0], name), nil)
	}
	needs, err := libraries.Find(layers)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(needs, func(n libraries.Need) bool {
		return slices.ContainsFunc(folders, func(folder string) bool {
			_, err := os.Stat(filepath.Join(image, folder, n.Library))
			return err == nil
		})
	})
}

// programs are the findings about the programs that an example starts.
func (e example) programs(t *testing.T, p *project.Project, d *pipeline.Decision, layers []conflict.Layer) []check.Finding {
	t.Helper()
	has, err := modules.Find(layers)
	if err != nil {
		t.Fatal(err)
	}
	in := check.Programs{Project: p, Base: d.Plan.Base, OtherEnvironments: d.OtherEnvironments}
	for _, a := range d.Absent {
		if !slices.Contains(has.Programs, a.Name) {
			in.Absent = append(in.Absent, a)
		}
	}
	return in.Check()
}

// modules are the findings about the imports of an example's program.
func (e example) modules(t *testing.T, p *project.Project, pl *plan.Plan, layers []conflict.Layer) []check.Finding {
	t.Helper()
	tree := imports.NewTree(func(name string) ([]byte, error) { return fs.ReadFile(e.files, name) })
	for name := range e.files {
		if plan.InApp(p, name) {
			tree.Add("/app/"+name, name)
		}
	}
	img, ok := check.Started(p, pl, tree)
	if !ok {
		return nil
	}
	var err error
	if img.Modules, err = modules.Find(layers); err != nil {
		t.Fatal(err)
	}
	found, err := imports.Search(img)
	if err != nil {
		t.Fatal(err)
	}
	file := func(at string) *source.File {
		return &source.File{Name: tree.Name(at), Data: e.files[tree.Name(at)].Data}
	}
	return slices.Concat(check.Imports{Project: p, Missing: found.Missing, Command: p.Settings.Pos, File: file}.Check(),
		check.Displays{Project: p, Toolkits: found.Toolkits, File: file}.Check(), check.Locales{Project: p, Plan: pl, Set: found.Locales, File: file}.Check(),
		check.EventLoops{Project: p, Loops: found.Loops, File: file}.Check())
}

// python is the interpreter of this machine; "" if there is none.
var python = sync.OnceValue(func() string {
	out, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
})

// compiled compiles an example's files as the step of a build does.
func (e example) compiled(t *testing.T, p *project.Project, pl *plan.Plan) []check.Finding {
	t.Helper()
	if python() == "" || pl.App == nil {
		return nil
	}
	dir := t.TempDir()
	for name, f := range e.files {
		if !plan.InApp(p, name) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, "src", name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "src", name), f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := protocol.Compile{Interpreter: python(), Source: dir + "/src", Path: "/app", Output: dir + "/out", Report: dir}
	if err := commands.Do(c.Args(), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, compiled.AnswerFile))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := compiled.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	return check.Compiled{Answer: answer, Python: pl.Environment.Python.Version(), File: func(at string) *source.File {
		name := strings.TrimPrefix(at, "/app/")
		return &source.File{Name: name, Data: e.files[name].Data}
	}}.Check()
}

// certificate and privateKey are the beginnings of files whose names do not tell which they are.
const (
	certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n"
	privateKey  = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n"
)

// withoutMatch are the patterns that select no file of an example's folder.
func (e example) withoutMatch(t *testing.T, patterns []plan.Pattern) []plan.Pattern {
	t.Helper()
	return slices.DeleteFunc(patterns, func(p plan.Pattern) bool {
		m, err := patternmatcher.New([]string{p.Text})
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(e.folder, func(name string) bool {
			ok, err := m.MatchesOrParentMatches(name)
			return ok && err == nil
		})
	})
}

// suspects writes an example's folder and collects, from the disk, the files that a build hands to the rule: those of
// the application whose names match the patterns.
func (e example) suspects(t *testing.T, p *project.Project) []check.File {
	t.Helper()
	dir := t.TempDir()
	// Every folder also has what only looks like a secret.
	writeFile(t, filepath.Join(dir, ".env.example"), []byte("TOKEN=\n"))
	writeFile(t, filepath.Join(dir, "certs/ca.pem"), []byte(certificate))
	for _, name := range e.folder {
		writeFile(t, filepath.Join(dir, name), []byte(privateKey))
	}
	patterns, err := patternmatcher.New(check.FilePatterns())
	if err != nil {
		t.Fatal(err)
	}
	var files []check.File
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if match, err := patterns.MatchesOrParentMatches(name); err != nil || !match || !plan.InApp(p, name) {
			return err
		}
		f := check.File{Name: name}
		if check.NeedsHead(name) {
			f.Head, err = os.ReadFile(filepath.Join(dir, name))
		}
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

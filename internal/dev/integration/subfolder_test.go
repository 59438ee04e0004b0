package integration

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// monorepo has two services and a library of one of them.
func monorepo() map[string]string {
	service := func(name string) string {
		return `# syntax=registry.example.com/moult:1
[project]
name = "` + name + `"
requires-python = ">=3.13,<3.14"
dependencies = ["shared-lib"]

[tool.uv.sources]
shared-lib = { path = "../libs/shared" }

[tool.moult]
index = [{ name = "lab", url = "INDEX", default = true }]
`
	}
	return map[string]string{
		"one/pyproject.toml":                 service("one"),
		"one/main.py":                        "import shared_lib\nprint('one with', shared_lib.__name__)\n",
		"one/venv/junk.py":                   "",
		"two/pyproject.toml":                 service("two"),
		"two/main.py":                        "print('two')\n",
		"libs/shared/pyproject.toml":         "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n[project]\nname = \"shared-lib\"\nversion = \"1\"\n",
		"libs/shared/shared_lib/__init__.py": "",
	}
}

// Clients send the build file's folder and its bare name; where in the
// context it lies, they do not say.
func TestABuildFileInASubfolderBuildsItsProject(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	files := monorepo()
	for name, content := range files {
		files[name] = strings.Replace(content, "INDEX", l.Packages.URL(), 1)
	}
	dir := project(t, files)
	b, ref := push(l, moult(t, dir), "subfolder:test")
	b.Locals["dockerfile"] = filepath.Join(dir, "one")
	mustBuild(t, l, b)
	if out := output(t, l, ref); !strings.Contains(out, "one with shared_lib") {
		t.Errorf("it prints %q", out)
	}
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	app, err := img.Paths("/app")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range app {
		if strings.Contains(p, "venv") || strings.Contains(p, "two") || strings.Contains(p, "libs") {
			t.Errorf("%s does not belong to the project", p)
		}
	}
	// What belongs to the other service concerns nobody here.
	edit(t, filepath.Join(dir, "two/main.py"), "print", unique()+"print")
	only(t, steps(mustBuild(t, l, b)))
}

func TestABuildFileOutsideOfTheContextBuildsItsRoot(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, map[string]string{
		"files/pyproject.toml": "[project]\nname = \"outside\"\nrequires-python = \">=3.13,<3.14\"\n",
		"context/main.py":      "print('from the root')\n",
	})
	b := moult(t, filepath.Join(dir, "context"))
	b.Locals["dockerfile"] = filepath.Join(dir, "files")
	prints(t, l, b, "outside:test", "from the root")
}

func TestBytecodeCanBeOmitted(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, unlocked(l, `"lab-pure"`))
	edit(t, filepath.Join(dir, "pyproject.toml"), "[tool.moult]", "[tool.moult]\nbytecode = false")
	ref := prints(t, l, moult(t, dir), "nobytecode:test", "hello")
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	paths, err := img.Paths("/opt/venv")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		if strings.HasSuffix(p, ".pyc") {
			t.Errorf("%s is bytecode", p)
		}
	}
}

func TestOfEqualBuildFilesTheOneThatTheClientNamesIsBuilt(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	const keys = "python = \"3.13\"\n"
	dir := project(t, map[string]string{
		"moult.toml": keys, "main.py": "print('root')\n",
		"services/a/moult.toml": keys, "services/a/main.py": "print('a')\n",
		"services/b/moult.toml": keys, "services/b/main.py": "print('b')\n",
	})
	for _, c := range []struct{ option, want string }{
		{"vcs:localdir:dockerfile=services/a", "a"},
		{"vcs:localdir:dockerfile=.", "root"},
		{"build-arg:MOULT_BUILD_FILE=services/b/moult.toml", "b"},
	} {
		b, ref := push(l, moult(t, dir, "filename=moult.toml", "vcs:localdir:context=.", c.option), "equal:"+c.want)
		mustBuild(t, l, b)
		if out := output(t, l, ref); out != c.want+"\n" {
			t.Errorf("%s: it prints %q", c.option, out)
		}
	}
	// Without a word the root's is as likely as the others.
	_, err := l.Build(t.Context(), moult(t, dir, "filename=moult.toml"))
	if err == nil || !strings.Contains(err.Error(), "several folders of the build context have the same moult.toml: moult.toml, services/a/moult.toml, services/b/moult.toml; name one by --build-arg MOULT_BUILD_FILE=moult.toml") {
		t.Error(err)
	}
	_, err = l.Build(t.Context(), moult(t, dir, "filename=moult.toml", "build-arg:MOULT_BUILD_FILE=services/c/moult.toml"))
	if err == nil || !strings.Contains(err.Error(), "MOULT_BUILD_FILE=services/c/moult.toml: the build context has no such file") {
		t.Error(err)
	}
}

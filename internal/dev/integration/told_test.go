package integration

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"

	"github.com/moult-build/moult/internal/dev/hostile"
	"github.com/moult-build/moult/internal/dev/lab"
)

// vector is the file of a hostile input.
func vector(t *testing.T, name string) (file string, content []byte) {
	t.Helper()
	for _, v := range hostile.All() {
		if v.Name == name {
			return v.File, v.Files()[v.File]
		}
	}
	t.Fatalf("the kit has no %s", name)
	return "", nil
}

// What is refused in a step is told at the line that asked for it, with the
// reason, also by daemons that cannot read the files of a step that failed.
func TestWhatStepsRefuseIsToldAtItsLineOnEveryEngine(t *testing.T) {
	t.Parallel()
	engines := everyEngine(t)
	wheel, wheelContent := vector(t, "wheel-whiteout-environment")
	_, archive := vector(t, "tar-climbs")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, err := w.Write(archive); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	head := "# syntax=registry.example.com/moult:1\n[project]\nname = \"told\"\nversion = \"1.0\"\nrequires-python = \">=3.13\"\ndependencies = [%s]\n\n" +
		"[tool.moult]\npython = \"3.13\"\ncmd = [\"python\", \"main.py\"]\n"
	l := lab.Need(t)
	c := l.Packages.Scope(t.Name())
	secret := locked(t, l, c, "1.0", "uv")
	edit(t, secret+"/pyproject.toml", `simple/" }]`, `simple/", secret = "not-there" }]`)

	for name, test := range map[string]struct {
		dir, file string
		line      int
		want      string
	}{
		"a wheel": {project(t, map[string]string{
			"main.py": "", "vendor/" + wheel: string(wheelContent),
			"pyproject.toml": fmt.Sprintf(head, `"demo"`) + "\n[tool.uv]\npackage = false\n[tool.uv.sources]\ndemo = { path = \"vendor/" + wheel + "\" }\n",
			"uv.lock": "version = 1\nrevision = 3\nrequires-python = \">=3.13\"\n\n" +
				"[[package]]\nname = \"demo\"\nversion = \"1.0\"\nsource = { path = \"vendor/" + wheel + "\" }\nwheels = [{ filename = \"" + wheel + "\", hash = \"sha256:" + sum(wheelContent) + "\" }]\n\n" +
				"[[package]]\nname = \"told\"\nversion = \"1.0\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"demo\" }]\n",
		}), "pyproject.toml", 6, "begins with \".wh.\""},
		"an archive": {project(t, map[string]string{
			"main.py": "",
			"pyproject.toml": fmt.Sprintf(head, "") + fmt.Sprintf("\n[[tool.moult.files]]\nurl = %q\nsha256 = %q\nunpack = true\nto = \"/srv/tool\"\n",
				server.URL+"/tool.tar", sum(archive)),
		}), "pyproject.toml", 12, "leads out of the archive"},
		"a secret that the build was not given": {secret, "pyproject.toml", 0, `not given the secret "not-there" of the index`},
		"a pattern": {project(t, map[string]string{
			"main.py": "", "pyproject.toml": fmt.Sprintf(head, ""), ".dockerignore": "# nothing\n[z-a]\n",
		}), ".dockerignore", 2, "is not a pattern"},
	} {
		for engine, l := range engines {
			t.Run(name+" on "+engine, func(t *testing.T) {
				_, err := l.Build(t.Context(), moult(t, test.dir))
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Fatalf("%v", err)
				}
				sources := errdefs.Sources(err)
				if len(sources) == 0 {
					t.Fatalf("no line is shown: %v", err)
				}
				at := sources[len(sources)-1]
				if line := int(at.Ranges[0].Start.Line); at.Info.Filename != test.file || test.line != 0 && line != test.line {
					t.Errorf("it is told at %s:%d: %v", at.Info.Filename, line, err)
				}
			})
		}
	}
}

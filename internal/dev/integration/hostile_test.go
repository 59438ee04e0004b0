package integration

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
	"github.com/moult-build/moult/internal/dev/lab/index"
)

// thief is put in front of a backend that has a step of its own: it looks for what
// is not its own, and fails the build if it finds any of it. A backend that shares
// its step with pip may do less, see spy.
const thief = `
import os, socket
loot = [os.path.join(d, f) for d, _, files in os.walk("/moult/secrets") for f in files if f != "ca-certificates"]
loot += [k for k, v in os.environ.items() if "s3cret" in v or k.startswith(("PIP_INDEX", "PIP_EXTRA", "GIT_CONFIG", "SSH_"))]
loot += [p for p in ("/root/.cache/pip", "/root/.netrc", "/root/.config/pip") if os.path.exists(p)]
try:
    socket.create_connection((%q, %s), 3).close()
    loot.append("the network")
except OSError:
    pass
if loot:
    raise RuntimeError("LOOT: " + ", ".join(loot))
`

// asksForMore is put behind a backend: it asks for a package besides what the
// project requires for its build, and builds only with it.
const asksForMore = `

def get_requires_for_build_wheel(config=None):
    return ["lab-pure"]

build = build_wheel

def build_wheel(*args):
    import importlib.metadata
    assert importlib.metadata.version("lab-pure")
    return build(*args)
`

// hostileProject is a locked project with one sdist of its own, whose backend
// is given, on an index with a password.
func hostileProject(t *testing.T, l *lab.Lab, c *index.Client, backend string) lab.Build {
	t.Helper()
	tree := sourceTree("from_evil")
	tree["backend.py"] = backend
	tree["PKG-INFO"] = "Metadata-Version: 2.1\nName: from_evil\nVersion: 1.0\n"
	file, content := archived(t, "from_evil-1.0", tree)
	return withPassword(t, c, project(t, map[string]string{
		"vendor/" + file: string(content),
		"main.py":        "",
		"uv.lock": "version = 1\nrevision = 3\nrequires-python = \">=3.13\"\n\n" +
			"[[package]]\nname = \"from-evil\"\nversion = \"1.0\"\nsource = { path = \"vendor/" + file + "\" }\nsdist = { hash = \"sha256:" + sum(content) + "\" }\n\n" +
			"[[package]]\nname = \"hostile\"\nversion = \"1.0\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"from-evil\" }]\n",
		"pyproject.toml": "# syntax=registry.example.com/moult:1\n[project]\nname = \"hostile\"\nversion = \"1.0\"\nrequires-python = \">=3.13\"\ndependencies = [\"from-evil\"]\n\n" +
			"[tool.moult]\npython = \"3.13\"\ncmd = [\"python\", \"main.py\"]\nindex = [{ url = \"" + c.URL() + "\", default = true, secret = \"lab-index\" }]\n\n" +
			"[tool.uv]\npackage = false\n\n[tool.uv.sources]\nfrom-evil = { path = \"vendor/" + file + "\" }\n",
	}))
}

// withPassword builds a project whose index has a password from now on, as the
// secret lab-index.
func withPassword(t *testing.T, c *index.Client, dir string) lab.Build {
	t.Helper()
	if err := c.Fail("*", index.Fault{User: "someone", Password: "s3cret-in-test"}); err != nil {
		t.Fatal(err)
	}
	b := moult(t, dir)
	b.Secrets = map[string][]byte{"lab-index": []byte("someone:s3cret-in-test")}
	return b
}

// reaching is hostile code that tries to reach an index.
func reaching(t *testing.T, code string, c *index.Client) string {
	t.Helper()
	u, err := url.Parse(c.URL())
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(code, u.Hostname(), u.Port())
}

func TestABackendSeesNoSecretNoCacheAndNoNetwork(t *testing.T) {
	l := lab.Need(t)
	c := newIndex(t, l)
	// Also where it is only asked, and where it asks for more: that comes with
	// the password of the index, and is there when it builds.
	mustBuild(t, l, hostileProject(t, l, c, reaching(t, thief, c)+backend+asksForMore))
}

func TestABackendWithANetworkSeesNoSecret(t *testing.T) {
	l := lab.Need(t)
	c := newIndex(t, l)
	// The step that asks the backend for its requirements has none.
	b := hostileProject(t, l, c, "reached = False\n"+strings.Replace(reaching(t, thief, c), `loot.append("the network")`, `reached = True`, 1)+backend+`

build = build_wheel

def build_wheel(*args):
    assert reached
    return build(*args)
`)
	edit(t, filepath.Join(b.Context, "pyproject.toml"), "[tool.uv]", "[tool.moult.package.from-evil]\nnetwork = true\n\n[tool.uv]")
	mustBuild(t, l, b)
}

func TestABackendThatWritesOtherWheelsIsRefused(t *testing.T) {
	l := lab.Need(t)
	for says, test := range map[string]struct{ change, want string }{
		"another wheel beside its own": {`
    file2 = "requests-9.9-py3-none-any.whl"
    import shutil; shutil.copy(pathlib.Path(out) / file, pathlib.Path(out) / file2)
    return file
`, "2 wheels instead of one"},
		"a wheel of another project": {`
    os.rename(pathlib.Path(out) / file, pathlib.Path(out) / "requests-9.9-py3-none-any.whl")
    return "requests-9.9-py3-none-any.whl"
`, "the file name says requests"},
		"a wheel of another version": {`
    os.rename(pathlib.Path(out) / file, pathlib.Path(out) / "from_evil-9.9-py3-none-any.whl")
    return "from_evil-9.9-py3-none-any.whl"
`, "the file name says version 9.9"},
	} {
		t.Run(says, func(t *testing.T) {
			c := newIndex(t, l)
			changed := strings.Replace(backend, "    return file\n", test.change, 1)
			if changed == backend {
				t.Fatal("the backend is as it was")
			}
			_, err := l.Build(t.Context(), hostileProject(t, l, c, "import os\n"+changed))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "failed to solve: pyproject.toml:6:") {
				t.Errorf("%v", err)
			}
		})
	}
}

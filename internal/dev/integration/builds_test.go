package integration

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
	"github.com/moult-build/moult/internal/dev/lab/index"
)

// What single packages need to be built, and where they come from.

// witness is a PEP 517 backend that writes into the package what its build has
// seen.
const witness = `import importlib.metadata, os, pathlib, shutil, zipfile
def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "none"
def get_requires_for_build_wheel(config_settings=None):
    return []
def prepare(info, add):
    add(info + "METADATA", "Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n")
    add(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    add(info + "RECORD", "")
def build_wheel(out, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(pathlib.Path(out) / "probe-1.0-py3-none-any.whl", "w") as z:
        def add(path, text):
            z.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), text)
        seen = [
            "env=" + os.environ.get("PROBE", "none"),
            "settings=" + ",".join(f"{k}={v}" for k, v in sorted((config_settings or {}).items())),
            "pure=" + version("lab-pure"),
            "hello=" + str(shutil.which("hello") is not None),
        ]
        add("probe.py", f"SEEN = {' '.join(seen)!r}\n")
        prepare("probe-1.0.dist-info/", add)
    return "probe-1.0-py3-none-any.whl"
`

// archived packs files as the sdist name-version.tar.gz.
func archived(t *testing.T, stem string, files map[string]string) (name string, content []byte) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		err := w.WriteHeader(&tar.Header{Name: stem + "/" + file, Mode: 0o644, Size: int64(len(files[file]))})
		if err == nil {
			_, err = w.Write([]byte(files[file]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return stem + ".tar.gz", b.Bytes()
}

// probe puts the package probe on an index: an sdist, and a wheel that fits
// but says that it was not built.
func probe(t *testing.T, c *index.Client) (sdistSum, wheelSum string) {
	t.Helper()
	sdist, archive := archived(t, "probe-1.0", map[string]string{
		"pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n",
		"backend.py":     witness,
		"PKG-INFO":       "Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n",
	})
	wheel, content := wheelOf(t, "probe", map[string]string{"probe.py": "SEEN = 'not built'\n"})
	add(t, c, sdist, archive)
	add(t, c, wheel, content)
	return sum(archive), sum(content)
}

func add(t *testing.T, c *index.Client, name string, content []byte) {
	t.Helper()
	if err := c.Add(name, content); err != nil {
		t.Fatal(err)
	}
}

const probed = `
[tool.moult.package.probe]
no-binary = true
apt = ["hello"]
env = { PROBE = "one" }
config-settings = { flavour = "plain" }
`

func TestAPackageIsBuiltByItsOwnSettings(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	c := l.Packages.Scope(t.Name())
	sdistSum, wheelSum := probe(t, c)
	host := strings.TrimSuffix(c.URL(), "/simple/")
	lock := filled(t, l, c, `version = 1
revision = 3
requires-python = "==3.13.*"

[[package]]
name = "lab-pure"
version = "1.0"
source = { registry = "{INDEX}" }
wheels = [{ url = "{HOST}/files/lab_pure-1.0-py3-none-any.whl", hash = "sha256:{sha256:lab_pure-1.0-py3-none-any.whl}" }]

[[package]]
name = "lab-sdist"
version = "1.0"
source = { registry = "{INDEX}" }
sdist = { url = "{HOST}/files/lab_sdist-1.0.tar.gz", hash = "sha256:{sha256:lab_sdist-1.0.tar.gz}" }

[[package]]
name = "probe"
version = "1.0"
source = { registry = "{INDEX}" }
sdist = { url = "`+host+`/files/probe-1.0.tar.gz", hash = "sha256:`+sdistSum+`" }
wheels = [{ url = "`+host+`/files/probe-1.0-py3-none-any.whl", hash = "sha256:`+wheelSum+`" }]

[[package]]
name = "unlocked"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "lab-pure" }, { name = "lab-sdist" }, { name = "probe" }]

[package.metadata]
requires-dist = [{ name = "lab-pure" }, { name = "lab-sdist" }, { name = "probe" }]
`)
	files := unlocked(l, `"lab-pure", "lab-sdist", "probe"`)
	files["uv.lock"] = lock
	files["main.py"] = "import probe\nprint(probe.SEEN)\n"
	files["pyproject.toml"] += probed + "build-isolation = false\n"
	dir := project(t, files)
	b, ref := push(l, moult(t, dir), "probed:test")
	mustBuild(t, l, b)
	isFitToShip(t, l, ref)
	if out, want := output(t, l, ref), "env=one settings=flavour=plain pure=1.0 hello=True"; strings.TrimSpace(out) != want {
		t.Errorf("the build saw %q, want %q", out, want)
	}
	// Its settings concern no other package.
	edit(t, filepath.Join(dir, "pyproject.toml"), `PROBE = "one"`, `PROBE = "`+strings.TrimSpace(unique())+`"`)
	only(t, steps(mustBuild(t, l, b)), append(asksAndBuilds("probe"), append(application, selectTheApplication())...)...)
}

func TestAPackageIsBuiltByItsOwnSettingsWithoutALock(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	c := l.Packages.Scope(t.Name())
	probe(t, c)
	files := unlocked(l, `"lab-pure", "probe"`)
	files["main.py"] = "import probe\nprint(probe.SEEN)\n"
	files["pyproject.toml"] = strings.Replace(files["pyproject.toml"], l.Packages.URL(), c.URL(), 1) + probed + "build-requires = [\"lab-pure\"]\n"
	b, ref := push(l, moult(t, project(t, files)), "probed:unlocked")
	mustBuild(t, l, b)
	if out, want := output(t, l, ref), "env=one settings=flavour=plain pure=1.0 hello=True"; strings.TrimSpace(out) != want {
		t.Errorf("the build saw %q, want %q", out, want)
	}
}

// pip itself builds what nothing is said about.
func TestBuildConstraintsHoldInWhatPipBuilds(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	c := l.Packages.Scope(t.Name())
	sdist, archive := archived(t, "probe-1.0", map[string]string{
		"pyproject.toml": "[build-system]\nrequires = [\"lab-pure\"]\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n",
		"backend.py":     witness,
		"PKG-INFO":       "Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n",
	})
	add(t, c, sdist, archive)
	newer, content := wheelVersion(t, "lab_pure", "2.0", map[string]string{"lab_pure.py": ""})
	add(t, c, newer, content)
	files := unlocked(l, `"probe"`)
	files["main.py"] = "import probe\nprint(probe.SEEN)\n"
	files["constraints.txt"] = "lab-pure<2\n"
	files["pyproject.toml"] = strings.Replace(files["pyproject.toml"], l.Packages.URL(), c.URL(), 1) + `
[tool.moult.build]
constraints = "constraints.txt"
env = { PROBE = "for all" }
`
	b, ref := push(l, moult(t, project(t, files)), "constrained:test")
	mustBuild(t, l, b)
	if out, want := output(t, l, ref), "env=for all settings= pure=1.0 hello=False"; strings.TrimSpace(out) != want {
		t.Errorf("the build saw %q, want %q", out, want)
	}
}

func TestEachPackageComesFromItsOwnIndex(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	one, two := l.Packages.Scope(t.Name()+"-one"), l.Packages.Scope(t.Name()+"-two")
	public := l.Packages.Scope(t.Name())
	// Each name is on every index, but only one of them has the right one.
	for _, c := range []*index.Client{one, two, public} {
		for _, name := range []string{"ours_one", "ours_two"} {
			right := c == one && name == "ours_one" || c == two && name == "ours_two"
			version, text := "9.0", "FROM = 'somebody else'\n"
			if right {
				version, text = "1.0", "FROM = 'its own index'\n"
			}
			file, content := wheelVersion(t, name, version, map[string]string{name + ".py": text})
			add(t, c, file, content)
		}
	}
	for c, password := range map[*index.Client]string{one: "of-one", two: "of-two"} {
		if err := c.Fail("*", index.Fault{User: "me", Password: password}); err != nil {
			t.Fatal(err)
		}
	}
	dir := project(t, map[string]string{
		"main.py": "import ours_one, ours_two, lab_pure\nprint(ours_one.FROM, ours_two.FROM)\n",
		"pyproject.toml": `# syntax=registry.example.com/moult:1
[project]
name = "several-indexes"
version = "1"
requires-python = ">=3.13,<3.14"
dependencies = ["ours-one", "ours-two>=1", "lab-pure"]

[[tool.uv.index]]
name = "one"
url = "` + one.URL() + `"
explicit = true

[[tool.uv.index]]
name = "two"
url = "` + two.URL() + `"
explicit = true

[[tool.uv.index]]
name = "public"
url = "` + public.URL() + `"
default = true

[tool.uv.sources]
ours-one = { index = "one" }

[tool.moult]
cmd = ["python", "main.py"]
index = [{ name = "one", secret = "one" }, { name = "two", secret = "two" }]

[tool.moult.package.ours-two]
index = "two"
`,
	})
	b, ref := push(l, moult(t, dir), "several-indexes:test")
	b.Secrets = map[string][]byte{"one": []byte("me:of-one"), "two": []byte("me:of-two")}
	mustBuild(t, l, b)
	if out := strings.TrimSpace(output(t, l, ref)); out != "its own index its own index" {
		t.Errorf("the packages come from %s", out)
	}
}

func TestWhatThePackagesOwnIndexRefusesIsSaidAtItsLine(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	c := l.Packages.Scope(t.Name())
	if err := c.Fail("*", index.Fault{User: "me", Password: "right"}); err != nil {
		t.Fatal(err)
	}
	text := `# syntax=registry.example.com/moult:1
[project]
name = "bound"
version = "1"
requires-python = ">=3.13,<3.14"
dependencies = ["lab-pure>=7", "lab-c"]

[tool.moult]
cmd = ["python", "main.py"]
index = [{ name = "lab", url = "` + l.Packages.URL() + `", default = true }, { name = "own", url = "` + c.URL() + `", secret = "own" }]

[tool.moult.package.lab-pure]
index = "own"
`
	for _, test := range []struct {
		says, secret string
		want         []string
	}{
		{"no secret", "", []string{"pyproject.toml:10:", "secret"}},
		{"a wrong password", "me:wrong", []string{"pyproject.toml:13:", "401"}},
		{"no such version", "me:right", []string{"pyproject.toml:13:", "has no version of lab-pure>=7"}},
	} {
		dir := project(t, map[string]string{"pyproject.toml": text, "main.py": unique()})
		b := moult(t, dir)
		if test.secret != "" {
			b.Secrets = map[string][]byte{"own": []byte(test.secret)}
		}
		r, err := l.Build(t.Context(), b)
		if err == nil {
			t.Fatalf("%s: it builds", test.says)
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error does not say %q: %v\n%s", test.says, want, err, r.Log())
			}
		}
		if strings.Contains(r.Log()+err.Error(), "wrong") && test.secret == "me:wrong" && strings.Contains(r.Log()+err.Error(), "me:wrong") {
			t.Errorf("%s: the password is shown", test.says)
		}
	}
}

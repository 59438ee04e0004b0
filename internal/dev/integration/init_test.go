package integration

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/cli"
	"github.com/moult-build/moult/internal/dev/lab"
	"github.com/moult-build/moult/internal/dev/lab/index"
)

// TestInitMakesAnImageThatStartsAsTheDockerfilesDoes builds the Dockerfile of each
// project of testdata/init/cases, runs "moult init" beside it, builds the build
// file that came out, starts both images and compares them. They may differ only
// in what a line of init's names.
func TestInitMakesAnImageThatStartsAsTheDockerfilesDoes(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	cases, err := filepath.Glob("testdata/init/cases/*.txt")
	if err != nil || len(cases) == 0 {
		t.Fatal(err, "no cases")
	}
	packages := initIndex(t, l)
	bases := map[string]string{"3.13": initBase(t, l, packages, "3.13"), "3.11": initBase(t, l, packages, "3.11")}
	// The machine is busy enough with a few at a time.
	turn := make(chan struct{}, 4)
	for _, file := range cases {
		c := readInitCase(t, file)
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			turn <- struct{}{}
			defer func() { <-turn }()
			dir := project(t, c.filled(t, packages))
			for _, name := range slices.Sorted(maps.Keys(c.files)) {
				if strings.HasPrefix(c.files[name], "#!") && strings.HasPrefix(name, "bin/") {
					if err := os.Chmod(filepath.Join(dir, name), 0o755); err != nil {
						t.Fatal(err)
					}
				}
			}
			before := c.observe(t, l, "dockerfile", dockerfileBuild(dir, bases))
			notes := c.init(t, dir, packages)
			after := c.observe(t, l, "moult", moultBuild(t, dir))
			c.compare(t, before, after, notes)
		})
	}
}

// initIndex is a package index with the programs that the cases start.
func initIndex(t *testing.T, l *lab.Lab) *index.Client {
	t.Helper()
	probe, err := os.ReadFile("testdata/init/base/probe.py")
	if err != nil {
		t.Fatal(err)
	}
	c := l.Packages.Scope("init")
	script := func(name, module string) map[string]string {
		return map[string]string{name + "-1.0.dist-info/entry_points.txt": "[console_scripts]\n" + name + " = " + module + ":main\n"}
	}
	for name, modules := range map[string]map[string]string{
		"probe":    {"probe.py": string(probe)},
		"uvicorn":  script("uvicorn", "probe"),
		"gunicorn": script("gunicorn", "probe"),
		"alembic":  {"alembic.py": "def main():\n    print('migrated', open('alembic.ini').read().strip())\n"},
		"tidy":     {"tidy.py": ""},
		"extra":    {"extra.py": ""},
	} {
		if name == "alembic" {
			maps.Copy(modules, script(name, "alembic"))
		}
		file, content := wheelVersion(t, name, "1.0", modules)
		add(t, c, file, content)
	}
	return c
}

// filled are the files of a case, with the addresses and digests of the index.
func (c *initCase) filled(t *testing.T, packages *index.Client) map[string]string {
	t.Helper()
	probe := files(t, packages, "probe")["probe-1.0-py3-none-any.whl"]
	all := maps.Clone(c.files)
	for name, content := range all {
		content = strings.NewReplacer("{INDEX}", packages.URL(), "{FILES}", packages.FileURL(""), "{SHA probe}", probe).Replace(content)
		all[name] = content
	}
	return all
}

// initBase makes the image that stands for the official one of a Python in the
// Dockerfiles of the cases.
func initBase(t *testing.T, l *lab.Lab, packages *index.Client, python string) string {
	t.Helper()
	ref := l.Image("init/base:" + python)
	mustBuild(t, l, lab.Build{
		Frontend: "dockerfile.v0", Context: "testdata/init/base", Exports: append(lab.Build{}.Exports, lab.ToRegistry(ref)),
		Opts: map[string]string{"filename": "Dockerfile", "build-arg:PYTHON": python, "build-arg:INDEX": packages.URL()},
	})
	return ref
}

// dockerfileBuild builds the case's Dockerfile on images that have a pip and
// stand-ins for other tools.
func dockerfileBuild(dir string, bases map[string]string) lab.Build {
	b := lab.Build{Frontend: "dockerfile.v0", Context: dir, Opts: map[string]string{"filename": "Dockerfile"}}
	if _, err := os.Stat(filepath.Join(dir, "dockerfile")); err == nil {
		b.Opts["filename"] = "dockerfile"
	}
	for _, python := range slices.Sorted(maps.Keys(bases)) {
		suite := map[string]string{"3.13": "trixie", "3.11": "bookworm"}[python]
		for _, tag := range []string{"python:" + python + "-slim", "python:" + python + "-slim-" + suite, "python:" + python, "python:" + python + "-" + suite,
			"ghcr.io/astral-sh/uv:python" + python + "-" + suite + "-slim"} {
			b = inPlaceOf(b, tag, bases[python])
		}
	}
	return b
}

// moultBuild builds what init wrote, with the images of the lab as they are.
func moultBuild(t *testing.T, dir string) lab.Build {
	t.Helper()
	b := moult(t, dir)
	if _, err := os.Stat(filepath.Join(dir, "moult.toml")); err == nil {
		b.Opts["filename"] = "moult.toml"
	}
	return b
}

// init runs "moult init", does what the user is told to, and names the index of
// the lab, which the Dockerfile's pip knows from its settings.
func (c *initCase) init(t *testing.T, dir string, packages *index.Client) (notes string) {
	t.Helper()
	command := cli.New("test")
	var out bytes.Buffer
	command.SetOut(&out)
	command.SetErr(&out)
	command.SetArgs([]string{"init", "--syntax", "none", dir})
	if err := command.Execute(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for name, content := range c.after {
		write(t, filepath.Join(dir, name), content)
	}
	name, prefix := filepath.Join(dir, "moult.toml"), ""
	if _, err := os.Stat(name); err != nil {
		name, prefix = filepath.Join(dir, "pyproject.toml"), "tool.moult."
	}
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("init wrote\n%s\nand said\n%s", content, out.String())
		}
	})
	write(t, name, string(content)+"\n[["+prefix+"index]]\nname = \"lab\"\nurl = \""+packages.URL()+"\"\ndefault = true\n")
	return out.String()
}

package integration

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	capspb "github.com/moby/buildkit/util/apicaps/pb"

	"github.com/moult-build/moult/internal/dev/lab"
)

// without is a frontend that is told of a daemon without some capabilities, such
// as the merge operation, which Docker's own graph drivers do not have.
func without(f gwclient.BuildFunc, ids ...apicaps.CapID) gwclient.BuildFunc {
	return func(ctx context.Context, c gwclient.Client) (*gwclient.Result, error) {
		return f(ctx, lacking{c, ids})
	}
}

type lacking struct {
	gwclient.Client
	ids []apicaps.CapID
}

func (c lacking) BuildOpts() gwclient.BuildOpts {
	opts := c.Client.BuildOpts()
	opts.LLBCaps = pb.Caps.CapSet(slices.DeleteFunc(pb.Caps.All(), func(known *capspb.APICap) bool {
		id := apicaps.CapID(known.ID)
		return slices.Contains(c.ids, id) || opts.LLBCaps.Supports(id) != nil
	}))
	return opts
}

// patterns is a project with all that one copy cannot lay out: patterns,
// programs, modes that are not for folders, and the result of a stage.
var patterns = map[string]string{
	"pyproject.toml": `# syntax=registry.example.com/moult:1
[project]
name = "patterns"
version = "1"
requires-python = ">=3.13,<3.14"

[tool.moult]
cmd = ["python", "main.py"]
app.include = ["*.py", "site/**/*.html", "bin/*"]
app.executable = ["bin/*"]

[[tool.moult.files]]
from = "docs/**/*.txt"
to = "/srv/docs"

[[tool.moult.files]]
from = "docs/**/*.none"
to = "/srv/none"

[[tool.moult.files]]
from = "docs"
to = "/usr/share/site"
mode = "0640"
owner = "user"
exclude = ["*", "!a"]

[[tool.moult.files]]
from = "bin/start"
to = "/srv/single/start"
mode = "0644"
`,
	"main.py": "print('patterns')\n", "bin/start": "#!/bin/sh\n", "site/a/b/index.html": "a", "site/a/other.css": "b",
	"site/page.html": "c", "docs/a/b/c.txt": "d", "docs/a/d.txt": "e", "docs/e.md": "f",
}

// private takes the rights of others off a checkout, as a umask does.
func private(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return os.Chmod(name, info.Mode().Perm()&0o700)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// imageOf builds a project, pushes it and gives its image with its files.
func imageOf(t *testing.T, l *lab.Lab, b lab.Build, name string) (*lab.Image, map[string]lab.File) {
	t.Helper()
	b, ref := push(l, b, name)
	mustBuild(t, l, b)
	return readImage(t, l, ref)
}

// readImage gives a pushed image with its files.
func readImage(t *testing.T, l *lab.Lab, ref string) (*lab.Image, map[string]lab.File) {
	t.Helper()
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	files, err := img.Files()
	if err != nil {
		t.Fatal(err)
	}
	return img, files
}

// sameFiles compares the file trees of two images.
func sameFiles(t *testing.T, one, other map[string]lab.File) {
	t.Helper()
	sameLines(t, tree(one), tree(other))
}

func TestWithoutSymbolicModesTheFilesAreTheSame(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, patterns)
	private(t, dir)
	_, one := imageOf(t, l, moult(t, dir), "symbolic:test")
	b := moult(t, dir)
	b.Func = without(b.Func, pb.CapExecValidExitCode)
	_, other := imageOf(t, l, b, "bits:test")
	sameFiles(t, one, other)
	for p, mode := range map[string]os.FileMode{
		"/app/main.py": 0o644, "/app/bin/start": 0o755, "/app/site/a/b/index.html": 0o644, "/app/site/a": 0o777 | os.ModeSticky | os.ModeDir,
		"/srv/docs/a/b/c.txt": 0o644, "/usr/share/site/a": 0o750 | os.ModeDir, "/usr/share/site/a/d.txt": 0o640, "/srv/single/start": 0o644,
	} {
		if f, ok := one[p]; !ok || f.Mode != mode {
			t.Errorf("%s is %+v", p, f)
		}
	}
	for p := range one {
		if filepath.Base(p) == "other.css" || filepath.Base(p) == "e.md" {
			t.Errorf("%s matches no pattern", p)
		}
	}
}

func TestTwoFreshDaemonsMakeTheSameLayersOfPatterns(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, patterns)
	var digests []string
	for range 2 {
		img, _ := imageOf(t, l.Fresh(t), moult(t, dir), "patterns:test")
		digests = append(digests, layers(img))
	}
	if digests[0] != digests[1] {
		t.Errorf("two daemons make\n%s\nand\n%s", digests[0], digests[1])
	}
}

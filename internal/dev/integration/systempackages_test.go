package integration

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

func TestPackagesComeFromARepositoryOfOnesOwnWithoutATraceOfIt(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	const named, other, file = "lab-named", "lab-other", "lab-file"
	one, two := newArchive(t, "trixie", named), newArchive(t, "lab", other, file)
	whole := base(t, l, "whole")
	files := map[string]string{
		"pyproject.toml": `# syntax=registry.example.com/moult:1
[project]
name = "extra"
requires-python = ">=3.13,<3.14"
optional-dependencies = { odbc = [], other = [] }
[tool.moult]
base = "` + whole + `"
extras = ["odbc"]
cmd = ["python", "-c", "import os; print(sorted(os.listdir('/usr/share/lab')))"]
[tool.moult.apt]
env = {ACCEPT_EULA = "Y"}
run = [
    {name = "` + named + `", arch = "amd64", extra = "odbc"},
    {name = "never-for-arm", arch = "arm64"},
    {name = "never-for-this-extra", extra = "other"},
    "` + other + `",
    {url = "` + two.url + "/pool/" + file + `_1.0_all.deb", sha256 = "` + two.debs[file] + `"},
]
[[tool.moult.apt.repositories]]
url = "` + one.url + `"
key = "keys/one.asc"
[[tool.moult.apt.repositories]]
url = "` + two.url + `"
suite = "lab"
key = "keys/two.gpg"
`,
		"keys/one.asc": one.key,
		"keys/two.gpg": string(two.binary),
	}
	dir := project(t, files)
	b, ref := push(l, moult(t, dir), "extra-packages:test")
	mustBuild(t, l, b)
	if out := output(t, l, ref); !strings.Contains(out, named) || !strings.Contains(out, other) || !strings.Contains(out, file) {
		t.Errorf("it prints %q", out)
	}
	img, all := readImage(t, l, ref)
	for name := range all {
		if strings.Contains(name, "moult-") && !strings.HasPrefix(name, "/opt/venv") || strings.HasPrefix(name, "/var/log/apt/") {
			t.Errorf("the image holds %s", name)
		}
	}
	// The lists were fetched and their signatures looked at, which changes /tmp if it is used for that.
	_, before := readImage(t, l, whole)
	if now := all["/tmp"]; !now.ModTime.Equal(before["/tmp"].ModTime) {
		t.Errorf("/tmp of the base is %+v, of the image %+v", before["/tmp"], now)
	}
	// Once more, with the packages installed anew: the layers are the same.
	again, ref2 := push(l, moult(t, dir, "no-cache=runtime"), "extra-packages:again")
	mustBuild(t, l, again)
	img2, err := l.ReadImage(t.Context(), ref2, "")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(img.Config.RootFS.DiffIDs, img2.Config.RootFS.DiffIDs) {
		t.Errorf("installed again, the layers are %v and not %v", img2.Config.RootFS.DiffIDs, img.Config.RootFS.DiffIDs)
	}

	// Another's key does not do.
	write(t, filepath.Join(dir, "keys/one.asc"), two.key)
	if r, err := l.Build(t.Context(), moult(t, dir)); err == nil || !strings.Contains(r.Log(), "signature verification failed") && !strings.Contains(r.Log(), "is not signed") {
		t.Errorf("with a wrong key: %v\n%s", err, r.Log())
	}
}

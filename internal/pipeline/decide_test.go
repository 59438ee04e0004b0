package pipeline_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/environment/recorded"
	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
)

// certificate is a project that puts a key into a folder of a package.
const certificate = `python = "3.13"
cmd = ["python"]
[apt]
run = ["ssl-cert"]
[[files]]
from = "x.key"
to = "/etc/ssl/private/x.key"
[[files]]
from = "more.conf"
to = "/etc/linked/more.conf"
`

// What a package makes is not root's with the usual mode, and may be a link.
func TestFilesGoIntoTheFoldersThatPackagesMake(t *testing.T) {
	w := worldtest.World{Packages: map[string]recorded.Image{"ssl-cert": {
		Folders: map[string]recorded.Folder{"/etc/ssl/private": {Mode: 0o710, GID: 101}},
		Files:   map[string]string{"/etc/ssl/private/ssl-cert-snakeoil.key": "", "/usr/share/ssl-cert/a": ""},
		Links:   map[string]string{"/etc/linked": "../usr/share/ssl-cert"},
	}}}
	_, d, err := worldtest.Decide(t.Context(), anything(certificate), "moult.toml", project.Options{}, w)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]plan.ParentDirectory{}
	for _, f := range d.Plan.Files {
		got[f.To] = f.Parents
	}
	want := map[string][]plan.ParentDirectory{
		"/etc/ssl/private/x.key":        {{Path: "/etc", Mode: 0o755}, {Path: "/etc/ssl", Mode: 0o755}, {Path: "/etc/ssl/private", Mode: 0o710, GID: 101}},
		"/usr/share/ssl-cert/more.conf": {{Path: "/etc", Mode: 0o755}, {Path: "/usr", Mode: 0o755}, {Path: "/usr/share", Mode: 0o755}, {Path: "/usr/share/ssl-cert", Mode: 0o755}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the files are\n%+v, want\n%+v", got, want)
	}
}

// To install packages takes a container: it is not done to learn what is known.
func TestPackagesAreInstalledEarlyOnlyForFoldersThatTheyMayMake(t *testing.T) {
	p := &plan.SystemPackages{Manager: "apt", Packages: []string{"git"}}
	vendor := &plan.SystemPackages{Manager: "apt", Packages: []string{"tool"}, Repositories: []plan.Repository{{URL: "https://example.com"}}}
	for _, c := range []struct {
		packages *plan.SystemPackages
		to       string
		want     bool
	}{
		{p, "/app", false}, {p, "/app/static", false}, {p, "/srv/x/y", false}, {p, "/usr/local/bin/tool", false}, {p, "/usr/bin/tool", false},
		{p, "/etc/nginx/conf.d", true}, {p, "/etc/nginx", true}, {p, "/var/lib/x/y", true}, {p, "/usr/share/x", true}, {p, "/etcetera/x", false},
		{p, "/opt/tool/x", false}, {vendor, "/opt/tool/x", true},
	} {
		if got := plan.MayMakeFolders(c.packages, []string{c.to}); got != c.want {
			t.Errorf("%s: %v", c.to, got)
		}
	}
}

// decide is the error of deciding about a build file.
func decide(t *testing.T, content string, w worldtest.World) error {
	t.Helper()
	_, _, err := worldtest.Decide(t.Context(), anything(content), "moult.toml", project.Options{}, w)
	return err
}

func TestAnImageThatCannotBeReadIsNotTakenForOneWithoutTheFile(t *testing.T) {
	full := errors.New("no space left on device")
	build := func(more string) string { return "python = \"3.13\"\ncmd = [\"python\"]\n" + more }
	for broken, content := range map[string]string{
		"/usr/local/bin":                        build(""),
		"/etc/os-release":                       build(""),
		"/usr/local/lib/python3.13/__pycache__": build(""),
		"/etc/passwd":                           build("user = {name = \"web\", uid = 1000}\n"),
		"/etc/group":                            build("user = \"nobody\"\n"),
		"/etc/app":                              build("[[files]]\nfrom = \"x\"\nto = \"/etc/app/x\"\n"),
		"/usr/bin":                              build("[apt]\nrun = [\"git\"]\n"),
		"/opt/python/bin":                       build("base = \"debian:13\"\n"),
	} {
		w := worldtest.World{Broken: map[string]error{broken: full}}
		err := decide(t, content, w)
		if err == nil || !errors.Is(err, full) || !strings.Contains(err.Error(), broken) || strings.Contains(err.Error(), "no Python") {
			t.Errorf("where %s cannot be read: %v", broken, err)
		}
	}
	err := decide(t, build("base = \"debian:13\"\n"), worldtest.World{})
	if err == nil || !strings.Contains(err.Error(), "has no Python 3.13, and no other Python") {
		t.Errorf("an image without Python: %v", err)
	}
}

// broken is a context in which a file cannot be looked for.
type broken struct {
	pipeline.Files
	name string
}

func (b broken) Exists(name string) (bool, error) {
	if name == b.name {
		return false, errors.New("the connection is lost")
	}
	return b.Files.Exists(name)
}

// A file that could not be looked for is not a file that the image lacks.
func TestAFailureToLookForAProgramIsReported(t *testing.T) {
	context := fstest.MapFS{
		"moult.toml": {Data: []byte("python = \"3.13\"\n")},
		"main.py":    {Data: []byte("if __name__ == \"__main__\":\n    print()\n")},
	}
	files := worldtest.Files(context)
	if _, _, err := worldtest.Decide(t.Context(), files, "moult.toml", project.Options{}, worldtest.World{}); err != nil {
		t.Fatal(err)
	}
	_, _, err := worldtest.Decide(t.Context(), broken{files, "main.py"}, "moult.toml", project.Options{}, worldtest.World{})
	if err == nil || !strings.Contains(err.Error(), "looking for main.py") || !strings.Contains(err.Error(), "the connection is lost") {
		t.Errorf("the error is %v", err)
	}
}

package plan

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

func val(v string) source.At[string] { return source.At[string]{V: v} }

// debianWays are folders of a usual base image.
var debianWays = map[string]Way{
	"/bin": {Path: "/usr/bin", Mode: 0o755}, "/usr": {Path: "/usr", Mode: 0o755}, "/usr/bin": {Path: "/usr/bin", Mode: 0o755},
	"/tmp": {Path: "/tmp", Mode: 0o777 | Sticky}, "/root": {Path: "/root", Mode: 0o700}, "/etc": {Path: "/etc", Mode: 0o755},
	"/home": {Path: "/home", Mode: 0o755}, "/home/app": {Path: "/home/app", Mode: 0o750, UID: 1000, GID: 1000},
}

func partsInput(s project.Settings) Input {
	return Input{
		Project:     &project.Project{Dir: ".", Settings: s},
		Environment: environment.Environment{Platform: environment.Platform{OS: "linux", Arch: "amd64"}},
		Ways:        debianWays,
	}
}

func TestAPlaceIsTheOneThatTheBaseMeans(t *testing.T) {
	in := partsInput(project.Settings{})
	for to, want := range map[string]struct {
		path    string
		parents []Way
	}{
		"/bin/tool":         {"/usr/bin/tool", []Way{{Path: "/usr", Mode: 0o755}, {Path: "/usr/bin", Mode: 0o755}}},
		"/bin":              {"/usr/bin", []Way{{Path: "/usr", Mode: 0o755}, {Path: "/usr/bin", Mode: 0o755}}},
		"/etc/nginx/n.conf": {"/etc/nginx/n.conf", []Way{{Path: "/etc", Mode: 0o755}, {Path: "/etc/nginx", Mode: 0o755}}},
		"/root/.config/":    {"/root/.config/", []Way{{Path: "/root", Mode: 0o700}, {Path: "/root/.config", Mode: 0o755}}},
		"/home/app/x":       {"/home/app/x", []Way{{Path: "/home", Mode: 0o755}, {Path: "/home/app", Mode: 0o750, UID: 1000, GID: 1000}}},
		"/srv":              {"/srv", nil},
	} {
		got, parents, err := in.place(to, source.Pos{})
		if err != nil || got != want.path || !reflect.DeepEqual(parents, want.parents) {
			t.Errorf("%s: %s %+v %v", to, got, parents, err)
		}
	}
	for _, to := range []string{"/tmp", "/tmp/"} {
		if _, _, err := in.place(to, source.Pos{}); err == nil {
			t.Errorf("%s would lose the bit that keeps users' files apart", to)
		}
	}
	if _, _, err := in.place("/tmp/x", source.Pos{}); err == nil {
		t.Error("files can be put into /tmp")
	}
}

func TestAPatternIsSplitAtItsFirstWildcard(t *testing.T) {
	for from, want := range map[string][2]string{
		".": {".", ""}, "deploy/nginx.conf": {"deploy/nginx.conf", ""}, "deploy/*.conf": {"deploy", "*.conf"},
		"**/*.md": {".", "**/*.md"}, "a/b*/c": {"a", "b*/c"}, "a/": {"a", ""},
	} {
		dir, include := splitPattern(from)
		if dir != want[0] || strings.Join(include, "|") != want[1] {
			t.Errorf("%s: %s %q", from, dir, include)
		}
	}
}

func TestADownloadIsTheOneOfTheArchitecture(t *testing.T) {
	set := project.FileSet{
		URL:    map[string]source.At[string]{"amd64": val("https://example.com/x86.tar.gz?v=1"), "arm64": val("https://example.com/arm.tar.gz")},
		SHA256: map[string]source.At[string]{"amd64": val("AA"), "arm64": val("bb")}, InImage: true, From: val("."), To: val("/srv/"),
	}
	f, err := fileSet(&project.Project{}, set, "amd64", owner{})
	if err != nil || *f.Download != (Download{URL: "https://example.com/x86.tar.gz?v=1", Filename: "x86.tar.gz", SHA256: "aa"}) || f.Mode != 0o644 {
		t.Errorf("%+v %v", f.Download, err)
	}
	if _, err := fileSet(&project.Project{}, set, "s390x", owner{}); err == nil || !strings.Contains(err.Error(), "s390x") {
		t.Errorf("for another architecture it says %v", err)
	}
}

func TestFilesOfAUserWithoutANumberAreAnError(t *testing.T) {
	set := project.FileSet{Owner: "user", InImage: true, From: val("."), To: val("/srv")}
	if _, err := fileSet(&project.Project{}, set, "amd64", owner{}); err == nil {
		t.Error("there is no error")
	}
	f, err := fileSet(&project.Project{}, set, "amd64", owner{UID: 5, GID: 6, Known: true})
	if err != nil || f.UID != 5 || f.GID != 6 {
		t.Errorf("%+v %v", f, err)
	}
}

func TestOnlyStagesWithAUseAreThere(t *testing.T) {
	in := partsInput(project.Settings{Stages: []project.Stage{
		{Name: "web", Image: val("node:20-slim"), Workdir: "/src", Outputs: []project.Output{{From: "/src/dist", To: "static"}}},
		{Name: "unused", Image: val("rust:1"), Workdir: "/src"},
		{Name: "tool", Image: val("golang:1"), Workdir: "/src"},
	}, Files: []project.FileSet{{Stage: val("tool"), From: val("/src/tool"), To: val("/bin/"), InImage: true}}})
	p := &Plan{App: &App{Dir: "/app"}}
	if err := in.parts(p); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range p.Stages {
		names = append(names, s.Name)
	}
	images, _ := p.Images(true)
	if !slices.Equal(names, []string{"tool", "web"}) || len(images) != 2 || p.App.Added[0].To != "static" {
		t.Errorf("%q %v %+v", names, images, p.App)
	}
	if images, _ := p.Images(false); len(images) != 0 {
		t.Errorf("the environment alone needs %v", images)
	}
}

func TestAStageThatNeedsWhatNeedsItIsAnError(t *testing.T) {
	in := partsInput(project.Settings{
		Stages: []project.Stage{{Name: "gen", Image: val("x"), Venv: true, Workdir: "/src"}},
		Files:  []project.FileSet{{Stage: val("gen"), From: val("/src/lib"), To: val("/usr/lib/"), InBuilder: true}},
	})
	p := &Plan{Building: &Building{Sources: []Source{{Name: "x", Dir: "x"}}}}
	if err := in.parts(p); err == nil || !strings.Contains(err.Error(), "gen") {
		t.Errorf("the error is %v", err)
	}
}

func TestAStepThatReadsNothingSeesNoPackageOfTheContext(t *testing.T) {
	in := partsInput(project.Settings{Steps: []project.Step{
		{Run: project.Argv{Args: []source.At[string]{val("x")}}, Inputs: []source.At[string]{}, Outputs: []source.At[string]{val("/srv/b"), val("/srv/b/c"), val("/srv/a")}},
		{Run: project.Argv{Args: []source.At[string]{val("y")}}},
	}})
	p := &Plan{
		App:      &App{Dir: "/app"},
		Packages: []Package{{Name: "django"}, {Name: "shop", Built: "shop"}, {Name: "old", Built: "old"}},
		Building: &Building{Sources: []Source{{Name: "shop", Dir: "."}, {Name: "old", Download: &Download{}}}},
	}
	if err := in.parts(p); err != nil {
		t.Fatal(err)
	}
	if first := p.Steps[0]; !slices.Equal(first.Without, []string{"shop"}) || len(first.Outputs) != 2 || first.Outputs[0].Path != "/srv/a" {
		t.Errorf("%+v", first)
	}
	if p.Steps[1].Without != nil || p.Steps[1].Narrow || p.Steps[1].Listed {
		t.Errorf("%+v", p.Steps[1])
	}
}

func TestInputsWithoutAnApplicationAreAnError(t *testing.T) {
	in := partsInput(project.Settings{Steps: []project.Step{{Inputs: []source.At[string]{val("a.py")}, Outputs: []source.At[string]{}}}})
	if err := in.parts(&Plan{}); err == nil {
		t.Error("there is no error")
	}
}

package plan

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

func val(v string) source.At[string] { return source.At[string]{V: v} }

// debianDirectories are folders of a usual base image.
var debianDirectories = map[string]ParentDirectory{
	"/bin": {Path: "/usr/bin", Mode: 0o755}, "/usr": {Path: "/usr", Mode: 0o755}, "/usr/bin": {Path: "/usr/bin", Mode: 0o755},
	"/tmp": {Path: "/tmp", Mode: 0o777 | Sticky}, "/root": {Path: "/root", Mode: 0o700}, "/etc": {Path: "/etc", Mode: 0o755},
	"/home": {Path: "/home", Mode: 0o755}, "/home/app": {Path: "/home/app", Mode: 0o750, UID: 1000, GID: 1000},
}

func partsInput(s project.Settings) Input {
	return Input{
		Project:           &project.Project{Dir: ".", Settings: s},
		Environment:       environment.Environment{Platform: environment.Platform{OS: "linux", Arch: "amd64"}},
		ParentDirectories: debianDirectories,
	}
}

func TestAPlaceIsTheOneThatTheBaseMeans(t *testing.T) {
	in := partsInput(project.Settings{})
	for to, want := range map[string]struct {
		path    string
		parents []ParentDirectory
	}{
		"/bin/tool":         {"/usr/bin/tool", []ParentDirectory{{Path: "/usr", Mode: 0o755}, {Path: "/usr/bin", Mode: 0o755}}},
		"/bin":              {"/usr/bin", []ParentDirectory{{Path: "/usr", Mode: 0o755}, {Path: "/usr/bin", Mode: 0o755}}},
		"/etc/nginx/n.conf": {"/etc/nginx/n.conf", []ParentDirectory{{Path: "/etc", Mode: 0o755}, {Path: "/etc/nginx", Mode: 0o755}}},
		"/root/.config/":    {"/root/.config/", []ParentDirectory{{Path: "/root", Mode: 0o700}, {Path: "/root/.config", Mode: 0o755}}},
		"/home/app/x":       {"/home/app/x", []ParentDirectory{{Path: "/home", Mode: 0o755}, {Path: "/home/app", Mode: 0o750, UID: 1000, GID: 1000}}},
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
	in := partsInput(project.Settings{ContentSettings: project.ContentSettings{Stages: []project.Stage{
		{Name: "web", Image: val("node:20-slim"), Workdir: "/src", Outputs: []project.Output{{From: "/src/dist", To: "static"}}},
		{Name: "unused", Image: val("rust:1"), Workdir: "/src"},
		{Name: "tool", Image: val("golang:1"), Workdir: "/src"},
	}, Files: []project.FileSet{{Stage: val("tool"), From: val("/src/tool"), To: val("/bin/"), InImage: true}}}})
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

func TestOnlyImagesThatATargetNeedsAreAskedForTheirVariables(t *testing.T) {
	p, err := project.Read(project.FS(fstest.MapFS{"moult.toml": {Data: []byte(`python = "3.13"
cmd = ["x"]
[stage.web]
image = "node:20"
dir = "web"
env = { PATH = "/opt/bin:${PATH}", VERSION = "${NODE_VERSION}", PLAIN = "1" }
outputs = { dist = "/srv/web" }
[[stage.web.steps]]
run = ["make"]
[stage.lib]
image = "gcc:14"
dir = "lib"
[[stage.lib.steps]]
run = ["make"]
env = { FLAGS = "${GCC_VERSION}" }
[stage.arm]
image = "arm:1"
dir = "arm"
env = { A = "1" }
[[stage.arm.steps]]
run = ["make"]
[stage.silent]
image = "silent:1"
dir = "silent"
outputs = { x = "/srv/x" }
[[stage.silent.steps]]
run = ["make"]
[[files]]
stage = "lib"
from = "/src/lib.so"
to = "/usr/lib/"
in = "builder"
[[files]]
stage = "arm"
from = "/src/arm"
to = "/srv/arm"
arch = ["arm64"]
`)}}), "moult.toml", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		arch  string
		whole bool
		want  []string
	}{
		{"amd64", true, []string{"gcc:14", "node:20"}},
		{"arm64", true, []string{"arm:1", "gcc:14", "node:20"}},
		{"arm64", false, []string{"gcc:14"}},
	} {
		images := StageImages(p, test.arch, test.whole)
		if got := slices.Sorted(maps.Keys(images)); !slices.Equal(got, test.want) || !images["gcc:14"].IsValid() {
			t.Errorf("%s, whole %v: %v", test.arch, test.whole, got)
		}
	}
	// The environment alone: what the other image would tell is left open.
	in := partsInput(p.Settings)
	in.ImageEnv = map[string][]string{"gcc:14": {"GCC_VERSION=14"}}
	stages, err := in.stages(map[string]bool{"web": true, "lib": true}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if env := stages[0].Steps[0].Env; len(env) != 1 || env[0].Value != "14" {
		t.Errorf("the variables of a step are %v", env)
	}
	if env := stages[1].Env; len(env) != 2 || env[1].Name != "PLAIN" {
		t.Errorf("the variables of a stage that is not needed are %v", env)
	}
}

func TestAStageThatNeedsWhatNeedsItIsAnError(t *testing.T) {
	in := partsInput(project.Settings{ContentSettings: project.ContentSettings{
		Stages: []project.Stage{{Name: "gen", Image: val("x"), Venv: true, Workdir: "/src"}},
		Files:  []project.FileSet{{Stage: val("gen"), From: val("/src/lib"), To: val("/usr/lib/"), InBuilder: true}},
	}})
	p := &Plan{Building: &Building{Sources: []Source{{Name: "x", Origin: &ContextFolder{Dir: "x"}}}}}
	if err := in.parts(p); err == nil || !strings.Contains(err.Error(), "gen") {
		t.Errorf("the error is %v", err)
	}
}

func TestPythonIsAddedWhereTheEnvironmentIsUsedAndMayLackIt(t *testing.T) {
	to := []project.Output{{From: "/src/x", To: "/srv/x"}}
	run := project.Argv{Args: []source.At[string]{val("x")}}
	in := partsInput(project.Settings{ContentSettings: project.ContentSettings{
		Stages: []project.Stage{
			{Name: "builder", Venv: true, Workdir: "/src", Outputs: to},
			{Name: "image", Image: val("x"), Venv: true, Workdir: "/src", Outputs: to},
			{Name: "no-environment", Image: val("x"), Workdir: "/src", Outputs: to},
		},
		Steps: []project.Step{{Run: run, InBuilder: true, Outputs: []source.At[string]{val("/srv/y")}}, {Run: run}},
	}})
	in.Environment.Python = environment.Python{Major: 3, Minor: 13, Interpreter: "/usr/local/bin/python3.13"}
	for builder, want := range map[string][]string{
		"python:3.13":                  {"image"},
		"registry.example.com/builder": {"builder", "image", "the first step"},
	} {
		p := &Plan{Building: &Building{Image: builder}}
		if err := in.parts(p); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range p.Stages {
			if s.AddPython {
				got = append(got, s.Name)
			}
		}
		for n, name := range []string{"the first step", "the second step"} {
			if p.Steps[n].AddPython {
				got = append(got, name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("with the builder %s, Python is added to %q, not to %q", builder, got, want)
		}
	}
}

func TestAStepThatReadsNothingGetsNoPackageOfTheContext(t *testing.T) {
	in := partsInput(project.Settings{ContentSettings: project.ContentSettings{Steps: []project.Step{
		{Run: project.Argv{Args: []source.At[string]{val("x")}}, Inputs: []source.At[string]{}, Outputs: []source.At[string]{val("/srv/b"), val("/srv/b/c"), val("/srv/a")}},
		{Run: project.Argv{Args: []source.At[string]{val("y")}}},
	}}})
	p := &Plan{
		App:      &App{Dir: "/app"},
		Packages: []Package{{Name: "django"}, {Name: "shop", Origin: Built{Source: "shop"}}, {Name: "old", Origin: Built{Source: "old"}}},
		Building: &Building{Sources: []Source{{Name: "shop", Origin: &ContextFolder{Dir: "."}}, {Name: "old", Origin: &Download{}}}},
	}
	if err := in.parts(p); err != nil {
		t.Fatal(err)
	}
	if first := p.Steps[0]; !slices.Equal(first.ExcludePackages, []string{"shop"}) || len(first.Outputs.All()) != 2 || first.Outputs.All()[0].Path != "/srv/a" {
		t.Errorf("%+v", first)
	}
	if p.Steps[1].ExcludePackages != nil || p.Steps[1].Inputs != nil || p.Steps[1].Outputs != nil {
		t.Errorf("%+v", p.Steps[1])
	}
}

func TestInputsWithoutAnApplicationAreAnError(t *testing.T) {
	in := partsInput(project.Settings{ContentSettings: project.ContentSettings{Steps: []project.Step{{Inputs: []source.At[string]{val("a.py")}, Outputs: []source.At[string]{}}}}})
	if err := in.parts(&Plan{}); err == nil {
		t.Error("there is no error")
	}
}

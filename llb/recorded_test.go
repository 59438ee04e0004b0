package llb

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/step/protocol"
)

// folder is a project on the disk, with other text in the place of its build
// file's.
type folder struct {
	dir, text string
	// image is the reference of the base, another one for another state of it.
	image string
}

// onDisk is the context that a folder gives.
type onDisk struct {
	pipeline.Files
	text string
}

func (f onDisk) ReadFile(name string) ([]byte, error) {
	if name == "pyproject.toml" && f.text != "" {
		return []byte(f.text), nil
	}
	return f.Files.ReadFile(name)
}

// decided is the plan of a project in a world of recorded images.
func decided(t *testing.T, f folder) *plan.Plan {
	t.Helper()
	files := onDisk{worldtest.Files(os.DirFS(f.dir)), f.text}
	_, d, err := worldtest.Decide(t.Context(), files, "pyproject.toml", project.Options{}, worldtest.World{})
	if err != nil {
		t.Fatal(err)
	}
	return d.Plan
}

// onRecorded is the plan of a project on the recorded base that it names, and the
// operations of its graph.
func onRecorded(t *testing.T, f folder) (*plan.Plan, []*pb.Op, map[string]string) {
	t.Helper()
	made := decided(t, f)
	w := testWorld()
	w.Base = bk.Image(cmp.Or(f.image, "docker.io/library/base:recorded"), bk.Platform(amd64)).Platform(amd64)
	w.Python = bk.Image("docker.io/library/python:recorded", bk.Platform(amd64)).Platform(amd64)
	w.Init = w.Python
	encoded, err := NewGraph(made, w).Target(TargetRuntime)
	if err != nil {
		t.Fatal(err)
	}
	def, err := encoded.State.Marshal(context.Background(), bk.Platform(amd64))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for digest, meta := range def.Metadata {
		if name := meta.Description["llb.customname"]; name != "" {
			names[name] = digest.String()
		}
	}
	return made, ops(t, def.Def), names
}

const (
	onAlpine = "python:3.13-alpine"
	onCUDA   = "nvidia/cuda:12.6.3-base-ubuntu24.04"
)

func TestTheAlpineExampleGetsWheelsAndPackagesForMusl(t *testing.T) {
	p, all, names := onRecorded(t, folder{dir: "../examples/alpine"})
	numpy := p.Packages[slices.IndexFunc(p.Packages, func(p plan.Package) bool { return p.Name == "numpy" })]
	if !strings.Contains(numpy.Download().Filename, "musllinux_1_2_x86_64") {
		t.Errorf("the wheel is %s", numpy.Download().Filename)
	}
	if p.Building != nil {
		t.Errorf("something is built: %+v", p.Building)
	}
	if got := strings.Join(p.Image.Entrypoint, " "); got != "/sbin/tini --" {
		t.Errorf("the entrypoint is %s", got)
	}
	var apk []string
	for _, op := range all {
		if c, ok := command(op).(protocol.Packages); ok && c.Manager == "apk" {
			apk = c.Names
			if !slices.ContainsFunc(op.GetExec().Mounts, func(m *pb.Mount) bool { return m.Dest == "/var/cache/apk" && m.MountType == pb.MountType_CACHE }) {
				t.Error("what apk downloads is not kept")
			}
		}
	}
	if want := []string{"libstdc++", "tini", "tzdata"}; !slices.Equal(apk, want) {
		t.Errorf("apk installs %q", apk)
	}
	for _, want := range []string{"[runtime] install Alpine packages libstdc++ tini tzdata", "[runtime] add the user web"} {
		if names[want] == "" {
			t.Errorf("there is no step %q", want)
		}
	}
}

func TestTheCUDAExampleGetsPython(t *testing.T) {
	p, all, names := onRecorded(t, folder{dir: "../examples/cuda"})
	if p.Environment.Libc.String() != "glibc 2.39" || p.Environment.Python.Interpreter != "/usr/local/bin/python3.13" {
		t.Errorf("the environment is %+v", p.Environment)
	}
	if names["[runtime] add Python 3.13 from python:3.13-slim-bookworm"] == "" {
		t.Errorf("there is no step that adds Python: %v", names)
	}
	for _, op := range all {
		e := op.GetExec()
		if _, ok := command(op).(protocol.AddPython); !ok {
			continue
		}
		if e.Network != pb.NetMode_NONE {
			t.Error("Python is added with the network")
		}
		for _, m := range e.Mounts {
			if (m.Dest == protocol.Base || m.Dest == protocol.Origin) && (!m.Readonly || m.ContentCache != pb.MountContentCache_OFF) {
				t.Errorf("%s is mounted %v", m.Dest, m)
			}
		}
	}
}

// text is a build file on a recorded base.
func text(base, more string) string {
	start := "entrypoint = [\"alpine\"]\n"
	if strings.Contains(more, "entrypoint") {
		start = ""
	}
	return "[project]\nname = \"alpine\"\nversion = \"1.0.0\"\nrequires-python = \">=3.12,<3.14\"\ndependencies = [\"numpy>=2.1\", \"uvicorn>=0.34\"]\n[tool.moult]\nbase = \"" + base + "\"\n" + start + more
}

func TestRedHatsImagesGetPackagesByDnf(t *testing.T) {
	base := "registry.access.redhat.com/ubi9/ubi-minimal"
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "keys"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "keys/a.asc"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	f := folder{dir: dir, text: text(base, "init = true\n[tool.moult.dnf]\nrun = [\"libpq\"]\n[[tool.moult.dnf.repositories]]\nurl = \"https://rpm.example.com/el9\"\nkey = \"keys/a.asc\"\n")}
	made := decided(t, f)
	w := testWorld()
	w.Init = w.Builder
	installed := map[string]protocol.Packages{}
	for _, op := range ops(t, definition(t, made, w, TargetRuntime)) {
		if c, ok := command(op).(protocol.Packages); ok {
			installed[c.Manager] = c
		}
	}
	repository := protocol.Repository{URL: "https://rpm.example.com/el9", Key: "/moult/keys/keys/a.asc"}
	if dnf := installed["dnf"]; !slices.Equal(dnf.Names, []string{"libpq"}) || len(dnf.Repositories) != 1 || !reflect.DeepEqual(dnf.Repositories[0], repository) {
		t.Errorf("dnf is called as %+v", dnf)
	}
	// Red Hat has no tini: it comes from an image with apt.
	if apt := installed["apt"]; !slices.Equal(apt.Names, []string{"tini"}) || made.Init.Image != "python:3.12-slim" {
		t.Errorf("apt is called as %+v, in %+v", apt, made.Init)
	}
}

func TestWhatTheImageIsToldChangesNoStepOfThePackages(t *testing.T) {
	dir := t.TempDir()
	content, err := os.ReadFile("../examples/alpine/uv.lock")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "uv.lock"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "start.sh"), []byte("#!/bin/sh\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	const apk = "[tool.moult.apk]\nrun = [\"tzdata\"]\n"
	_, _, before := onRecorded(t, folder{dir: dir, text: text(onAlpine, apk)})
	for says, test := range map[string]struct {
		text string
		// again are the steps that may be others.
		again []string
	}{
		"the user":               {"user = {name = \"app\", uid = 1000}\n", []string{"add the user"}},
		"a number as user":       {"user = \"1000\"\n", []string{"make /home/nonroot"}},
		"the environment":        {"env = {A = \"1\", PATH = \"/x:${PATH}\"}\n", nil},
		"labels":                 {"labels = {a = \"1\"}\nexpose = [8000]\nstopsignal = \"SIGINT\"\n", nil},
		"folders":                {"writable = [\"/data\"]\nvolumes = [\"/media\"]\n", []string{"add the user"}},
		"the command":            {"cmd = [\"uvicorn\"]\n", nil},
		"a script":               {"entrypoint = [\"./start.sh\"]\n", []string{"files of the application", "copy the application", "compile the application"}},
		"the workdir":            {"workdir = \"/srv\"\n", []string{"add the user"}},
		"the health check":       {"healthcheck = {cmd = [\"true\"]}\n", nil},
		"the app's place":        {"app = {to = \"/srv/app\"}\n", []string{"copy the application", "compile the application", "make /srv"}},
		"an init process":        {"init = true\n", []string{"install Alpine packages", "add the user"}},
		"more for apt":           {"apt = {run = [\"tzdata\"]}\n", nil},
		"another system package": {"apk = {run = [\"tzdata\", \"curl\"]}\n", []string{"install Alpine packages", "add the user"}},
	} {
		more := test.text
		if !strings.Contains(more, "apk =") {
			more += apk
		}
		_, _, after := onRecorded(t, folder{dir: dir, text: text(onAlpine, more)})
		for name, digest := range after {
			if before[name] == digest || strings.Contains(name, "merge the layers") {
				continue
			}
			if !slices.ContainsFunc(test.again, func(a string) bool { return strings.Contains(name, a) }) {
				t.Errorf("%s: %q is another step", says, name)
			}
		}
	}
}

func TestANewBaseInstallsNothingWhereItsPythonIsAnothers(t *testing.T) {
	dir := "../examples/cuda"
	_, _, before := onRecorded(t, folder{dir: dir})
	_, _, after := onRecorded(t, folder{dir: dir, image: "docker.io/library/base:newer"})
	for name, digest := range after {
		again := before[name] != digest
		expected := strings.Contains(name, "add Python") || strings.Contains(name, "add the user") || strings.Contains(name, "merge the layers")
		if again != expected {
			t.Errorf("%q: another step: %v", name, again)
		}
	}
}

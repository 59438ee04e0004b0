package integration

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bkclient "github.com/moby/buildkit/client"

	"github.com/moult-build/moult/internal/dev/lab"
)

// wholeBase is the lab's base image with all that official ones have. The lab's own daemon makes it, so that it is
// one image for all engines.
func wholeBase(t *testing.T, e *engine) string {
	t.Helper()
	if e.newest {
		return base(t, e.Lab, "whole")
	}
	return e.Image("bases/whole:test")
}

// again runs tests of this package on the engine.
func (e *engine) again(t *testing.T, names ...string) {
	t.Helper()
	if e.newest {
		return // where `make test` runs them
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.v", "-test.parallel=2", "-test.run=^("+strings.Join(names, "|")+")$")
	cmd.Env = append(os.Environ(), lab.EngineVariable+"="+e.name, "MOULT_ENGINES=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, name := range names {
		if !strings.Contains(string(out), "--- PASS: "+name+" ") {
			t.Errorf("%s did not pass", name)
		}
	}
}

// The rows run only by `make test-engines`, so that a test with another name would
// be missed late.
func TestTheRowsOfEnginesNameTestsThatThereAre(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), self, "-test.list=.").Output()
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Fields(string(out))
	for _, name := range slices.Concat(testsOfSteps, testsOfErrors) {
		if !slices.Contains(known, name) {
			t.Errorf("there is no %s", name)
		}
	}
}

// refuses expects that an engine with a graph driver fails, and others do not.
func (e *engine) refuses(t *testing.T, dir string, argv ...string) bool {
	t.Helper()
	_, all, err := e.command(t, dir, argv...)
	if !e.graph() {
		if err != nil {
			t.Fatalf("%q: %v\n%s", argv, err, all)
		}
		return false
	}
	if err == nil || !strings.Contains(all, "not supported for the docker driver") {
		t.Errorf("%q: %v\n%s", argv, err, all)
	}
	e.refused = graphStore
	return true
}

// exported builds hello into a file or a folder and reads it.
func (e *engine) exported(t *testing.T, kind string, read func(string) map[string]string) map[string]string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	argv := e.buildArgs("-o", "type="+kind+",dest="+out)
	dir := e.syntax(t, example(t, "hello"))
	if kind == "oci" || kind == "docker" {
		if e.refuses(t, dir, argv...) {
			return nil
		}
	} else {
		e.must(t, dir, argv...)
	}
	return read(out)
}

// members lists a tar file.
func members(t *testing.T, name string) map[string]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	found := map[string]string{}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		found[h.Name] = fmt.Sprintf("%v %d:%d %d bytes %s", h.FileInfo().Mode(), h.Uid, h.Gid, h.Size, h.Linkname)
	}
}

// onDisk lists a folder.
func onDisk(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		size := info.Size()
		if info.IsDir() {
			size = 0
		}
		rest, err := filepath.Rel(dir, name)
		found[rest] = fmt.Sprintf("%v %d bytes", info.Mode(), size)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func localFrontend(t *testing.T, e *engine) map[string]string {
	image := e.Image("moult:dev")
	if !e.newest { // which has no images by name
		e.must(t, "", "docker", "pull", "--quiet", image)
		e.must(t, "", "docker", "tag", image, "moult-local:1")
		image = "moult-local:1"
	}
	return e.hello(t, image, "engine-local:"+e.name)
}

// builtFrontend builds the frontend as docs/frontend-image.md says, with the programs that `make frontend` has compiled.
func builtFrontend(t *testing.T, e *engine) map[string]string {
	image := e.Image("moult:dev")
	if !e.newest {
		checkout, err := filepath.Abs("../../..")
		if err != nil {
			t.Fatal(err)
		}
		image = "moult-mine:1"
		e.must(t, checkout, "docker", "buildx", "build", "-f", "Dockerfile.frontend", "-t", image, "--load", "--provenance=false",
			"--build-context", "build="+filepath.Join(e.Dir, "frontend", "amd64"), ".")
	}
	return e.hello(t, image, "engine-mine:"+e.name)
}

// hello builds the example by a frontend's image and pushes the result.
func (e *engine) hello(t *testing.T, frontend, name string) map[string]string {
	t.Helper()
	dir, ref := example(t, "hello"), e.Image(name)
	edit(t, filepath.Join(dir, "pyproject.toml"), "registry.example.com/moult:1", frontend)
	e.build(t, dir, "-t", ref, "--push")
	found := e.pushed(t, ref, "")
	delete(found, "/app/pyproject.toml") // the name of the frontend's image is in it
	return found
}

// moult runs the command line's build.
func (e *engine) moult(t *testing.T, dir string, args ...string) {
	t.Helper()
	moult, err := filepath.Abs("../../../bin/moult")
	if err != nil {
		t.Fatal(err)
	}
	argv := append([]string{moult, "build"}, args...)
	if e.CA != "" {
		argv = append(argv, "--secret", "id=ca-certificates,src="+e.CA)
	}
	e.must(t, dir, append(argv, ".")...)
}

func checked(t *testing.T, e *engine) map[string]string {
	found := map[string]string{}
	dir := e.syntax(t, example(t, "hello"))
	found["good"] = e.build(t, dir, "--check")
	bad := e.syntax(t, example(t, "hello"))
	name := filepath.Join(bad, "pyproject.toml")
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	write(t, name, string(content)+"\n[tool.moult]\nenviroment = {}\n")
	out, all, err := e.command(t, bad, e.buildArgs("--check")...)
	if err == nil || !strings.Contains(all, "pyproject.toml:") {
		t.Errorf("--check says %v\n%s", err, all)
	}
	found["bad"] = out
	return found
}

func called(t *testing.T, e *engine) map[string]string {
	found := map[string]string{}
	hello, unlocked := e.syntax(t, example(t, "hello")), e.syntax(t, project(t, withFlask))
	for _, call := range []string{"outline", "targets", "plan", "size", "describe", "lock"} {
		for _, format := range []string{"", ",format=json"} {
			dir := hello
			if call == "lock" {
				dir = unlocked
			}
			out := e.build(t, dir, "--call", call+format)
			if format != "" && !json.Valid([]byte(out)) {
				t.Errorf("--call %s%s prints\n%s", call, format, out)
			}
			if strings.TrimSpace(out) == "" {
				t.Errorf("--call %s%s prints nothing", call, format)
			}
			found[call+format] = out
		}
	}
	return found
}

func attested(t *testing.T, e *engine) map[string]string {
	ref := e.Image("engine-attested:" + e.name)
	argv := slices.DeleteFunc(e.buildArgs("-t", ref, "--push", "--sbom=true", "--provenance=mode=max"), func(arg string) bool { return arg == "--provenance=false" })
	if e.refuses(t, e.syntax(t, example(t, "hello")), argv...) {
		return nil
	}
	img, err := e.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	var bill struct {
		Predicate struct {
			Packages []struct{ Name, VersionInfo string }
		}
	}
	for kind, statement := range img.Attestations {
		// What provenance holds differs by BuildKit's version; that it is there does not.
		kind, _, _ = strings.Cut(kind, "/v")
		found[kind] = "is there"
		if strings.Contains(kind, "spdx") {
			if err := json.Unmarshal(statement, &bill); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(bill.Predicate.Packages) == 0 || len(found) != 2 {
		t.Errorf("the attestations are %v with %d packages", found, len(bill.Predicate.Packages))
	}
	for _, p := range bill.Predicate.Packages {
		found["package "+p.Name] = p.VersionInfo
	}
	return found
}

func composed(t *testing.T, e *engine) map[string]string {
	ref := e.Image("engine-compose:" + e.name)
	dir := e.syntax(t, example(t, "hello"))
	text := fmt.Sprintf("services:\n  app:\n    image: %s\n    build:\n      context: .\n      dockerfile: pyproject.toml\n", ref)
	if e.CA != "" {
		text += "      secrets: [ca-certificates]\nsecrets:\n  ca-certificates:\n    file: " + e.CA + "\n"
	}
	write(t, filepath.Join(dir, "compose.yaml"), text)
	build := []string{"docker", "compose", "build", "--builder", e.builder()}
	if e.CA != "" && strings.Contains(e.must(t, dir, "docker", "compose", "version"), "version 2.4") {
		// It builds by bake, which reads no file from elsewhere unless it is told to.
		if _, all, err := e.command(t, dir, build...); err == nil || !strings.Contains(all, "additional privileges requested: pass \"--allow=fs.read=") {
			t.Errorf("without BUILDX_BAKE_ENTITLEMENTS_FS it says %v\n%s", err, all)
		}
	}
	e.must(t, dir, append([]string{"env", "BUILDX_BAKE_ENTITLEMENTS_FS=0"}, build...)...)
	e.must(t, dir, "docker", "push", "--quiet", ref)
	found := e.pushed(t, ref, "")
	delete(found, "/app/compose.yaml") // the name of the image is in it
	return found
}

// cached builds with a cache export, prunes the engine, and builds with the
// import: no step may run that the environment is made of. An inline cache
// holds only what is a layer of the image, so that there only the files count.
func (e *engine) cached(t *testing.T, export, from bkclient.CacheOptionsEntry) map[string]string {
	t.Helper()
	dir := project(t, unlocked(e.Lab, `"lab-pure", "lab-c"`))
	b, ref := push(e.Lab, moult(t, dir), "engine-cached:"+e.name)
	b.CacheExports = []bkclient.CacheOptionsEntry{export}
	if e.graph() && export.Type != "inline" {
		if _, err := e.Build(t.Context(), b); err == nil || !strings.Contains(err.Error(), "unknown cache exporter") {
			t.Errorf("the error is %v", err)
		}
		e.refused = graphStore
		return nil
	}
	mustBuild(t, e.Lab, b)
	if !e.newest {
		e.prune(t) // the lab's own daemon keeps its cache: other tests try it on fresh daemons
	}
	b.CacheExports, b.CacheImports = nil, []bkclient.CacheOptionsEntry{from}
	for _, name := range steps(mustBuild(t, e.Lab, b)) {
		if export.Type != "inline" && strings.Contains(name, "install ") {
			t.Errorf("%q ran in spite of the cache", name)
		}
	}
	return e.pushed(t, ref, "")
}

// refusedCaches are the engines that export a cache in a form that the lab's registry refuses, unless they are told to
// write an image's manifest; docs/ci.md and docs/troubleshooting.md say so. These are BuildKits before v0.21.
var refusedCaches = []string{"v0.11.6", "v0.12.5", "v0.13.2", "v0.18.2", "docker-25-containerd", "docker-trixie-containerd"}

// exportsWithoutManifest exports a cache to a registry without more than people usually write.
func (e *engine) exportsWithoutManifest(t *testing.T, ref string) {
	t.Helper()
	if e.newest || e.graph() {
		return
	}
	b := moult(t, project(t, unlocked(e.Lab, `"lab-pure"`)))
	b.CacheExports = []bkclient.CacheOptionsEntry{{Type: "registry", Attrs: map[string]string{"ref": ref, "mode": "max"}}}
	_, err := e.Build(t.Context(), b)
	refused := slices.Contains(refusedCaches, e.name)
	if refused && (err == nil || !strings.Contains(err.Error(), "error writing manifest blob") || !strings.Contains(err.Error(), "400 Bad Request")) || !refused && err != nil {
		t.Errorf("without image-manifest=true it says %v", err)
	}
}

// prune empties the engine's build cache.
func (e *engine) prune(t *testing.T) {
	t.Helper()
	freed := make(chan bkclient.UsageInfo)
	go func() {
		for range freed {
		}
	}()
	err := e.Client.Prune(t.Context(), freed, bkclient.PruneAll)
	close(freed)
	if err != nil {
		t.Error(err)
	}
}

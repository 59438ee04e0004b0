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

// Why an engine lacks a row.
const (
	noImages   = "A BuildKit keeps no images by name: a frontend comes from a registry."
	graphStore = "Docker with a graph driver refuses this, and buildx says so (the test expects it): create a builder, or turn on the containerd image store."
)

// matrix are the rows that `make test-engines` tries beside always. They use
// the frontend's image and the clients that people use.
var matrix = []row{
	{name: "the `# syntax=` line; `--push`", run: func(t *testing.T, e *engine) map[string]string {
		ref := e.Image("engine-syntax:" + e.name)
		e.build(t, e.syntax(t, example(t, "hello")), "-t", ref, "--push")
		e.answers(t, ref, "/")
		return e.pushed(t, ref, "")
	}},
	{name: "a frontend's image that no registry has", run: localFrontend, missing: func(e *engine) string {
		if !e.docker() {
			return noImages
		}
		return ""
	}},
	{name: "`--load`, `--quiet`", run: func(t *testing.T, e *engine) map[string]string {
		dir := e.syntax(t, example(t, "hello"))
		e.build(t, dir, "-t", "engine-loaded:"+e.name, "--load")
		e.answers(t, "engine-loaded:"+e.name, "/")
		id := strings.TrimSpace(e.build(t, dir, "--quiet", "--load", "--build-arg", "MOULT_SUMMARY=0"))
		if !strings.HasPrefix(id, "sha256:") {
			t.Errorf("--quiet prints %q", id)
		}
		return nil
	}},
	{name: "`-o type=oci`", run: func(t *testing.T, e *engine) map[string]string {
		return e.exported(t, "oci", func(name string) map[string]string {
			dir := t.TempDir()
			e.must(t, dir, "tar", "-xf", name)
			img, err := lab.ReadLayout(dir, "")
			return treeOf(t, img, err)
		})
	}},
	{name: "`-o type=docker`", run: func(t *testing.T, e *engine) map[string]string {
		return e.exported(t, "docker", func(name string) map[string]string {
			img, err := lab.ReadArchive(name)
			return treeOf(t, img, err)
		})
	}},
	{name: "`-o type=tar`", run: func(t *testing.T, e *engine) map[string]string {
		return e.exported(t, "tar", func(name string) map[string]string { return members(t, name) })
	}},
	{name: "`-o type=local`", run: func(t *testing.T, e *engine) map[string]string {
		return e.exported(t, "local", func(name string) map[string]string { return onDisk(t, name) })
	}},
	{name: "`--check`", run: checked},
	{name: "`--call` outline, targets, plan, size, lock, describe", run: called},
	{name: "the targets builder and venv and wheels", run: func(t *testing.T, e *engine) map[string]string {
		dir := e.syntax(t, project(t, withFlask))
		e.build(t, dir, "--target", "builder", "-o", "type=cacheonly")
		found := map[string]string{}
		for _, target := range []string{"venv", "wheels"} {
			out := t.TempDir()
			e.build(t, dir, "--target", target, "-o", "type=local,dest="+out)
			for p, line := range onDisk(t, out) {
				found[target+":"+p] = line
			}
		}
		return found
	}},
	{name: "environment, secrets, caches and network of steps", run: func(t *testing.T, e *engine) map[string]string {
		e.again(t, "TestAStepHasItsEnvironmentSecretsAndCaches", "TestAStepReachesTheNetworkOnlyIfItSaysSo")
		return nil
	}},
	{name: "Debian packages, static files (the example django)", run: func(t *testing.T, e *engine) map[string]string {
		// Official images have the folders and files that a daemon mounts into a step; the lab's lack /dev and
		// /etc/resolv.conf, and a daemon that has to make them changes the times of / and /etc.
		b := inPlaceOf(moult(t, example(t, "django")), "python:3.13-slim", wholeBase(t, e))
		_, files := imageOf(t, e.Lab, b, "engine-django:"+e.name)
		for p := range files {
			if strings.HasPrefix(p, "/var/lib/dpkg/") || strings.HasPrefix(p, "/var/cache/") {
				delete(files, p) // what dpkg keeps has the time of the step's run
			}
		}
		return tree(files)
	}},
	{name: "SBOM and provenance", run: attested},
	{name: "two platforms in one build", run: func(t *testing.T, e *engine) map[string]string {
		ref := e.Image("engine-platforms:" + e.name)
		argv := e.buildArgs("-t", ref, "--push", "--platform", "linux/amd64,linux/arm64")
		if e.refuses(t, e.syntax(t, example(t, "hello")), argv...) {
			return nil
		}
		found := e.pushed(t, ref, "linux/amd64")
		for p, line := range e.pushed(t, ref, "linux/arm64") {
			found["arm64:"+p] = line
		}
		return found
	}},
	{name: "`docker compose build` (2.26)", run: composed},
	{name: "`docker buildx bake`", run: func(t *testing.T, e *engine) map[string]string {
		ref := e.Image("engine-bake:" + e.name)
		dir := e.syntax(t, example(t, "hello"))
		write(t, filepath.Join(dir, "bake.hcl"), fmt.Sprintf("target \"default\" {\n  dockerfile = \"pyproject.toml\"\n  tags = [%q]\n  output = [\"type=registry\"]\n%s}\n",
			ref, map[bool]string{true: "  secret = [\"id=ca-certificates,src=" + e.CA + "\"]\n"}[e.CA != ""]))
		e.must(t, dir, "docker", "buildx", "bake", "-f", "bake.hcl", "--allow=fs.read=*")
		found := e.pushed(t, ref, "")
		delete(found, "/app/bake.hcl") // the name of the image is in it
		return found
	}},
	{name: "Debian's `docker buildx` 0.13 as the client", run: func(t *testing.T, e *engine) map[string]string {
		ref := e.Image("engine-client:" + e.name)
		argv := e.buildArgs("-t", ref, "--push", "--builder", e.builder())
		argv[0] = filepath.Join(e.Dir, "engines", "roots", "trixie", "usr", "libexec", "docker", "cli-plugins", "docker-buildx")
		e.must(t, e.syntax(t, example(t, "hello")), argv...)
		return e.pushed(t, ref, "")
	}},
	{name: "a cache in a registry", run: func(t *testing.T, e *engine) map[string]string {
		ref := e.Image("engine-cache:" + e.name)
		return e.cached(t, bkclient.CacheOptionsEntry{Type: "registry", Attrs: map[string]string{"ref": ref, "mode": "max", "image-manifest": "true"}},
			bkclient.CacheOptionsEntry{Type: "registry", Attrs: map[string]string{"ref": ref}})
	}},
	{name: "a cache in a folder", run: func(t *testing.T, e *engine) map[string]string {
		dir := t.TempDir()
		return e.cached(t, bkclient.CacheOptionsEntry{Type: "local", Attrs: map[string]string{"dest": dir, "mode": "max"}},
			bkclient.CacheOptionsEntry{Type: "local", Attrs: map[string]string{"src": dir}})
	}},
	{name: "an inline cache", run: func(t *testing.T, e *engine) map[string]string {
		return e.cached(t, bkclient.CacheOptionsEntry{Type: "inline"},
			bkclient.CacheOptionsEntry{Type: "registry", Attrs: map[string]string{"ref": e.Image("engine-cached:" + e.name)}})
	}},
	{name: "`moult build --push`", run: func(t *testing.T, e *engine) map[string]string {
		ref := e.Image("engine-cli:" + e.name)
		moult, err := filepath.Abs("../../../bin/moult")
		if err != nil {
			t.Fatal(err)
		}
		argv := []string{moult, "build", "-t", ref, "--push"}
		if e.CA != "" {
			argv = append(argv, "--secret", "id=ca-certificates,src="+e.CA)
		}
		e.must(t, example(t, "hello"), append(argv, ".")...)
		return e.pushed(t, ref, "")
	}},
	{name: "errors at their line ([troubleshooting](troubleshooting.md))", run: func(t *testing.T, e *engine) map[string]string {
		e.again(t, "TestADependencyThatDoesNotExist", "TestAVersionThatDoesNotExist", "TestAnIndexThatIsDown", "TestAnIndexThatAnswers500",
			"TestAnIndexThatWantsAPassword", "TestAWheelWithOtherBytesThanItsHash", "TestACompileErrorIsShown", "TestAnImageThatDoesNotExist",
			"TestABaseWithAnotherPython", "TestNoCommandToRun", "TestAMissingSecretIsSaidAtItsLine", "TestAPackageThatTheDistributionDoesNotHave",
			"TestWhatThePackagesOwnIndexRefusesIsSaidAtItsLine", "TestWheelsForOtherMachinesAreNamed", "TestAMissingHeaderIsCured",
			"TestWhatFailsOutsideTheEnvironmentShowsItsLine", "TestAFailingStepShowsItsLine",
			"TestABackendThatWritesOtherWheelsIsRefused")
		return nil
	}},
}

// withFlask has no lock.
var withFlask = map[string]string{
	"pyproject.toml": "# syntax=registry.example.com/moult:1\n[project]\nname = \"asked\"\nrequires-python = \">=3.13,<3.14\"\ndependencies = [\"flask==3.1.0\"]\n[tool.moult]\ncmd = [\"flask\"]\n",
}

// notOnThePage ends the page.
const notOnThePage = `
Docker 26 and 28 are those of Debian 13 and of Debian's unstable release, in a root file system of that release; BuildKits and Docker 25 are compiled from their modules.
Docker Engine 24 was not tried: the parts that it was compiled from can no longer be had. Its BuildKit is v0.11. On BuildKit v0.11.6 and v0.13.2 the first four rows were the same as
on the newest in a run before this one.

Tried by hand with the example hello: the docker-container driver on Docker 28.5, a BuildKit behind TLS with docker buildx and with the command moult build, Debian's buildx 0.13 on Docker 25.0 and 26.1,
and an image for arm64, which answers under qemu-user. Not tried with this version: a rootless BuildKit, its containerd worker, Kubernetes.
`

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
	if e.newest {
		ref := e.Image("engine-local:" + e.name)
		e.build(t, e.syntax(t, example(t, "hello")), "-t", ref, "--push")
		found := e.pushed(t, ref, "")
		delete(found, "/app/pyproject.toml")
		return found
	}
	e.must(t, "", "docker", "pull", "--quiet", e.Image("moult:dev"))
	e.must(t, "", "docker", "tag", e.Image("moult:dev"), "moult-local:1")
	dir := example(t, "hello")
	ref := e.Image("engine-local:" + e.name)
	edit(t, filepath.Join(dir, "pyproject.toml"), "registry.example.com/moult:1", "moult-local:1")
	e.build(t, dir, "-t", ref, "--push")
	found := e.pushed(t, ref, "")
	delete(found, "/app/pyproject.toml") // the name of the image is in it
	return found
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
	e.must(t, dir, "docker", "compose", "build", "--builder", e.builder())
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

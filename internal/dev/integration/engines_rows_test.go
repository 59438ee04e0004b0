package integration

import (
	"fmt"
	"path/filepath"
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

func keepsNoImages(e *engine) string {
	if !e.docker() {
		return noImages
	}
	return ""
}

// matrix are the rows that `make test-engines` tries beside always. They use
// the frontend's image and the clients that people use.
var matrix = []row{
	{name: "the `# syntax=` line; `--push`", run: func(t *testing.T, e *engine) map[string]string {
		ref := e.Image("engine-syntax:" + e.name)
		e.build(t, e.syntax(t, example(t, "hello")), "-t", ref, "--push")
		e.answers(t, ref, "/")
		return e.pushed(t, ref, "")
	}},
	{name: "a frontend's image that no registry has", run: localFrontend, missing: keepsNoImages},
	{name: "a frontend's image that the engine has built", run: builtFrontend, missing: keepsNoImages},
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
	{name: "`--call` outline, targets, plan, size, lock, describe", run: called, missing: stepsReachNoIndex},
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
		e.again(t, testsOfSteps...)
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
	{name: "`docker compose build` (2.26; on Docker 28 and 29 2.40)", run: composed},
	{name: "a pool of three builders, one cache in a registry", run: pooled, missing: func(e *engine) string {
		if e.name != clustered {
			return "Only a cluster has pools."
		}
		return ""
	}},
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
		argv = argv[1:] // docker starts the program as a plugin, with its name
		argv[0] = filepath.Join(e.Dir, "engines", "roots", "trixie", "usr", "libexec", "docker", "cli-plugins", "docker-buildx")
		e.must(t, e.syntax(t, example(t, "hello")), argv...)
		return e.pushed(t, ref, "")
	}},
	{name: "a cache in a registry", run: func(t *testing.T, e *engine) map[string]string {
		ref := e.Image("engine-cache:" + e.name)
		return e.cached(t, bkclient.CacheOptionsEntry{Type: "registry", Attrs: map[string]string{"ref": ref, "mode": "max", "image-manifest": "true"}},
			bkclient.CacheOptionsEntry{Type: "registry", Attrs: map[string]string{"ref": ref}})
	}, missing: registryTakesNoCache},
	{name: "a cache in a folder", run: func(t *testing.T, e *engine) map[string]string {
		dir := t.TempDir()
		return e.cached(t, bkclient.CacheOptionsEntry{Type: "local", Attrs: map[string]string{"dest": dir, "mode": "max"}},
			bkclient.CacheOptionsEntry{Type: "local", Attrs: map[string]string{"src": dir}})
	}, missing: stepsReachNoIndex},
	{name: "an inline cache", run: func(t *testing.T, e *engine) map[string]string {
		e.exportsWithoutManifest(t, e.Image("engine-cache:"+e.name+"-old"))
		return e.cached(t, bkclient.CacheOptionsEntry{Type: "inline"},
			bkclient.CacheOptionsEntry{Type: "registry", Attrs: map[string]string{"ref": e.Image("engine-cached:" + e.name)}})
	}, missing: stepsReachNoIndex},
	{name: "`moult build --push`", run: func(t *testing.T, e *engine) map[string]string {
		ref := e.Image("engine-cli:" + e.name)
		e.moult(t, example(t, "hello"), "-t", ref, "--push")
		return e.pushed(t, ref, "")
	}},
	{name: "`moult build --load`", run: func(t *testing.T, e *engine) map[string]string {
		e.moult(t, example(t, "hello"), "-t", "engine-cli-loaded:"+e.name, "--load")
		e.answers(t, "engine-cli-loaded:"+e.name, "/")
		return nil
	}},
	{name: "errors at their line ([troubleshooting](troubleshooting.md))", run: func(t *testing.T, e *engine) map[string]string {
		e.again(t, testsOfErrors...)
		return nil
	}, missing: stepsReachNoIndex},
}

// testsOfSteps and testsOfErrors are the tests of this package that rows run again
// on their engine.
var testsOfSteps = []string{
	"TestAStepHasItsEnvironmentSecretsAndCaches", "TestAStepReachesTheNetworkOnlyIfItSaysSo", "TestAStepGivesTheSameLayersOnABaseWithoutResolvConf",
}

var testsOfErrors = []string{
	"TestADependencyThatDoesNotExist", "TestAVersionThatDoesNotExist", "TestAnIndexThatIsDown", "TestAnIndexThatAnswers500",
	"TestAnIndexThatWantsAPassword", "TestAWheelWithOtherBytesThanItsHash", "TestACompileErrorIsShown", "TestAnImageThatDoesNotExist",
	"TestABaseWithAnotherPython", "TestNoCommandToRun", "TestAMissingSecretIsSaidAtItsLine", "TestAPackageThatTheDistributionDoesNotHave",
	"TestWhatThePackagesOwnIndexRefusesIsSaidAtItsLine", "TestWheelsForOtherMachinesAreNamed", "TestAMissingHeaderIsCured",
	"TestWhatFailsOutsideTheEnvironmentShowsItsLine", "TestAFailingStepShowsItsLine",
	"TestABackendThatWritesOtherWheelsIsRefused", "TestWhatABuildFileCannotMeanIsToldAtItsLine", "TestAServerThatIsNotTrustedIsToldAtItsLine",
	"TestABuildWithoutTheNameOfItsFileSaysWhatTroubleshootingHas", "TestTheRulesInACheckAndInABuild",
	"TestALockThatDoesNotMatchItsProjectNamesTheCommandThatRefreshesIt",
}

// withFlask has no lock.
var withFlask = map[string]string{
	"pyproject.toml": "# syntax=registry.example.com/moult:1\n[project]\nname = \"asked\"\nrequires-python = \">=3.13,<3.14\"\ndependencies = [\"flask==3.1.0\"]\n[tool.moult]\ncmd = [\"flask\"]\n",
}

// notOnThePage ends the page.
const notOnThePage = `
**no** is a test that found a difference. With a proxy network it is the time of /etc/ssl/certs and its bundle in the layer of Debian packages ([why](reproducibility.md#what-can-differ)).

Docker 26 and 28 are those of Debian 13 and of Debian's unstable release, in a root file system of that release; BuildKits and other Docker Engines are compiled from their modules, Docker 29 from the newest one, which is a beta version.
Docker Engine 24 was not tried: the parts that it was compiled from can no longer be had. Its BuildKit is v0.11. Kubernetes is v1.34 with one node, compiled from its modules; its pods have the network of the node.
` + "\n`make test-clients` builds hello by docker buildx v0.12.1, Debian's 0.13.1 and v0.17.0 on the newest BuildKit: `--push` gives the files that the newest docker buildx gives, `--load` an image that runs,\n" +
	"and an error has its line; `--check` came with 0.15. It builds on a BuildKit behind an SSH server, by docker buildx and by `moult build`, and reads what podman, buildah and\n" +
	"Docker's old builder say to a build file. Run on 2026-11-29.\n"

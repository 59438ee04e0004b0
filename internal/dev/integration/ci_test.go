package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/moult-build/moult/internal/dev/lab"
)

// The files of examples/ci, run as their services run them as far as the lab
// can: what a job's script says is taken from the file, and the names of the
// service's registry are the lab's.

// inCI is a project that builds in a moment, for every platform without an
// emulator, and an environment in which the clients' own files are the test's.
func inCI(t *testing.T, l *lab.Lab) (dir string, env map[string]string) {
	t.Helper()
	dir = project(t, map[string]string{
		"pyproject.toml": "# syntax=" + l.Image("moult:dev") + "\n[project]\nname = \"in-ci\"\nrequires-python = \">=3.13,<3.14\"\n",
		"main.py":        "import lab_steps\nprint(lab_steps)\n",
		"pylock.toml":    pylock(t, l, l.Packages, "lab_steps-1.0-py3-none-any.whl"),
	})
	config := filepath.Join(t.TempDir(), "docker")
	if err := os.CopyFS(config, os.DirFS(filepath.Join(l.Dir, "docker"))); err != nil {
		t.Fatal(err)
	}
	return dir, map[string]string{
		"HOME": t.TempDir(), "DOCKER_CONFIG": config, "DOCKER_HOST": l.State.Docker, "BUILDX_BUILDER": "lab",
		"BUILDKIT_HOST": l.State.Buildkit,
	}
}

// newRepository is a repository of the registry that no build has pushed to before.
func newRepository(l *lab.Lab, name string) string {
	return l.Image(fmt.Sprintf("ci/%s-%d", name, time.Now().UnixNano()))
}

// sh runs lines as a CI job does: one shell, which ends at the first failure.
func sh(t *testing.T, dir string, env map[string]string, lines ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", strings.Join(lines, "\n"))
	cmd.Dir, cmd.Env = dir, os.Environ()
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, strings.Join(lines, "\n"), out)
	}
}

// readYAML reads a file; a key that it has twice or that the type lacks is an
// error.
func readYAML(t *testing.T, name string, into any) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "..", "examples", "ci", name))
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(content))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// arePushed fails where an image is not in the registry for each platform.
func arePushed(t *testing.T, l *lab.Lab, refs []string, platforms ...string) {
	t.Helper()
	for _, ref := range refs {
		for _, platform := range platforms {
			if _, err := l.ReadImage(t.Context(), ref, platform); err != nil {
				t.Errorf("%s for %s: %v", ref, platform, err)
			}
		}
	}
}

// isCache fails where a reference does not hold a cache.
func isCache(t *testing.T, ref string) {
	t.Helper()
	host, rest, _ := strings.Cut(ref, "/")
	name, tag, _ := strings.Cut(rest, ":")
	req, err := http.NewRequest(http.MethodGet, "http://"+host+"/v2/"+name+"/manifests/"+tag, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || !bytes.Contains(body, []byte("cacheconfig")) {
		t.Errorf("%s is no cache: %v %s", ref, err, body)
	}
}

// step is a step of a GitHub workflow.
type step struct {
	Uses string
	With map[string]string
}

func TestTheWorkflowsStepBuilds(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	var w struct {
		Name        string
		On          map[string]any
		Permissions map[string]string
		Env         map[string]string
		Jobs        map[string]struct {
			RunsOn string `yaml:"runs-on"`
			Steps  []step
		}
	}
	readYAML(t, ".github/workflows/image.yml", &w)
	steps := w.Jobs["image"].Steps
	n := slices.IndexFunc(steps, func(s step) bool { return strings.HasPrefix(s.Uses, "docker/build-push-action@") })
	if n < 0 {
		t.Fatal("no step builds")
	}
	dir, env := inCI(t, l)

	// What GitHub puts in place of the expressions, on the main branch.
	image := newRepository(l, "workflow")
	expressions := map[string]string{
		"env.IMAGE":                       image,
		"github.sha":                      "0123abc",
		"github.ref == 'refs/heads/main'": "true",
		"github.ref == 'refs/heads/main' && format('type=registry,ref={0}:cache,mode=max', env.IMAGE) || ''": "type=registry,ref=" + image + ":cache,mode=max",
	}
	expression := regexp.MustCompile(`\$\{\{ (.*?) \}\}`)
	// The action's inputs as flags of the program that it starts.
	args := []string{"docker", "buildx", "build"}
	var refs []string
	for _, name := range slices.Sorted(maps.Keys(steps[n].With)) {
		value := expression.ReplaceAllStringFunc(steps[n].With[name], func(m string) string {
			v, ok := expressions[expression.FindStringSubmatch(m)[1]]
			if !ok {
				t.Errorf("%s: the test does not know %s", name, m)
			}
			return v
		})
		switch name {
		case "context": // comes last
		case "file", "cache-from", "cache-to":
			args = append(args, "--"+name, value)
		case "platforms":
			args = append(args, "--platform", value)
		case "push":
			args = append(args, "--push="+value)
		case "tags":
			refs = strings.Fields(value)
			for _, ref := range refs {
				args = append(args, "--tag", ref)
			}
		default:
			t.Errorf("the test does not know the input %s", name)
		}
	}
	args = append(args, steps[n].With["context"])
	sh(t, dir, env, "'"+strings.Join(args, "' '")+"'")
	arePushed(t, l, refs, "linux/amd64", "linux/arm64")
	isCache(t, image+":cache")
}

// job is a job of GitLab CI, or its defaults.
type job struct {
	Image        any
	Services     []string
	Variables    map[string]string
	Rules        []map[string]string
	BeforeScript []string `yaml:"before_script"`
	Script       []string
}

// predefined are the variables that GitLab gives to a job on the default
// branch, for a project of the lab's registry.
func predefined(l *lab.Lab, name string) map[string]string {
	return map[string]string{
		"CI_REGISTRY": l.Registry, "CI_REGISTRY_IMAGE": newRepository(l, name), "CI_REGISTRY_USER": "someone", "CI_REGISTRY_PASSWORD": "s3cret-in-test",
		"CI_COMMIT_SHA": "0123abc", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main",
	}
}

func TestTheJobsOfGitLabBuild(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	var file struct {
		Default      job
		Variables    map[string]string
		Image        job
		MergeRequest job `yaml:"merge-request"`
	}
	readYAML(t, ".gitlab-ci.yml", &file)
	for name := range file.Variables {
		// The service's engine; here the lab's is used.
		if !strings.HasPrefix(name, "DOCKER_") {
			t.Errorf("the test does not set %s", name)
		}
	}
	dir, env := inCI(t, l)
	maps.Copy(env, predefined(l, "gitlab"))
	image := env["CI_REGISTRY_IMAGE"]
	for _, j := range []job{file.Image, file.MergeRequest} {
		// The lab's builder is used and not the one that this creates, whose
		// BuildKit is an image of Docker Hub.
		env["DOCKER_CONFIG"] = filepath.Join(t.TempDir(), "docker")
		if err := os.CopyFS(env["DOCKER_CONFIG"], os.DirFS(filepath.Join(l.Dir, "docker"))); err != nil {
			t.Fatal(err)
		}
		sh(t, dir, env, append(slices.Clone(file.Default.BeforeScript), j.Script...)...)
	}
	arePushed(t, l, []string{image + ":0123abc", image + ":latest"}, "linux/amd64", "linux/arm64")
	isCache(t, image+":cache")
}

func TestTheJobWithoutDockerBuilds(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	var file struct{ Image job }
	readYAML(t, "rootless.gitlab-ci.yml", &file)
	dir, env := inCI(t, l)
	maps.Copy(env, predefined(l, "rootless"))
	// The image's script starts a daemon for buildctl; the lab has one.
	bin := t.TempDir()
	write(t, filepath.Join(bin, "buildctl-daemonless.sh"), "#!/bin/sh\nexec buildctl \"$@\"\n")
	if err := os.Chmod(filepath.Join(bin, "buildctl-daemonless.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	env["PATH"] = bin + ":" + filepath.Join(l.Dir, "bin") + ":" + os.Getenv("PATH")
	// What the job writes is the login that buildctl reads.
	env["DOCKER_CONFIG"] = filepath.Join(env["HOME"], ".docker")
	sh(t, dir, env, append(slices.Clone(file.Image.BeforeScript), file.Image.Script...)...)
	image := env["CI_REGISTRY_IMAGE"]
	arePushed(t, l, []string{image + ":0123abc", image + ":latest"}, "")
	isCache(t, image+":cache")
	var login struct {
		Auths map[string]struct{ Auth []byte }
	}
	content, err := os.ReadFile(filepath.Join(env["HOME"], ".docker", "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &login); err != nil || string(login.Auths[l.Registry].Auth) != "someone:s3cret-in-test" {
		t.Errorf("the login is %s: %v", content, err)
	}
}

func TestBakeBuildsForCIAndTheVariantsOfAProject(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir, env := inCI(t, l)
	content, err := os.ReadFile("../../../examples/ci/docker-bake.hcl")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "docker-bake.hcl"), string(content))
	env["IMAGE"], env["TAG"] = newRepository(l, "bake"), "1.0"
	sh(t, dir, env, "docker buildx bake", "docker buildx bake wheels", "docker buildx bake ci")
	arePushed(t, l, []string{env["IMAGE"] + ":1.0"}, "")
	isCache(t, env["IMAGE"]+":cache")
	if found, err := filepath.Glob(filepath.Join(dir, "wheels", "*.whl")); err != nil || len(found) == 0 {
		t.Errorf("bake wheels leaves %q, %v", found, err)
	}

	// The public index may be behind an authority of this machine's.
	dir = example(t, "cpu-gpu")
	edit(t, filepath.Join(dir, "pyproject.toml"), "registry.example.com/moult:1", l.Image("moult:dev"))
	env["IMAGE"] = newRepository(l, "device")
	secret := ""
	if ca := l.State.CA; ca != "" {
		secret = " --set *.secrets=id=ca-certificates,src=" + ca + " --allow fs.read=" + ca
	}
	sh(t, dir, env, "set -f", "docker buildx bake --push"+secret)
	arePushed(t, l, []string{env["IMAGE"] + ":cpu", env["IMAGE"] + ":gpu"}, "")
}

// block is the first shell command of a page that begins in some way.
func block(t *testing.T, name, begins string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "..", "examples", "ci", name))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(content), "```sh\n")[1:] {
		if text, _, _ := strings.Cut(part, "```"); strings.HasPrefix(text, begins) {
			return text
		}
	}
	t.Fatalf("%s has no command %q", name, begins)
	return ""
}

package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
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

// A cluster is not at hand. What buildx asks of one is taken by a server that
// speaks as much of its language as is needed to be asked.
func TestBuildxAsksAClusterForABuilder(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir, env := inCI(t, l)
	type request struct {
		path string
		body []byte
	}
	asked := make(chan request, 1)
	cluster := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/deployments") {
			select {
			case asked <- request{r.URL.Path, body}:
			default:
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}`)
	}))
	defer cluster.Close()
	config := filepath.Join(dir, "kubeconfig")
	write(t, config, `apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "`+cluster.URL+`"}}]
users: [{name: test, user: {}}]
contexts: [{name: test, context: {cluster: test, user: test}}]
current-context: test
`)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-e", "-c", block(t, "kubernetes/README.md", "docker buildx create --name cluster --driver kubernetes"))
	cmd.Env = append(os.Environ(), "KUBECONFIG="+config, "DOCKER_CONFIG="+env["DOCKER_CONFIG"])
	cmd.WaitDelay = time.Second
	// It ends with an error: the cluster refuses.
	out, _ := cmd.CombinedOutput()
	var got request
	select {
	case got = <-asked:
	default:
		t.Fatalf("buildx asks for no deployment: %s", out)
	}
	if !strings.Contains(got.path, "/namespaces/buildkit/") {
		t.Errorf("buildx asks %s", got.path)
	}
	// It speaks in protobuf, in which texts stand as they are.
	for _, want := range []string{"Deployment", "moby/buildkit:v0.34.2-rootless", "--oci-worker-no-process-sandbox", "2Gi"} {
		if !bytes.Contains(got.body, []byte(want)) {
			t.Errorf("buildx does not ask for %s: %q", want, got.body)
		}
	}
}

func TestTheDeploymentHoldsTogether(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	content, err := os.ReadFile("../../../examples/ci/kubernetes/buildkitd.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type labels map[string]string
	type metadata struct{ Labels labels }
	type volume struct{ Name string }
	var d struct {
		Spec struct {
			Selector struct {
				MatchLabels labels `yaml:"matchLabels"`
			}
			Template struct {
				Metadata metadata
				Spec     struct {
					Containers []struct {
						Args  []string
						Ports []struct {
							ContainerPort int `yaml:"containerPort"`
						}
						VolumeMounts []struct{ Name string } `yaml:"volumeMounts"`
					}
					Volumes []volume
				}
			}
		}
	}
	var s struct {
		Spec struct {
			Selector labels
			Ports    []struct {
				TargetPort int `yaml:"targetPort"`
			}
		}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	for _, into := range []any{&d, &s} {
		if err := decoder.Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	pod := d.Spec.Template
	if !maps.Equal(d.Spec.Selector.MatchLabels, pod.Metadata.Labels) || !maps.Equal(s.Spec.Selector, pod.Metadata.Labels) {
		t.Error("the selectors do not select the pods")
	}
	c := pod.Spec.Containers[0]
	if s.Spec.Ports[0].TargetPort != c.Ports[0].ContainerPort || !slices.Contains(c.Args, fmt.Sprintf("--addr=tcp://0.0.0.0:%d", c.Ports[0].ContainerPort)) {
		t.Error("the service's port is not the daemon's")
	}
	for _, m := range c.VolumeMounts {
		if !slices.ContainsFunc(pod.Spec.Volumes, func(v volume) bool { return v.Name == m.Name }) {
			t.Errorf("there is no volume %s", m.Name)
		}
	}
	// The daemon of the lab is of the same version, which tells its flags.
	help, err := exec.CommandContext(t.Context(), filepath.Join(l.Dir, "bin", "buildkitd"), "--help").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	for _, arg := range c.Args {
		flag, _, _ := strings.Cut(arg, "=")
		if !strings.Contains(string(help), flag+" ") {
			t.Errorf("buildkitd has no %s", flag)
		}
	}
}

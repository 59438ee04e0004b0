package integration

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/moult-build/moult/internal/dev/lab"
)

// `make test` has no cluster (make test-engines ENGINES=kubernetes has one). What
// buildx asks of one is taken by a server that speaks as much of its language as
// is needed to be asked.
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

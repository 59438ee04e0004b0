package daemons

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	labapi "github.com/moult-build/moult/internal/dev/lab"
)

// cluster is a BuildKit that docker buildx has made by its driver kubernetes, in a cluster of one node: etcd, the API
// server, the controllers, the scheduler and a kubelet with containerd.
type cluster struct{}

const (
	clusterName = "kubernetes"
	// clusterBuilder is the name of the builder.
	clusterBuilder = "moult-cluster"
)

// clusterParts are the cluster's processes in the order in which they start.
var clusterParts = []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "containerd", "kubelet"}

func clusterService(part string) string { return "cluster-" + part }

// clusterPackages are what the node's root file system holds; the kubelet starts mount.
var clusterPackages = []string{"ca-certificates", "containerd", "etcd-server", "iptables", "mount", "runc"}

// node is where the parts of the cluster are and answer.
type node struct {
	dir, root, socket string
	// ip is the address of the node, which must not be the loopback's.
	ip string
	// Ports are chosen once.
	Etcd, Peers, API, Kubelet, Builder int
}

func (n *node) program(name string) string { return filepath.Join(n.dir, "bin", name) }
func (n *node) file(name string) string    { return filepath.Join(n.dir, name) }

func (c cluster) start(ctx context.Context, l *lab) error {
	n, err := l.prepareCluster(ctx)
	if err != nil {
		return err
	}
	engine := l.state.Engines[clusterName]
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, part := range clusterParts {
		s := service{name: clusterService(part), argv: n.command(self, l.dir, part), version: n.version(), ready: func(context.Context) error { return nil }}
		switch part {
		case "etcd":
			s.ready = answers(fmt.Sprintf("http://127.0.0.1:%d/health", n.Etcd))
		case "kube-apiserver":
			s.ready = func(ctx context.Context) error { return l.kubectl(ctx, n, "get", "--raw", "/readyz") }
		case "containerd":
			s.ready = dials(n.socket)
		case "kubelet":
			s.ready = func(ctx context.Context) error {
				return l.kubectl(ctx, n, "wait", "--for=condition=Ready", "node/node", "--timeout=2s")
			}
		}
		if err := l.start(ctx, s); err != nil {
			return err
		}
	}
	if err := l.useNetworkOfTheNode(ctx, n); err != nil {
		return err
	}
	engine.Address, engine.Builder = fmt.Sprintf("tcp://127.0.0.1:%d", n.Builder), clusterBuilder
	engine.Kubeconfig, engine.Image = n.file("kubeconfig"), l.clusterImage()
	if buildkitAnswers(engine.Address)(ctx) != nil {
		if err := l.makeClusterBuilder(ctx, n, engine.Address); err != nil {
			return err
		}
	}
	if err := buildkitAnswers(engine.Address)(ctx); err != nil {
		return err
	}
	l.state.Engines[clusterName] = engine
	return nil
}

func (l *lab) clusterImage() string { return l.state.Registry + "/lab/buildkit:newest" }

// makeClusterBuilder lets docker buildx make the builder. Its pod has the network of the node, which is the machine's, so
// that 127.0.0.1 is the lab; the port is for the tests' own client.
func (l *lab) makeClusterBuilder(ctx context.Context, n *node, address string) error {
	if err := l.removeClusterBuilder(ctx, n); err != nil {
		return err
	}
	config := n.file("buildkitd.toml")
	if err := os.WriteFile(config, []byte(labapi.BuildkitConfig(l.state.Registry)), 0o644); err != nil {
		return err
	}
	return l.clusterBuildx(ctx, n, "create", "--name", clusterBuilder, "--driver", "kubernetes", "--driver-opt", "namespace=default,image="+l.clusterImage(),
		"--buildkitd-config", config, "--buildkitd-flags", "--oci-worker-net host --allow-insecure-entitlement network.host --addr unix:///run/buildkit/buildkitd.sock --addr "+address,
		"--bootstrap")
}

func (l *lab) removeClusterBuilder(ctx context.Context, n *node) error {
	if _, err := os.Stat(filepath.Join(l.dir, "docker", "buildx", "instances", clusterBuilder)); err != nil {
		return nil //nolint:nilerr // there is no such builder
	}
	return l.clusterBuildx(ctx, n, "rm", "--force", clusterBuilder)
}

func (l *lab) clusterBuildx(ctx context.Context, n *node, args ...string) error {
	env := []string{"DOCKER_CONFIG=" + filepath.Join(l.dir, "docker"), "DOCKER_HOST=", "KUBECONFIG=" + n.file("kubeconfig")}
	return l.command(ctx, "buildx", env, append([]string{filepath.Join(l.bin, "buildx")}, args...)...)
}

func (l *lab) kubectl(ctx context.Context, n *node, args ...string) error {
	return l.command(ctx, "kubectl", nil, append([]string{n.program("kubectl"), "--kubeconfig", n.file("kubeconfig")}, args...)...)
}

// stop lets the cluster remove its pods first: nothing else ends their processes.
func (c cluster) stop(ctx context.Context, l *lab) error {
	n, err := l.node()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var failed []error
	if record, err := l.readRecord(clusterService("kubelet")); err == nil && record.alive() {
		failed = append(failed, l.removeClusterBuilder(ctx, n), l.kubectl(ctx, n, "delete", "deployments,replicasets,pods", "--all", "--wait", "--timeout=60s"))
	}
	for i := len(clusterParts) - 1; i >= 0; i-- {
		failed = append(failed, l.stop(clusterService(clusterParts[i])))
	}
	return errors.Join(failed...)
}

// node reads where the cluster is, if there is one.
func (l *lab) node() (*node, error) {
	n := &node{dir: filepath.Join(l.dir, "engines", clusterName), root: filepath.Join(l.dir, "engines", "roots", clusterName), socket: l.socket("cluster")}
	content, err := os.ReadFile(n.file("ports.json"))
	if err != nil {
		return n, err
	}
	return n, json.Unmarshal(content, n)
}

// prepareCluster makes the node's root file system, the programs and their configuration, and the image of the pods.
func (l *lab) prepareCluster(ctx context.Context) (*node, error) {
	n, err := l.node()
	if errors.Is(err, fs.ErrNotExist) {
		err = n.choosePorts()
	}
	if err != nil {
		return nil, err
	}
	if _, err := l.makeRoot(ctx, clusterName, "trixie", clusterPackages); err != nil {
		return nil, err
	}
	if err := l.compileKubernetes(ctx, n); err != nil {
		return nil, err
	}
	engine, err := l.engineWithNetwork(ctx, clusterName)
	if err != nil {
		return nil, err
	}
	n.ip, _, _ = strings.Cut(engine.Subnet, "/")
	if err := l.makeContainerImage(ctx, n.dir, l.clusterImage(), containerImage); err != nil {
		return nil, err
	}
	// Each pod has a container that only sleeps.
	if err := l.makeContainerImage(ctx, n.dir, l.pauseImage(), "FROM "+l.clusterImage()+"\nENTRYPOINT [\"sleep\", \"infinity\"]\n"); err != nil {
		return nil, err
	}
	return n, n.configure(l.pauseImage())
}

func (l *lab) pauseImage() string { return l.state.Registry + "/lab/pause:newest" }

func (n *node) choosePorts() error {
	for _, port := range []*int{&n.Etcd, &n.Peers, &n.API, &n.Kubelet, &n.Builder} {
		var err error
		if *port, err = freePort(); err != nil {
			return err
		}
	}
	content, err := json.Marshal(n)
	return errors.Join(err, os.MkdirAll(n.dir, 0o755), os.WriteFile(n.file("ports.json"), content, 0o644))
}

// useNetworkOfTheNode gives pods the network of the node, so that the lab's services are at 127.0.0.1 as they are
// everywhere else. The driver of docker buildx has no option for it.
func (l *lab) useNetworkOfTheNode(ctx context.Context, n *node) error {
	policy, probe := n.file("policy.yaml"), n.file("probe.yaml")
	if err := errors.Join(os.WriteFile(policy, []byte(hostNetworkPolicy), 0o644), os.WriteFile(probe, []byte(probePod), 0o644)); err != nil {
		return err
	}
	if err := l.kubectl(ctx, n, "apply", "-f", policy); err != nil {
		return err
	}
	// It takes a moment until the API server obeys.
	for end := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		out, err := exec.CommandContext(ctx, n.program("kubectl"), "--kubeconfig", n.file("kubeconfig"), "create", "--dry-run=server", "-f", probe,
			"-o", "jsonpath={.spec.hostNetwork}").CombinedOutput()
		if err == nil && string(out) == "true" {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("pods do not get the network of the node: %w\n%s", err, out)
		}
	}
}

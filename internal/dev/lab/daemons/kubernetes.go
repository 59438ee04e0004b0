package daemons

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// kubernetesVersion still runs on machines with the first version of control groups.
const kubernetesVersion = "1.34.4"

// kubernetesPrograms are those that the lab compiles.
var kubernetesPrograms = []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kubectl"}

// stagingModule is a replacement in Kubernetes' go.mod by a folder of its repository. The same module is published, too.
var stagingModule = regexp.MustCompile(`=> \./staging/src/(\S+)`)

// compileKubernetes makes the programs from Kubernetes' modules, once, with the requirements that the main one names.
func (l *lab) compileKubernetes(ctx context.Context, n *node) error {
	missing := false
	for _, name := range kubernetesPrograms {
		if _, err := os.Stat(n.program(name)); err != nil {
			missing = true
		}
	}
	if !missing {
		return nil
	}
	const path = "k8s.io/kubernetes"
	l.say("compiling Kubernetes %s", kubernetesVersion)
	module, err := l.downloadModule(ctx, path, "v"+kubernetesVersion)
	if err != nil {
		return err
	}
	requirements, err := os.ReadFile(filepath.Join(module, "go.mod"))
	if err != nil {
		return err
	}
	sums, err := os.ReadFile(filepath.Join(module, "go.sum"))
	if err != nil {
		return err
	}
	text := strings.Replace(string(requirements), "module "+path, "module lab", 1)
	text = stagingModule.ReplaceAllString(text, "=> $1 v0."+strings.TrimPrefix(kubernetesVersion, "1."))
	text += "\nrequire " + path + " v" + kubernetesVersion + "\n"
	if err := errors.Join(os.WriteFile(n.file("go.mod"), []byte(text), 0o644), os.WriteFile(n.file("go.sum"), sums, 0o644)); err != nil {
		return err
	}
	args := []string{"-mod=mod", "-ldflags", "-s -w -checklinkname=0 -X k8s.io/component-base/version.gitVersion=v" + kubernetesVersion, "-o", n.file("bin") + "/"}
	for _, name := range kubernetesPrograms {
		args = append(args, path+"/cmd/"+name)
	}
	if err := l.compileEngine(ctx, n.dir, args...); err != nil {
		return fmt.Errorf("compile Kubernetes %s: %w", kubernetesVersion, err)
	}
	l.say("compiled Kubernetes %s", kubernetesVersion)
	return nil
}

// command is the command line of a part of the cluster. Those that the node has run in its root file system, and self is
// the program that enters it.
func (n *node) command(self, dir, part string) []string {
	kubeconfig := n.file("kubeconfig")
	enter := []string{self, "enter", n.root, dir}
	switch part {
	case "etcd":
		client, peers := fmt.Sprintf("http://127.0.0.1:%d", n.Etcd), fmt.Sprintf("http://127.0.0.1:%d", n.Peers)
		return append(enter, "/usr/bin/etcd", "--data-dir", n.file("data/etcd"), "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peers)
	case "kube-apiserver":
		return []string{
			n.program(part), "--etcd-servers", fmt.Sprintf("http://127.0.0.1:%d", n.Etcd), "--secure-port", fmt.Sprint(n.API), "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1",
			"--tls-cert-file", n.file("cert.pem"), "--tls-private-key-file", n.file("key.pem"), "--client-ca-file", n.file("ca.pem"), "--anonymous-auth=false",
			"--authorization-mode", "AlwaysAllow", "--allow-privileged", "--disable-admission-plugins", "ServiceAccount",
			"--service-account-issuer", "https://lab", "--service-account-key-file", n.file("cert.pem"), "--service-account-signing-key-file", n.file("key.pem"),
			"--service-cluster-ip-range", "10.213.254.0/24", "--endpoint-reconciler-type", "none",
			"--kubelet-client-certificate", n.file("cert.pem"), "--kubelet-client-key", n.file("key.pem"), "--kubelet-preferred-address-types", "InternalIP",
			"--feature-gates", "MutatingAdmissionPolicy=true", "--runtime-config", "admissionregistration.k8s.io/v1beta1=true",
		}
	case "kube-controller-manager":
		return []string{
			n.program(part), "--kubeconfig", kubeconfig, "--secure-port", "0", "--leader-elect=false",
			"--controllers", "deployment-controller,replicaset-controller,garbage-collector-controller,node-lifecycle-controller",
		}
	case "kube-scheduler":
		return []string{n.program(part), "--kubeconfig", kubeconfig, "--secure-port", "0", "--leader-elect=false"}
	case "containerd":
		return append(enter, "/usr/bin/containerd", "--config", n.file("containerd.toml"))
	default:
		return append(enter, n.program("kubelet"), "--config", n.file("kubelet.yaml"), "--kubeconfig", kubeconfig, "--root-dir", n.file("root"), "--hostname-override", "node", "--node-ip", n.ip)
	}
}

// version changes with what the parts read.
func (n *node) version() string {
	return digest(n.file("kubelet.yaml")) + digest(n.file("containerd.toml")) + digest(n.file("cert.pem"))
}

// configure writes the files that the parts read.
func (n *node) configure(pause string) error {
	if err := os.MkdirAll(n.file("cni"), 0o755); err != nil {
		return err
	}
	if _, err := os.Stat(n.file("cert.pem")); err != nil {
		if err := makeCertificates(n.dir); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{
		"kubeconfig": fmt.Sprintf(kubeconfig, n.API, n.dir), "kubelet.yaml": fmt.Sprintf(kubeletConfig, n.ip, n.Kubelet, n.file("ca.pem"), n.socket),
		"containerd.toml":  fmt.Sprintf(clusterContainerd, n.file("data/containerd"), n.socket, n.socket+".ttrpc", pause, n.file("cni")),
		"cni/lab.conflist": `{"cniVersion": "1.0.0", "name": "lab", "plugins": [{"type": "loopback"}]}`,
	} {
		if err := os.WriteFile(n.file(name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: lab, cluster: {server: "https://127.0.0.1:%[1]d", certificate-authority: %[2]s/ca.pem}}]
users: [{name: lab, user: {client-certificate: %[2]s/cert.pem, client-key: %[2]s/key.pem}}]
contexts: [{name: lab, context: {cluster: lab, user: lab, namespace: default}}]
current-context: lab
`

// kubeletConfig lets no full disk end a pod, asks for the API server's certificate, and adds no chains to the machine's
// packet filter, which nothing would remove after the cluster: pods have the network of the node.
const kubeletConfig = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: %s
port: %d
healthzPort: 0
authentication: {anonymous: {enabled: false}, webhook: {enabled: false}, x509: {clientCAFile: %s}}
authorization: {mode: AlwaysAllow}
cgroupDriver: cgroupfs
failSwapOn: false
failCgroupV1: false
containerRuntimeEndpoint: unix://%s
evictionHard: {memory.available: 50Mi, nodefs.available: "0%%", imagefs.available: "0%%", nodefs.inodesFree: "0%%", imagefs.inodesFree: "0%%"}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
enforceNodeAllocatable: []
makeIPTablesUtilChains: false
`

// clusterContainerd asks for no less than the machine allows: its root may lack the right to protect processes.
const clusterContainerd = `version = 2
root = %q
state = "/run/containerd"
[grpc]
  address = %q
[ttrpc]
  address = %q
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = %q
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
  conf_dir = %q
`

const hostNetworkPolicy = `apiVersion: admissionregistration.k8s.io/v1beta1
kind: MutatingAdmissionPolicy
metadata: {name: host-network}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}
  failurePolicy: Fail
  reinvocationPolicy: Never
  mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: "Object{spec: Object.spec{hostNetwork: true}}"}}]
---
apiVersion: admissionregistration.k8s.io/v1beta1
kind: MutatingAdmissionPolicyBinding
metadata: {name: host-network}
spec: {policyName: host-network}
`

const probePod = `apiVersion: v1
kind: Pod
metadata: {name: probe}
spec: {containers: [{name: probe, image: probe}]}
`

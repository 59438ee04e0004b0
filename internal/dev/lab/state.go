package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// State has the addresses of a running lab. `lab up` writes it to .lab/state.json for Go and, as shell variables, to
// .lab/env.
type State struct {
	// Dir is the absolute path of the folder .lab, which has all files of the lab.
	Dir string `json:"dir"`
	// Buildkit is the address of the lab's buildkitd, e.g. unix:///…/buildkitd.sock.
	Buildkit string `json:"buildkit"`
	// Docker is the address of the lab's Docker Engine; empty if the machine cannot run one.
	Docker string `json:"docker"`
	// Registry is host:port of the lab's image registry, which speaks plain HTTP and stands in for Docker Hub.
	Registry string `json:"registry"`
	// Index is the URL of the package index with no path, e.g. http://127.0.0.1:5002. Its simple API is at /simple/.
	Index string `json:"index"`
	// PublicIndex is true if the public package index answered when the lab was started.
	PublicIndex bool `json:"public_index"`
	// CA is the path of a PEM bundle for builds, as the secret ca-certificates; empty if the machine trusts only the usual
	// authorities.
	CA string `json:"ca"`
	// Engines are the daemons beside the lab's own by name, which `make lab-engines` starts.
	Engines map[string]Engine `json:"beside,omitempty"`
	// Bridge and Subnet are the network of the engine's containers.
	Bridge string `json:"bridge"`
	Subnet string `json:"subnet"`
}

// Engine is a BuildKit or a Docker Engine beside the lab's own.
type Engine struct {
	// Address is the socket, e.g. unix:///…/docker-trixie.sock. The BuildKit in a Docker Engine answers through it too.
	Address string `json:"address"`
	// Docker is true for a Docker Engine and false for a BuildKit.
	Docker bool `json:"docker,omitempty"`
	// Graph is set for a Docker Engine that keeps images by a graph driver, which is its default up to version 28. It
	// has no exporters but its own, tar and local.
	Graph bool `json:"graph,omitempty"`
	// Builder is the name of the builder that docker buildx has made for the daemon, if it has made it; Address is then a
	// second address, for the tests' own client.
	Builder string `json:"builder,omitempty"`
	// TLS is the folder with the files ca.pem, cert.pem and key.pem for a daemon that asks its clients for a certificate.
	TLS string `json:"tls,omitempty"`
	// Kubeconfig is the file for the cluster that runs the daemon in a pod, of the given Image.
	Kubeconfig string `json:"kubeconfig,omitempty"`
	Image      string `json:"image,omitempty"`
	// Root is the root file system that a Docker Engine runs in, with the clients of the same release.
	Root string `json:"root,omitempty"`
	// Bridge and Subnet are the network of a Docker Engine's containers.
	Bridge string `json:"bridge,omitempty"`
	Subnet string `json:"subnet,omitempty"`
}

// StateFile is the name of the state's file in the folder .lab.
const StateFile = "state.json"

// ErrNoLab is the error if there is no running lab above the working directory.
var ErrNoLab = errors.New("no lab: run `make lab-up` first")

// ReadState reads the state in the folder dir. A folder without one gives ErrNoLab.
func ReadState(dir string) (State, error) {
	var state State
	data, err := os.ReadFile(filepath.Join(dir, StateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return state, ErrNoLab
	}
	if err != nil {
		return state, err
	}
	if err := json.Unmarshal(data, &state); err != nil {
		return state, fmt.Errorf("read %s: %w", filepath.Join(dir, StateFile), err)
	}
	return state, nil
}

// Write stores the state in its folder, as JSON for Go and as a file of variables for a shell.
func (s State) Write() error {
	data, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(s.Dir, StateFile), append(data, '\n')); err != nil {
		return err
	}
	return replace(filepath.Join(s.Dir, "env"), []byte(s.Env()))
}

// Env returns the text of .lab/env for a POSIX shell.
func (s State) Env() string {
	var b strings.Builder
	b.WriteString("# Written by `make lab-up`; source it in a shell.\n")
	set := func(name, value string) {
		fmt.Fprintf(&b, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	set("BUILDKIT_HOST", s.Buildkit)
	set("DOCKER_HOST", s.Docker)
	set("DOCKER_CONFIG", filepath.Join(s.Dir, "docker"))
	set("BUILDX_BUILDER", BuilderName)
	set("LAB_DIR", s.Dir)
	set("LAB_REGISTRY", s.Registry)
	set("LAB_INDEX", s.Index)
	set("LAB_PUBLIC_INDEX", map[bool]string{true: "yes", false: "no"}[s.PublicIndex])
	set("LAB_CA", s.CA)
	// The path does not grow if a shell reads the file twice.
	bin := filepath.Join(s.Dir, "bin")
	fmt.Fprintf(&b, "case \":$PATH:\" in *\":%s:\"*) ;; *) export PATH='%s':\"$PATH\" ;; esac\n", bin, bin)
	return b.String()
}

// BuilderName is the name of the buildx builder over the lab's buildkitd.
const BuilderName = "lab"

// replace writes a file so that a reader sees either the old or the new content.
func replace(path string, data []byte) error {
	old, err := os.ReadFile(path)
	if err == nil && string(old) == string(data) {
		return nil
	}
	next := path + ".new"
	if err := os.WriteFile(next, data, 0o644); err != nil {
		return err
	}
	return os.Rename(next, path)
}

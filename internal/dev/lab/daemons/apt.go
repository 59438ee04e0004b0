package daemons

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// need is a file or a program of the machine, and the Debian package that contains it.
type need struct {
	program string // looked for in PATH and the sbin folders; or
	file    string // a path
	pkg     string
}

// needs are the files and programs of the machine that the lab uses. A Docker Engine that is not Debian's stays.
var needs = []need{
	{program: "runc", pkg: "runc"},
	{program: "dockerd", pkg: "docker.io"},
	{program: "containerd", pkg: "containerd"},
	{program: "mmdebstrap", pkg: "mmdebstrap"},
	{program: "iptables", pkg: "iptables"},
	{program: "ip", pkg: "iproute2"},
	{program: "python3", pkg: "python3"},
	{program: "git", pkg: "git"},
	{program: "newuidmap", pkg: "uidmap"}, // for a BuildKit of an ordinary user
	{file: "/usr/share/keyrings/debian-archive-keyring.gpg", pkg: "debian-archive-keyring"},
	{file: "/etc/ssl/certs/ca-certificates.crt", pkg: "ca-certificates"},
}

// installMissing installs the missing packages, and does nothing if none is missing.
func (l *lab) installMissing(ctx context.Context) error {
	missing := missingOf(needs)
	// Debian 13 split the client from the engine; elsewhere docker.io has both.
	if findProgram("docker") == "" && exec.CommandContext(ctx, "apt-cache", "show", "docker-cli").Run() == nil {
		missing = append(missing, "docker-cli")
	}
	return l.install(ctx, missing)
}

// missingOf lists the packages of what the machine does not have.
func missingOf(needs []need) []string {
	var missing []string
	for _, n := range needs {
		if n.file != "" {
			if _, err := os.Stat(n.file); err == nil {
				continue
			}
		} else if findProgram(n.program) != "" {
			continue
		}
		missing = append(missing, n.pkg)
	}
	return missing
}

// install installs packages, if there are any.
func (l *lab) install(ctx context.Context, missing []string) error {
	slices.Sort(missing)
	if len(missing) == 0 {
		return nil
	}
	l.say("installing %v", missing)
	// The engine's package starts a daemon after its installation, unless this file forbids it. The lab runs an engine of
	// its own.
	const policy = "/usr/sbin/policy-rc.d"
	if _, err := os.Lstat(policy); os.IsNotExist(err) {
		if err := os.WriteFile(policy, []byte("#!/bin/sh\nexit 101\n"), 0o755); err == nil {
			defer os.Remove(policy)
		}
	}
	apt := func(args ...string) error {
		return l.command(ctx, "apt", []string{"DEBIAN_FRONTEND=noninteractive"}, append([]string{"apt-get", "-q",
			"-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"}, args...)...)
	}
	var err error
	for try := range 3 {
		if err = apt(append([]string{"install", "-y", "--no-install-recommends"}, missing...)...); err == nil {
			return nil
		}
		// The lists are missing or old, or an earlier installation was interrupted.
		time.Sleep(time.Duration(try) * 2 * time.Second)
		_ = l.command(ctx, "apt", nil, "dpkg", "--configure", "-a")
		_ = apt("update")
	}
	return fmt.Errorf("install %v: %w", missing, err)
}

// findProgram is exec.LookPath that also searches the folders of the superuser, which the PATH of a user may lack. The
// result is empty if there is no such program.
func findProgram(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, dir := range []string{"/usr/local/sbin", "/usr/sbin", "/sbin"} {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moult-build/moult/internal/step/protocol"
)

// dnfLeftovers are files of a dnf or microdnf run that no image needs: logs
// and the history, which hold times.
var dnfLeftovers = []string{
	"/var/log/dnf*",
	"/var/log/yum.log",
	"/var/log/hawkey.log",
	"/var/log/rhsm",
	"/var/lib/dnf/history.sqlite*",
	"/var/lib/dnf/repos",
	"/usr/lib/sysimage/libdnf5/transaction_history.sqlite*",
	"/var/lib/yum/history",
	"/var/cache/ldconfig/aux-cache",
}

// dnf installs packages without documentation and recommendations. It uses dnf,
// or microdnf if the image has no dnf; both may be dnf5. The folders
// /var/cache/dnf, /var/cache/libdnf5 and /var/cache/yum are expected to be cache
// mounts.
func (s System) dnf(ctx context.Context, env []string) error {
	tool, err := program("[tool.moult.dnf] needs an image of Red Hat's family", "/usr/bin/dnf", "/usr/bin/microdnf", "/usr/bin/yum")
	if err != nil {
		return err
	}
	options := []string{"install", "-y", "--setopt=install_weak_deps=0", "--setopt=keepcache=1", "--setopt=tsflags=nodocs"}
	if len(s.Repositories) > 0 {
		dir, err := s.dnfRepositories()
		if err != nil {
			return err
		}
		// One value with a comma, as dnf and microdnf both read it.
		options = append(options, "--setopt=reposdir=/etc/yum.repos.d,"+dir)
	}
	if ca := lookup(env, "SSL_CERT_FILE"); ca != "" {
		options = append(options, "--setopt=sslcacert="+ca)
	}
	before := gpgKeys(ctx)
	args := append(append(options, s.Packages...), s.Files...)
	if err := s.Console.command(ctx, env, "/", tool, args...); err != nil {
		return fmt.Errorf("installing packages with %s: %w", filepath.Base(tool), err)
	}
	if len(s.Repositories) > 0 {
		// rpm has added the keys of the repositories to its database, as packages.
		for key := range gpgKeys(ctx) {
			if !before[key] {
				if err := s.Console.command(ctx, env, "/", "/usr/bin/rpm", "-e", key); err != nil {
					return fmt.Errorf("removing the key %s: %w", key, err)
				}
			}
		}
	}
	return removeAll(dnfLeftovers)
}

// dnfRepositories writes the repositories into a folder of the step's.
func (s System) dnfRepositories() (string, error) {
	dir, err := workFolder("yum.repos.d")
	if err != nil {
		return "", err
	}
	for n, r := range s.Repositories {
		text, err := dnfRepository(fmt.Sprintf("moult-%d", n), r)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("moult-%d.repo", n)), []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// dnfRepository is a repository in the form of dnf.conf(5).
func dnfRepository(id string, r protocol.Repository) (string, error) {
	if strings.ContainsAny(r.URL, "\n\r") {
		return "", errors.New("a value of a repository has a line break")
	}
	text := fmt.Sprintf("[%s]\nname=%s\nbaseurl=%s\nenabled=1\n", id, id, r.URL)
	if r.Key == "" {
		// If the database of the image does not have the key either, dnf refuses the
		// packages.
		return text + "gpgcheck=1\n", nil
	}
	return text + "gpgcheck=1\ngpgkey=file://" + r.Key + "\n", nil
}

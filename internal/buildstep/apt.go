package buildstep

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/moult-build/moult/internal/inside"
)

// aptLeftovers are files of an apt run that no image needs and that differ
// from run to run: logs, caches and backups of the package database.
var aptLeftovers = []string{
	"/var/log/apt/*",
	"/var/log/dpkg.log",
	"/var/log/alternatives.log",
	"/var/log/bootstrap.log",
	"/var/cache/ldconfig/aux-cache",
	"/var/cache/debconf/*-old",
	"/var/lib/dpkg/*-old",
}

// keepDownloads undoes what official images configure: they delete every
// package as soon as it is installed, which would empty the cache mount.
const keepDownloads = `#clear DPkg::Post-Invoke;
#clear APT::Update::Post-Invoke;
#clear Dir::Cache::pkgcache;
#clear Dir::Cache::srcpkgcache;
APT::Keep-Downloaded-Packages "true";
Binary::apt-get::APT::Keep-Downloaded-Packages "true";
Acquire::Retries "3";
Dpkg::Use-Pty "0";
`

// Apt installs Debian packages without their recommendations. The folders
// /var/cache/apt and /var/lib/apt are expected to be cache mounts. Everything
// it changes gets the time epoch (Unix seconds).
func (c *Console) Apt(ctx context.Context, epoch int64, packages []string) error {
	if _, err := os.Stat("/usr/bin/apt-get"); err != nil {
		return errors.New("the image has no apt-get: [tool.moult.apt] needs an image based on Debian or Ubuntu")
	}
	env, err := network()
	if err != nil {
		return err
	}
	env = append(env, "DEBIAN_FRONTEND=noninteractive")
	// Given by -c, because APT_CONFIG is read before the image's own files.
	conf := filepath.Join(inside.Tmp, "keep-downloads.conf")
	if err := os.WriteFile(conf, []byte(keepDownloads), 0o644); err != nil {
		return err
	}
	run := func(args ...string) error {
		return c.command(ctx, env, "/", "/usr/bin/apt-get", append([]string{"-c", conf, "-q"}, args...)...)
	}
	return fixTimes(epoch, func() error {
		if err := run("update"); err != nil {
			return fmt.Errorf("reading the package lists: %w", err)
		}
		install := append([]string{"install", "-y", "--no-install-recommends", "--"}, packages...)
		if err := run(install...); err != nil {
			return fmt.Errorf("installing Debian packages: %w", err)
		}
		return removeAll(aptLeftovers)
	})
}

func removeAll(patterns []string) error {
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, p := range paths {
			if err := os.RemoveAll(p); err != nil {
				return err
			}
		}
	}
	return nil
}

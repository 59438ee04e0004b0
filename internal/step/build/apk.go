package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// apkLeftovers are files of an apk run that no image needs.
var apkLeftovers = []string{
	"/var/log/apk.log",
	"/lib/apk/db/lock",
	"/usr/lib/apk/db/lock",
	"/var/cache/misc/*",
}

// apk installs Alpine packages. The folder /var/cache/apk is expected to be a
// cache mount.
func (s System) apk(ctx context.Context, env []string) error {
	tool, err := program("[tool.moult.apk] needs an image based on Alpine", "/sbin/apk", "/usr/bin/apk", "/usr/sbin/apk")
	if err != nil {
		return err
	}
	options := []string{"--no-progress", "--cache-dir", "/var/cache/apk"}
	for n, r := range s.Repositories {
		if n == 0 {
			keys, err := s.apkKeys()
			if err != nil {
				return err
			}
			options = append(options, "--keys-dir", keys)
		}
		options = append(options, "--repository", r.URL)
	}
	if ca := lookup(env, "SSL_CERT_FILE"); ca != "" {
		env = append(env, "SSL_CA_CERT_FILE="+ca)
	}
	run := func(args ...string) error {
		return s.Console.command(ctx, env, "/", tool, append(options, args...)...)
	}
	if len(s.Packages) > 0 {
		if err := run(append([]string{"add", "--update-cache", "--"}, s.Packages...)...); err != nil {
			return fmt.Errorf("installing Alpine packages: %w", err)
		}
	}
	if len(s.Files) > 0 {
		// Package files are trusted by their digests. They have a run of their own,
		// because the option applies to all packages of a run.
		if err := run(append([]string{"add", "--allow-untrusted", "--"}, s.Files...)...); err != nil {
			return fmt.Errorf("installing Alpine package files: %w", err)
		}
	}
	return removeAll(apkLeftovers)
}

// apkKeys is a folder with the image's keys and those of the repositories. apk
// finds a key by the name that its owner gave it.
func (s System) apkKeys() (string, error) {
	dir, err := workFolder("apk-keys")
	if err != nil {
		return "", err
	}
	for _, from := range []string{"/usr/share/apk/keys", "/etc/apk/keys"} {
		if err := copyFiles(from, dir); err != nil {
			return "", err
		}
	}
	for _, r := range s.Repositories {
		if r.Key == "" {
			continue
		}
		content, err := os.ReadFile(r.Key)
		if err != nil {
			return "", fmt.Errorf("the key of the repository %s: %w", r.URL, err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(r.Key)), content, 0o644); err != nil {
			return "", err
		}
	}
	return dir, nil
}

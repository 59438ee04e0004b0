package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moult-build/moult/internal/environment/osrelease"
	"github.com/moult-build/moult/internal/step/protocol"
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

// keepDownloads overrides the configuration of official images, which deletes
// every package file after its installation and so empties the cache mount.
const keepDownloads = `#clear DPkg::Post-Invoke;
#clear APT::Update::Post-Invoke;
#clear Dir::Cache::pkgcache;
#clear Dir::Cache::srcpkgcache;
APT::Keep-Downloaded-Packages "true";
Binary::apt-get::APT::Keep-Downloaded-Packages "true";
Acquire::Retries "3";
Dpkg::Use-Pty "0";
`

// apt installs Debian packages without their recommendations. The folders
// /var/cache/apt and /var/lib/apt are expected to be cache mounts.
func (s System) apt(ctx context.Context, env []string) error {
	get, err := program("[tool.moult.apt] needs an image based on Debian or Ubuntu", "/usr/bin/apt-get")
	if err != nil {
		return err
	}
	env = append(env, "DEBIAN_FRONTEND=noninteractive")
	options := keepDownloads
	if len(s.Repositories) > 0 {
		sources, err := s.aptSources()
		if err != nil {
			return err
		}
		// The folder also contains the image's own, because apt reads only one
		// folder.
		options += fmt.Sprintf("Dir::Etc::sourceparts %q;\n", sources)
	}
	// The option -c is used, because apt reads APT_CONFIG before the image's own
	// files.
	conf := filepath.Join(protocol.Tmp, "moult-apt.conf")
	if err := os.WriteFile(conf, []byte(options), 0o644); err != nil {
		return err
	}
	run := func(args ...string) error {
		return s.Console.command(ctx, env, "/", get, append([]string{"-c", conf, "-q"}, args...)...)
	}
	update := []string{"update"}
	if len(s.Repositories) > 0 {
		// Without this option, apt only warns if it cannot fetch a repository or its
		// key is wrong, and uses old lists.
		update = []string{"-o", "APT::Update::Error-Mode=any", "update"}
	}
	if err := run(update...); err != nil {
		return fmt.Errorf("reading the package lists: %w", err)
	}
	install := append([]string{"install", "-y", "--no-install-recommends", "--"}, s.Packages...)
	if err := run(append(install, s.Files...)...); err != nil {
		return fmt.Errorf("installing Debian packages: %w", err)
	}
	return removeAll(aptLeftovers)
}

// aptSources writes the repositories into a folder, together with those of the
// image.
func (s System) aptSources() (string, error) {
	dir, err := workFolder("sources.list.d")
	if err != nil {
		return "", err
	}
	keys, err := workFolder("keyrings")
	if err != nil {
		return "", err
	}
	if err := copyFiles("/etc/apt/sources.list.d", dir); err != nil {
		return "", err
	}
	for n, r := range s.Repositories {
		key := ""
		if r.Key != "" {
			content, err := os.ReadFile(r.Key)
			if err != nil {
				return "", fmt.Errorf("the key of the repository %s: %w", r.URL, err)
			}
			// apt recognises the two forms of a key by the file's name.
			key = filepath.Join(keys, fmt.Sprintf("moult-%d.gpg", n))
			if armored(content) {
				key = strings.TrimSuffix(key, ".gpg") + ".asc"
			}
			if err := os.WriteFile(key, content, 0o644); err != nil {
				return "", err
			}
		}
		text, err := aptSource(r, key, osrelease.Read(os.ReadFile)["VERSION_CODENAME"])
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("moult-%d.sources", n)), []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// aptSource is a repository in deb822 form, see sources.list(5).
func aptSource(r protocol.Repository, key, codename string) (string, error) {
	suite := r.Suite
	if suite == "" {
		suite = codename
	}
	if suite == "" {
		return "", fmt.Errorf("the image's os-release has no code name, so the repository %s needs a suite", r.URL)
	}
	for _, value := range append([]string{r.URL, suite}, r.Components...) {
		if strings.ContainsAny(value, "\n\r") {
			return "", errors.New("a value of a repository has a line break")
		}
	}
	text := "Types: deb\nURIs: " + r.URL + "\nSuites: " + suite + "\n"
	if !strings.HasSuffix(suite, "/") {
		components := r.Components
		if len(components) == 0 {
			components = []string{"main"}
		}
		text += "Components: " + strings.Join(components, " ") + "\n"
	}
	if key != "" {
		text += "Signed-By: " + key + "\n"
	}
	return text, nil
}

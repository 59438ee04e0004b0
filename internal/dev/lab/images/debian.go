package images

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// epoch is the time of every file that an image's making touches: SOURCE_DATE_EPOCH of mmdebstrap.
const epoch = 1700000000

// bootstrap makes the root file system of a recipe for one architecture with mmdebstrap, as a tar file at path. For
// Python it returns the interpreter's full version, X.Y.Z; nothing where the root was only extracted.
func (r Recipe) bootstrap(ctx context.Context, arch, path string, log io.Writer) (string, error) {
	scripts := path + ".scripts"
	if err := os.MkdirAll(scripts, 0o755); err != nil {
		return "", err
	}
	defer os.RemoveAll(scripts)
	for _, name := range r.scripts() {
		data, err := scriptFiles.ReadFile(name)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(scripts, name), data, 0o755); err != nil {
			return "", err
		}
	}
	mirror, err := Mirror()
	if err != nil {
		return "", err
	}
	variant, include := "minbase", strings.Join(r.Include, ",")
	if arch != r.Arch {
		variant, include = "extract", include+",?essential,apt,sysvinit-utils"
	}
	version := filepath.Join(scripts, "version")
	// A root that is only extracted has no hooks but this one.
	hook := map[string]string{"minbase": "--customize-hook=", "extract": "--extract-hook="}[variant]
	if r.Kind == "golang" {
		hook += `sh "$MOULT_SCRIPT" "$1" "$MOULT_GOROOT"`
	} else {
		hook += `sh "$MOULT_SCRIPT" "$1" "$MOULT_VERSION" "$MOULT_KIND" "$MOULT_VERSION_FILE" "$MOULT_PREFIX"`
	}
	exclude := func(glob string) string { return "--dpkgopt=path-exclude=" + glob }
	cmd := exec.CommandContext(ctx, "mmdebstrap", "--mode=root", "--variant="+variant, "--format=tar",
		"--architectures="+arch, "--include="+include, "--skip=output/dev", "--skip=cleanup/apt",
		"--dpkgopt=force-unsafe-io",
		exclude("/usr/share/man/*"), exclude("/usr/share/doc/*"), exclude("/usr/share/info/*"), exclude("/usr/share/locale/*"),
		"--aptopt=Acquire::Retries \"3\"",
		// The lists of sid are valid for a week, and a mirror may be behind.
		"--aptopt=Acquire::Check-Valid-Until \"false\"", hook, r.Suite, path, mirror)
	// The hook gets the new root as its first argument; the rest travels in the environment.
	cmd.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", epoch),
		"MOULT_SCRIPT="+filepath.Join(scripts, r.scripts()[0]), "MOULT_VERSION="+r.Version, "MOULT_KIND="+r.Kind,
		"MOULT_VERSION_FILE="+version, "MOULT_PREFIX="+r.Prefix, "MOULT_GOROOT="+goroot(ctx))
	cmd.Stdout, cmd.Stderr = log, log
	// After an interrupt mmdebstrap removes its mounts and files; after a kill it does not.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("mmdebstrap %s: %w", r.Name, err)
	}
	if r.Kind == "golang" {
		return r.Version, nil
	}
	if r.Prefix != "" {
		return r.Release, nil
	}
	full, err := os.ReadFile(version)
	return strings.TrimSpace(string(full)), err
}

// goroot is the folder of the toolchain that the working directory's module uses. Empty without one.
func goroot(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

var uri = regexp.MustCompile(`https?://[^\s\]]+`)

// Mirror is the address of a Debian archive: the one of the machine's own apt, else Debian's default.
func Mirror() (string, error) {
	files := []string{"/etc/apt/sources.list"}
	for _, pattern := range []string{"/etc/apt/sources.list.d/*.sources", "/etc/apt/sources.list.d/*.list"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		files = append(files, more...)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			line := strings.TrimSpace(lines.Text())
			if strings.HasPrefix(line, "#") {
				continue
			}
			for _, found := range uri.FindAllString(line, -1) {
				// Only Debian's main archive: not Ubuntu's, not the security one, not a vendor's.
				if strings.HasSuffix(strings.TrimRight(found, "/"), "/debian") {
					f.Close()
					return strings.TrimRight(found, "/"), nil
				}
			}
		}
		f.Close()
	}
	return "http://deb.debian.org/debian", nil
}

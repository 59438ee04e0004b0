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
)

// epoch is the time of every file that an image's making touches: SOURCE_DATE_EPOCH of mmdebstrap.
const epoch = 1700000000

// bootstrap makes the root file system of a recipe with mmdebstrap, as a tar file at path. It returns the
// interpreter's full version, X.Y.Z.
func (r Recipe) bootstrap(ctx context.Context, path string, log io.Writer) (string, error) {
	dir := filepath.Dir(path)
	script := filepath.Join(dir, r.Name+".sh")
	versionFile := filepath.Join(dir, r.Name+".version")
	if err := os.WriteFile(script, []byte(pythonScript), 0o755); err != nil {
		return "", err
	}
	defer os.Remove(script)
	defer os.Remove(versionFile)
	mirror, err := Mirror()
	if err != nil {
		return "", err
	}
	exclude := func(glob string) string { return "--dpkgopt=path-exclude=" + glob }
	cmd := exec.CommandContext(ctx, "mmdebstrap", "--mode=root", "--variant=minbase", "--format=tar",
		"--architectures="+r.Arch, "--include="+strings.Join(r.Include, ","),
		"--skip=output/dev", "--dpkgopt=force-unsafe-io",
		exclude("/usr/share/man/*"), exclude("/usr/share/doc/*"), exclude("/usr/share/info/*"), exclude("/usr/share/locale/*"),
		"--aptopt=Acquire::Retries \"3\"",
		// The hook gets the new root as its first argument; the rest travels in the environment.
		`--customize-hook=sh "$MOULT_SCRIPT" "$1" "$MOULT_PYTHON" "$MOULT_KIND" "$MOULT_VERSION_FILE"`,
		r.Suite, path, mirror)
	cmd.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", epoch),
		"MOULT_SCRIPT="+script, "MOULT_PYTHON="+r.Python, "MOULT_KIND="+r.Kind, "MOULT_VERSION_FILE="+versionFile)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("mmdebstrap %s: %w", r.Name, err)
	}
	version, err := os.ReadFile(versionFile)
	return strings.TrimSpace(string(version)), err
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

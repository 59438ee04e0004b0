package lock

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/artifact"
	"github.com/moult-build/moult/internal/source"
)

// parseHash reads "sha256:HEX".
func parseHash(s string) (algorithm, digest string, err error) {
	algorithm, digest, ok := strings.Cut(s, ":")
	if !ok {
		return "", "", fmt.Errorf("%.80q is not a hash like sha256:...", s)
	}
	algorithm = strings.ToLower(algorithm)
	digest, err = artifact.CheckDigest(algorithm, digest)
	return algorithm, digest, err
}

// strength orders algorithms. sha256 is first, because BuildKit verifies it.
var strength = []string{"sha256", "sha512", "sha384", "sha3_256", "sha3_512", "sha3_384", "blake2b", "blake2s", "sha224", "sha3_224", "sha1", "md5"}

// Digest returns the best hash as "sha256:...", or "" if there is none.
func (a *Artifact) Digest() string {
	for _, algorithm := range strength {
		if d := a.Hashes[algorithm]; d != "" {
			return algorithm + ":" + d
		}
	}
	return ""
}

// IsWheel reports whether the file is a wheel, by its name.
func (a *Artifact) IsWheel() bool { return artifact.IsWheel(a.Filename) }

// checkURL checks that a text is the URL of a file.
func checkURL(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("%.200q is not a URL", source.HideCredentials(address))
	}
	switch u.Scheme {
	case "http", "https":
		if u.Host == "" {
			return fmt.Errorf("%.200q is not a URL: it names no host", source.HideCredentials(address))
		}
	case "file":
	default:
		return fmt.Errorf("%.200q is not an http or https URL", source.HideCredentials(address))
	}
	return nil
}

// cleanPath normalises a path of a lock. It accepts Windows separators if
// the path has no others.
func cleanPath(p string) string {
	if p == "" {
		return ""
	}
	if !strings.Contains(p, "/") {
		p = strings.ReplaceAll(p, `\`, "/")
	}
	return path.Clean(p)
}

// filePath returns the path of a file URL, or "".
func filePath(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "file" {
		return ""
	}
	return cleanPath(u.Path)
}

func escapesFolder(p string) bool {
	return path.IsAbs(p) || source.LeavesFolder(p) || len(p) > 1 && p[1] == ':'
}

// checkPath checks that a path is valid.
func checkPath(p string) error {
	if p == "" {
		return fmt.Errorf("the path is empty")
	}
	if strings.IndexByte(p, 0) >= 0 || len(p) > 4096 {
		return fmt.Errorf("%.80q is not a path", p)
	}
	return nil
}

// addArtifact adds a file to a package's wheels or makes it the sdist.
func (p *Package) addArtifact(a Artifact) {
	if a.IsWheel() {
		p.Wheels = append(p.Wheels, a)
		return
	}
	if p.Sdist == nil || betterSdist(a, *p.Sdist) {
		p.Sdist = &a
	}
}

// betterSdist prefers .tar.gz, then .zip. Other archives are older than PEP
// 625.
func betterSdist(a, b Artifact) bool {
	rank := func(x Artifact) int {
		switch {
		case strings.HasSuffix(x.Filename, ".tar.gz"):
			return 0
		case strings.HasSuffix(x.Filename, ".zip"):
			return 1
		case strings.HasSuffix(x.Filename, ".tar.bz2"), strings.HasSuffix(x.Filename, ".tgz"), strings.HasSuffix(x.Filename, ".tar.xz"):
			return 2
		}
		return 3
	}
	return rank(a) < rank(b)
}

// isOtherFile reports whether a file is for other installers. Old indexes
// list such files too.
func isOtherFile(name string) bool {
	for _, suffix := range []string{".egg", ".exe", ".msi", ".rpm", ".deb", ".dmg"} {
		if strings.HasSuffix(strings.ToLower(name), suffix) {
			return true
		}
	}
	return false
}

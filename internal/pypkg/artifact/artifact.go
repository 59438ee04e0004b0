// Package artifact checks what locks and package indexes say of a file: its
// name, its digests and the address it is at. Nothing of it is trusted, because
// the name becomes a file and the digest is what the file is compared with.
package artifact

import (
	"fmt"
	"net/url"
	"strings"
)

// digestLengths are the known hash algorithms with the length of their digests
// in hexadecimal digits.
var digestLengths = map[string]int{
	"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128,
	"sha3_224": 56, "sha3_256": 64, "sha3_384": 96, "sha3_512": 128, "blake2b": 128, "blake2s": 64,
}

// IsAlgorithm reports whether a hash algorithm is known.
func IsAlgorithm(name string) bool { return digestLengths[name] > 0 }

// CheckDigest gives a digest in lower case if it is one of a known algorithm.
func CheckDigest(algorithm, digest string) (string, error) {
	n, known := digestLengths[algorithm]
	if !known {
		return "", fmt.Errorf("the hash algorithm %.40q is not known", algorithm)
	}
	digest = strings.ToLower(digest)
	if len(digest) != n || strings.Trim(digest, "0123456789abcdef") != "" {
		return "", fmt.Errorf("%.140q is not a %s digest", digest, algorithm)
	}
	return digest, nil
}

// CheckFilename makes sure that a file name is a plain one, since it will be
// used as one.
func CheckFilename(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("the file's name is not known")
	case len(name) > 255:
		return fmt.Errorf("the file name %.40q... is too long", name)
	case name == "." || name == "..", strings.ContainsAny(name, "/\\"):
		return fmt.Errorf("%q is not a plain file name", name)
	}
	for _, r := range name {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return fmt.Errorf("%q is not a plain file name", name)
		}
	}
	return nil
}

// URLFilename gives the last part of a URL's path, percent-decoded; "" if the
// URL cannot be read.
func URLFilename(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	escaped := u.EscapedPath()
	name, err := url.PathUnescape(escaped[strings.LastIndexByte(escaped, '/')+1:])
	if err != nil {
		return ""
	}
	return name
}

// IsWheel reports whether a file is a wheel, by its name.
func IsWheel(name string) bool { return strings.HasSuffix(name, ".whl") }

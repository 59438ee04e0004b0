package artifact

import (
	"strings"
	"testing"
)

func TestADigestHasTheLengthOfItsAlgorithm(t *testing.T) {
	upper := strings.Repeat("AB", 32)
	if d, err := CheckDigest("sha256", upper); err != nil || d != strings.ToLower(upper) {
		t.Errorf("%s, %v", d, err)
	}
	for algorithm, digest := range map[string]string{"sha256": upper[2:], "sha512": upper, "md5": strings.Repeat("g", 32), "crc32": "00000000"} {
		if _, err := CheckDigest(algorithm, digest); err == nil {
			t.Errorf("%s:%s is taken", algorithm, digest)
		}
	}
}

func TestOnlyPlainFileNamesAreTaken(t *testing.T) {
	if err := CheckFilename("idna-3.10-py3-none-any.whl"); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"", ".", "..", "a/b", `a\b`, "a\nb", "a\x7f", "a\xff", strings.Repeat("a", 256)} {
		if CheckFilename(name) == nil {
			t.Errorf("%q is taken", name)
		}
	}
}

func TestTheNameOfAFileIsTheLastPartOfItsAddress(t *testing.T) {
	for address, want := range map[string]string{
		"https://files.invalid/a/torch-2.9.0%2Bcpu-py3-none-any.whl?x=/y": "torch-2.9.0+cpu-py3-none-any.whl",
		"https://files.invalid/a%2Fb":                                     "a/b",
		"https://files.invalid/":                                          "",
		"https://files.invalid/%zz":                                       "",
	} {
		if got := URLFilename(address); got != want {
			t.Errorf("%s: %q", address, got)
		}
	}
}

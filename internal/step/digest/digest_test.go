package digest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFileMustHaveTheDigestOfTheLock(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.whl")
	if err := os.WriteFile(file, []byte("abc"), 0o644); err != nil {
		t.Fatal(err)
	}
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	for _, digest := range []string{"", abc, strings.ToUpper(abc)} {
		if err := Check(file, digest); err != nil {
			t.Errorf("%q: %v", digest, err)
		}
	}
	other := strings.Repeat("0", 64)
	if err := Check(file, other); err == nil || err.Error() != "a.whl does not match its hash in the lock: expected sha256 "+other+", got "+abc {
		t.Error(err)
	}
	if err := Check(file+"x", abc); err == nil {
		t.Error("a file that is missing has the digest")
	}
}

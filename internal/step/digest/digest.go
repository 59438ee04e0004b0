// Package digest compares the files of a step with the digests that a lock has
// for them. BuildKit itself checks what it fetches.
package digest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Check compares a file with its sha256 in hex; an empty digest allows any file.
func Check(file, want string) error {
	if want == "" {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != strings.ToLower(want) {
		return fmt.Errorf("%s does not match its hash in the lock: expected sha256 %s, got %s", filepath.Base(file), want, got)
	}
	return nil
}

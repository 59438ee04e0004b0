package build

import (
	"context"
	"os/exec"
	"strings"
)

// gpgKeys are the public keys in the image's database of packages, by rpm's
// names; none if there is no rpm.
func gpgKeys(ctx context.Context) map[string]bool {
	keys := map[string]bool{}
	out, err := exec.CommandContext(ctx, "/usr/bin/rpm", "-qa", "gpg-pubkey*").Output()
	if err != nil {
		return keys
	}
	for _, name := range strings.Fields(string(out)) {
		keys[name] = true
	}
	return keys
}

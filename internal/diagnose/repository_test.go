package diagnose

import "testing"

func TestTheRepositoryThatAManagerCannotUse(t *testing.T) {
	for name, c := range map[string]struct{ manager, output, msg, repository, hint string }{
		"apt 3": {"apt", "Get:1 http://deb.example.com/debian trixie InRelease [140 kB]\n" +
			"Warning: OpenPGP signature verification failed: http://127.0.0.1:43993 trixie InRelease: Sub-process /usr/bin/sqv returned an error code (1), error message is: Missing key A48C, which is needed to verify signature.\n" +
			"Error: The repository 'http://127.0.0.1:43993 trixie InRelease' is not signed.\n",
			"apt: OpenPGP signature verification failed: http://127.0.0.1:43993 trixie InRelease: Sub-process /usr/bin/sqv returned an error code (1), error message is: Missing key A48C, which is needed to verify signature.",
			"http://127.0.0.1:43993", keyHint},
		"apt 2": {"apt", "W: GPG error: http://127.0.0.1:43993 bookworm InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY A48C\n" +
			"E: The repository 'http://127.0.0.1:43993 bookworm InRelease' is not signed.\n",
			"apt: GPG error: http://127.0.0.1:43993 bookworm InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY A48C",
			"http://127.0.0.1:43993", keyHint},
		"not signed": {"apt", "E: The repository 'http://127.0.0.1:43993 trixie Release' is not signed.\n",
			"apt: The repository 'http://127.0.0.1:43993 trixie Release' is not signed.", "http://127.0.0.1:43993", keyHint},
		"nobody answers": {"apt", "E: Failed to fetch http://127.0.0.1:9/dists/trixie/InRelease  Could not connect to 127.0.0.1:9 (127.0.0.1). - connect (111: Connection refused)\n",
			"apt: Failed to fetch http://127.0.0.1:9/dists/trixie/InRelease  Could not connect to 127.0.0.1:9 (127.0.0.1). - connect (111: Connection refused)",
			"http://127.0.0.1:9/dists/trixie/InRelease", addressHint},
		"no release file": {"apt", "E: The repository 'http://127.0.0.1:43993 trixie Release' does not have a Release file.\n",
			"apt: The repository 'http://127.0.0.1:43993 trixie Release' does not have a Release file.", "http://127.0.0.1:43993", addressHint},
		"dnf 4, a key": {"dnf", "Public key for libpq.rpm is not installed. Failing package is: libpq-13-1.x86_64\n GPG Keys are configured as: file:///moult/keys/a.asc\nError: GPG check FAILED\n",
			"dnf: GPG Keys are configured as: file:///moult/keys/a.asc", "/moult/keys/a.asc", keyHint},
		"dnf 4, an address": {"dnf", "Error: Failed to download metadata for repo 'moult-1': Cannot download repomd.xml\n",
			"dnf: Failed to download metadata for repo 'moult-1': Cannot download repomd.xml", "moult-1", addressHint},
	} {
		r, ok := Repository(c.manager, c.output)
		if !ok || r != (BadRepository{Name: c.repository, Msg: c.msg, Hint: c.hint}) {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if _, ok := Repository("apt", "E: Unable to locate package x\n"); ok {
		t.Error("a missing package is taken for a repository")
	}
}

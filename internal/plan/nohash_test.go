package plan

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/lock"
)

func TestAFileWithoutAHashIsToldWithWhatHelps(t *testing.T) {
	const advice = "because locking again changes nothing; or put the file into the project, require it by its path (for uv: torch = {path = \"vendor/torch.whl\"} in [tool.uv.sources])"
	for _, c := range []struct {
		name   string
		source lock.SourceKind
		hashes map[string]string
		want   string
		// several are those of an entry of Pipenv's.
		several []string
	}{
		{"its index gives none", lock.FromIndex, nil, "torch.whl has no hash in the lock, because its index gives none; take the package from an index that gives hashes, " + advice, nil},
		{"its index gives another", lock.FromIndex, map[string]string{"md5": "0"}, "torch.whl has no sha256 hash in the lock; BuildKit checks sha256 only", nil},
		{"its URL has none", lock.FromURL, nil, "torch.whl has no hash in the lock, because the tool that wrote it writes none for an address; write the hash behind the address and lock again: for Pipenv torch = {file = \"https://x.invalid/torch.whl#sha256=...\"}; or require a release of an index", nil},
		{"its URL has several", lock.FromURL, nil, "torch.whl has several hashes in the lock, which are those of an index's files, and its own is not known; write the hash behind", []string{"sha256:1", "sha256:2"}},
		{"its URL has another", lock.FromURL, map[string]string{"md5": "0"}, "torch.whl has no sha256 hash in the lock; BuildKit checks sha256 only", nil},
	} {
		chosen := lock.Chosen{Package: &lock.Package{Name: "torch", Source: lock.Source{Kind: c.source}}}
		chosen.Hashes = c.several
		_, err := checkedHash(chosen, &lock.Artifact{Filename: "torch.whl", URL: "https://x.invalid/torch.whl", Hashes: c.hashes})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

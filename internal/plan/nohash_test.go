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
	}{
		{"its index gives none", lock.FromIndex, nil, "torch.whl has no hash in the lock, because its index gives none; take the package from an index that gives hashes, " + advice},
		{"its index gives another", lock.FromIndex, map[string]string{"md5": "0"}, "torch.whl has no sha256 hash in the lock; BuildKit checks sha256 only"},
		{"its URL has none", lock.FromURL, nil, "torch.whl has no hash in the lock, because the tool that wrote it writes none for an address; require a release of an index, or the package's repository, whose commit is locked: for Pipenv torch = {git = "},
		{"its URL has another", lock.FromURL, map[string]string{"md5": "0"}, "torch.whl has no sha256 hash in the lock; BuildKit checks sha256 only"},
	} {
		chosen := lock.Chosen{Package: &lock.Package{Name: "torch", Source: lock.Source{Kind: c.source}}}
		_, err := checkedHash(chosen, &lock.Artifact{Filename: "torch.whl", URL: "https://x.invalid/torch.whl", Hashes: c.hashes})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

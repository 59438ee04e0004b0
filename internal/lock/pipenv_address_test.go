package lock

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/source"
)

// Pipenv keeps the hash behind an address, and pip checks it. It does not check
// the hashes that it writes beside the address.
func TestTheHashOfAFileAtAnAddressStandsBehindIt(t *testing.T) {
	own, other := strings.Repeat("1", 64), strings.Repeat("2", 64)
	for _, c := range []struct{ name, address, hashes, want, folder, err string }{
		{"none", "https://x.invalid/six-1-py3-none-any.whl", "", "", "", ""},
		{"behind it", "https://x.invalid/six-1-py3-none-any.whl#sha256=" + own, "", own, "", ""},
		{"behind it, beside those of an index", "https://x.invalid/six-1-py3-none-any.whl#sha256=" + own, `"sha256:` + other + `", "sha256:` + strings.Repeat("3", 64) + `"`, own, "", ""},
		{"behind it, of two algorithms", "https://x.invalid/six-1-py3-none-any.whl#sha256=" + own + "&md5=" + own[:32], "", own, "", ""},
		{"beside it", "https://x.invalid/six-1-py3-none-any.whl", `"sha256:` + other + `"`, other, "", ""},
		{"several beside it", "https://x.invalid/six-1-py3-none-any.whl", `"sha256:` + own + `", "sha256:` + other + `"`, "", "", ""},
		{"with a folder and a name", "https://x.invalid/six-1.zip#egg=six&subdirectory=a/b&sha256=" + own, "", own, "a/b", ""},
		{"that is none", "https://x.invalid/six-1-py3-none-any.whl#sha256=1", "", "", "", "Pipfile.lock:1:44: \"1\" is not a sha256 digest"},
	} {
		text := fmt.Sprintf(`{"_meta": {"pipfile-spec": 6}, "default": {"six": {"file": %q, "hashes": [%s]}}}`, c.address, c.hashes)
		l, err := Read(&source.File{Name: "Pipfile.lock", Data: []byte(text)}, Options{})
		if c.err != "" {
			if err == nil || !strings.HasPrefix(err.Error(), c.err) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		p := l.Packages[0]
		a := p.Sdist
		if len(p.Wheels) == 1 {
			a = &p.Wheels[0]
		}
		if a == nil || a.Hashes["sha256"] != c.want || strings.Contains(a.URL, "#") || p.Source.Subdirectory != c.folder {
			t.Errorf("%s: %+v of %+v", c.name, a, p)
		}
	}
}

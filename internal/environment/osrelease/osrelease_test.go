package osrelease

import (
	"io/fs"
	"maps"
	"testing"
)

func TestTheFirstFileCounts(t *testing.T) {
	const debian = "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\n# ID=other\nID=debian\r\n VERSION_CODENAME='trixie'\n\nno value\nID_LIKE=\n"
	want := map[string]string{"PRETTY_NAME": "Debian GNU/Linux 13 (trixie)", "ID": "debian", "VERSION_CODENAME": "trixie", "ID_LIKE": ""}
	for name, test := range map[string]struct{ files, want map[string]string }{
		"none":                   {nil, nil},
		"the usual one":          {map[string]string{"/etc/os-release": debian, "/usr/lib/os-release": "ID=x"}, want},
		"the distribution's own": {map[string]string{"/usr/lib/os-release": debian}, want},
		"an empty one":           {map[string]string{"/etc/os-release": "", "/usr/lib/os-release": debian}, nil},
	} {
		got := Read(func(name string) ([]byte, error) {
			if content, ok := test.files[name]; ok {
				return []byte(content), nil
			}
			return nil, fs.ErrNotExist
		})
		if !maps.Equal(got, test.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

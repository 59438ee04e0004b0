package project

import "testing"

func TestAnEntryCountsOnItsArchitectureAndWithItsExtra(t *testing.T) {
	s := mustRead(t, `
[project]
name = "a"
[project.optional-dependencies]
my_extra = []
[tool.moult]
extras = ["My-Extra"]
apt.run = [{name = "curl", arch = ["amd64", "arm64"], extra = "my.extra"}, "less"]
`).Settings
	curl, less := s.Apt.Run[0], s.Apt.Run[1]
	for _, test := range []struct {
		what      string
		got, want bool
	}{
		{"the architecture and the extra", curl.Holds("arm64", s.Extras), true},
		{"another architecture", curl.Holds("s390x", s.Extras), false},
		{"without the extra", curl.Holds("arm64", nil), false},
		{"no condition", less.Holds("s390x", nil), true},
	} {
		if test.got != test.want {
			t.Errorf("%s: %v", test.what, test.got)
		}
	}
	for text, want := range map[string]bool{"": false, "0": false, "False": false, " no ": false, "OFF": false, "1": true, "yes": true, "x": true} {
		if isTrue(text) != want {
			t.Errorf("%q", text)
		}
	}
}

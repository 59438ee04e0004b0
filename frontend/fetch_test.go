package frontend

import "testing"

func TestAStatusIsNotTakenOutOfAHash(t *testing.T) {
	for message, want := range map[string]bool{
		"invalid response status 404":                       true,
		"https://files.example.com/a.whl: 404 Not Found":    true,
		"404: not found":                                    true,
		"sha256:ab404cd does not match its hash":            false,
		"invalid response status 500 from /packages/1404/x": false,
		"": false,
	} {
		if got := hasStatus(message, "404"); got != want {
			t.Errorf("%q: %v", message, got)
		}
	}
}

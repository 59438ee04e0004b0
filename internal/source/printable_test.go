package source

import "testing"

func TestNothingOfAFileChangesATerminal(t *testing.T) {
	for text, want := range map[string]string{
		"libpq.so.5":             "libpq.so.5",
		"größe":                  "größe",
		"a\x1b[2Jb":              `a\x1b[2Jb`,
		"a\nwarning: forged":     `a\x0awarning: forged`,
		"a\u202eb\u009bc\u2028d": `a\u202eb\u009bc\u2028d`,
	} {
		if got := Printable(text); got != want {
			t.Errorf("%q is printed as %s", text, got)
		}
	}
}

package source

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestColumnsAreCountedInCharacters(t *testing.T) {
	data := []byte("first\n" + strings.Repeat("aä€𝄞", 400) + "\nlast ö x")
	c := NewColumns(data)
	from := 0
	for at := range len(data) + 1 {
		if at > 0 && data[at-1] == '\n' {
			from = at
		}
		if at < len(data) && !utf8.RuneStart(data[at]) {
			continue
		}
		if got, want := c.Column(from, at), 1+utf8.RuneCount(data[from:at]); got != want {
			t.Fatalf("byte %d is on column %d, not %d", at, got, want)
		}
	}
}

package source

import (
	"fmt"
	"strings"
	"unicode"
)

// Printable escapes what in a text from somebody else's file would change a
// terminal, begin a new line of a log, or change the order in which a text is
// read.
func Printable(text string) string {
	if !strings.ContainsFunc(text, unprintable) {
		return text
	}
	var b strings.Builder
	for _, c := range text {
		switch {
		case !unprintable(c):
			b.WriteRune(c)
		case c < 0x80:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			fmt.Fprintf(&b, `\u%04x`, c)
		}
	}
	return b.String()
}

// unprintable also has the characters that Unicode's bidirectional algorithm
// obeys.
func unprintable(c rune) bool {
	return unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) || c == '\u2028' || c == '\u2029'
}

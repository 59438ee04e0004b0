package wheel

import (
	"bytes"
	"strings"
)

// Field is a line "Key: value" of a METADATA, PKG-INFO or WHEEL file.
type Field struct {
	// Key is in lower case.
	Key   string
	Value string
}

// Fields reads the head of such a file, up to the empty line that ends it (core
// metadata 1.0 to 2.5, and the binary distribution format). A line that
// continues another is left out: no field that Moult reads has several lines. A
// line of spaces continues one, too, as in a licence with paragraphs.
func Fields(content []byte) []Field {
	var all []Field
	for line := range bytes.Lines(bytes.TrimPrefix(content, []byte("\ufeff"))) {
		text := strings.TrimRight(strings.ToValidUTF8(string(line), "\uFFFD"), "\r\n")
		if text == "" {
			if len(all) > 0 {
				break
			}
			continue
		}
		key, value, ok := strings.Cut(text, ":")
		if !ok || text[0] == ' ' || text[0] == '\t' {
			continue
		}
		all = append(all, Field{strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)})
	}
	return all
}

// First gives the first value of a key, in lower case. Of a key that occurs
// twice the first counts (mkl_fft has shipped so).
func First(fields []Field, key string) (value string, ok bool) {
	for _, f := range fields {
		if f.Key == key {
			return f.Value, true
		}
	}
	return "", false
}

// Package requirements reads the lines of requirement files as pip does. It
// returns a file's logical lines with their positions. internal/project
// (requirements) and internal/lock (pinned versions) interpret them.
package requirements

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
)

// Line is one logical line: continuations joined, the comment gone. It is not
// empty and has no space around it.
type Line struct {
	Text string
	Pos  source.Pos
}

var comment = regex.New(`(^|\s+)#.*$`)

// Lines splits a requirement file: a "\" at the end continues a line, a comment
// line ends what is continued, and comments are taken away after the lines are
// joined. The file is UTF-8, or UTF-16 with a byte order mark, which is what
// PowerShell's ">" writes.
func Lines(file *source.File) ([]Line, error) {
	text := decode(file.Data)
	if err := readable(file, text); err != nil {
		return nil, err
	}
	var lines []Line
	var joined strings.Builder
	start := 0
	flush := func(end int) {
		raw := joined.String()
		if strings.Contains(raw, "#") {
			raw = comment.ReplaceAllString(raw, "")
		}
		if trimmed := strings.TrimSpace(raw); trimmed != "" {
			pos := source.Pos{File: file, Line: start, Col: 1 + utf8.RuneCountInString(raw[:strings.Index(raw, trimmed)])}
			if end > start {
				pos.EndLine = end
			}
			lines = append(lines, Line{Text: trimmed, Pos: pos})
		}
		joined.Reset()
		start = 0
	}
	physical := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
	for i, line := range physical {
		if start == 0 {
			start = i + 1
		}
		isComment := strings.HasPrefix(strings.TrimSpace(line), "#")
		if strings.HasSuffix(line, `\`) && !isComment {
			joined.WriteString(strings.Trim(line, `\`))
			continue
		}
		if isComment {
			// A space keeps it a comment whatever was continued before.
			joined.WriteByte(' ')
		}
		joined.WriteString(line)
		flush(i + 1)
	}
	if start != 0 {
		flush(len(physical))
	}
	return lines, nil
}

// decode gives a file's text; what is wrong in it stays.
func decode(data []byte) string {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return string(bytes.TrimPrefix(data, []byte("\ufeff")))
	}
	units := make([]uint16, 0, len(data)/2)
	for i := 2; i+1 < len(data); i += 2 {
		units = append(units, order.Uint16(data[i:]))
	}
	return string(utf16.Decode(units))
}

// readable refuses what is no text.
func readable(file *source.File, text string) error {
	bad := strings.IndexByte(text, 0)
	what := "%s has a zero byte in it: part of it is UTF-16"
	if !utf8.ValidString(text) {
		what = "%s is not UTF-8"
		for bad = range text {
			if c, n := utf8.DecodeRuneInString(text[bad:]); c == utf8.RuneError && n == 1 {
				break
			}
		}
	}
	if bad < 0 {
		return nil
	}
	line := 1 + strings.Count(text[:bad], "\n")
	return source.Errorf(source.Pos{File: file, Line: line}, what, file.Name).WithHint("save it as UTF-8")
}

package pep508

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/moult-build/moult/internal/pypkg/pep440"
)

// SyntaxError says what is wrong in a requirement or a marker, and where.
type SyntaxError struct {
	// Source is the whole text that was read.
	Source string
	// Offset is the byte in Source at which reading stopped.
	Offset int
	// Msg says what was expected.
	Msg string
}

// Error gives the text, the column and what was expected there.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%q: column %d: %s", e.Source, e.Column(), e.Msg)
}

// Column counts characters from 1.
func (e *SyntaxError) Column() int {
	return utf8.RuneCountInString(e.Source[:min(e.Offset, len(e.Source))]) + 1
}

// maxDepth bounds the parentheses in a marker: people write three levels,
// resolvers a dozen, and recursion must end.
const maxDepth = 200

type lexer struct {
	src string
	pos int
}

func (l *lexer) rest() string { return l.src[l.pos:] }

func (l *lexer) end() bool { return l.pos >= len(l.src) }

func (l *lexer) errorf(pos int, format string, args ...any) error {
	return &SyntaxError{Source: l.src, Offset: pos, Msg: fmt.Sprintf(format, args...)}
}

func (l *lexer) space() bool {
	start := l.pos
	for l.pos < len(l.src) && (l.src[l.pos] == ' ' || l.src[l.pos] == '\t') {
		l.pos++
	}
	return l.pos > start
}

func (l *lexer) peek(c byte) bool { return l.pos < len(l.src) && l.src[l.pos] == c }

func (l *lexer) take(c byte) bool {
	if l.peek(c) {
		l.pos++
		return true
	}
	return false
}

func isWordRune(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r)
}

// boundary reports whether a word begins or ends at a byte offset.
func (l *lexer) boundary(at int) bool {
	before, _ := utf8.DecodeLastRuneInString(l.src[:at])
	after, _ := utf8.DecodeRuneInString(l.src[at:])
	return (at > 0 && isWordRune(before)) != (at < len(l.src) && isWordRune(after))
}

// keyword takes one of the words if it stands here as a whole word.
func (l *lexer) keyword(words ...string) string {
	if !l.boundary(l.pos) {
		return ""
	}
	for _, w := range words {
		if strings.HasPrefix(l.rest(), w) && l.boundary(l.pos+len(w)) {
			l.pos += len(w)
			return w
		}
	}
	return ""
}

func (l *lexer) identifier() string {
	n := 0
	rest := l.rest()
	for n < len(rest) && (isAlnum(rest[n]) || n > 0 && strings.IndexByte("._-", rest[n]) >= 0) {
		n++
	}
	if n == 0 || !l.boundary(l.pos) {
		return ""
	}
	for n > 0 && !l.boundary(l.pos+n) {
		n--
	}
	if n == 0 {
		return ""
	}
	l.pos += n
	return rest[:n]
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// specifiers takes clauses separated by commas; a comma may also end them.
func (l *lexer) specifiers() (pep440.SpecifierSet, error) {
	start := l.pos
	for {
		_, n := pep440.ScanSpecifier(l.rest())
		if n == 0 {
			break
		}
		at := l.pos
		text := l.src[at : at+n]
		l.pos += n
		equality := strings.HasPrefix(text, "==") || strings.HasPrefix(text, "!=")
		if strings.HasPrefix(l.rest(), ".*") {
			if equality {
				return pep440.SpecifierSet{}, l.errorf(at, ".* does not go with a pre-release, post-release, development release or local version")
			}
			return pep440.SpecifierSet{}, l.errorf(at, ".* goes with == and != only")
		}
		if r := l.rest(); len(r) > 1 && r[0] == '+' && isAlnum(r[1]) {
			return pep440.SpecifierSet{}, l.errorf(at, "a local version (+...) goes with == and != only")
		}
		l.space()
		if !l.take(',') {
			break
		}
		l.space()
	}
	set, err := pep440.ParseSpecifierSet(l.src[start:l.pos])
	if err != nil {
		return set, l.errorf(start, "%v", err)
	}
	return set, nil
}

// quoted takes a string in single or double quotes and gives what Python
// would read in it.
func (l *lexer) quoted() (value string, found bool, err error) {
	if !l.peek('\'') && !l.peek('"') {
		return "", false, nil
	}
	start := l.pos
	n := strings.IndexByte(l.src[start+1:], l.src[start])
	if n < 0 {
		return "", false, nil
	}
	l.pos = start + 1 + n + 1
	value, ok := unescape(l.src[start+1 : start+1+n])
	if !ok {
		return "", true, l.errorf(start, "not a valid string")
	}
	return value, true, nil
}

// unescape reads the inside of a Python string literal on one line.
func unescape(s string) (string, bool) {
	if strings.IndexByte(s, 0) >= 0 {
		return "", false
	}
	if !strings.ContainsAny(s, "\\\n\r") {
		return s, true
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n' || c == '\r':
			return "", false
		case c != '\\':
			b.WriteByte(c)
		default:
			i++
			if i >= len(s) {
				return "", false // the backslash swallows the closing quote
			}
			n, ok := escape(&b, s[i:])
			if !ok {
				return "", false
			}
			i += n - 1
		}
	}
	return b.String(), true
}

// escape writes what the escape sequence after a backslash means and gives
// how many bytes it takes.
func escape(b *strings.Builder, s string) (int, bool) {
	simple := map[byte]byte{'\\': '\\', '\'': '\'', '"': '"', 'a': 7, 'b': 8, 'f': 12, 'n': 10, 'r': 13, 't': 9, 'v': 11}
	if v, ok := simple[s[0]]; ok {
		b.WriteByte(v)
		return 1, true
	}
	switch s[0] {
	case '\n': // the line goes on
		return 1, true
	case '\r':
		if len(s) > 1 && s[1] == '\n' {
			return 2, true
		}
		return 1, true
	case 'x', 'u', 'U':
		n := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[0]]
		if len(s) < 1+n {
			return 0, false
		}
		v, err := strconv.ParseUint(s[1:1+n], 16, 32)
		if err != nil || v > unicode.MaxRune || s[1] == '+' {
			return 0, false
		}
		b.WriteRune(rune(v))
		return 1 + n, true
	case 'N':
		return 0, false // names of characters; nobody writes markers with them
	}
	n, v := 0, 0
	for n < 3 && n < len(s) && s[n] >= '0' && s[n] <= '7' {
		v = v*8 + int(s[n]-'0')
		n++
	}
	if n > 0 {
		b.WriteRune(rune(v))
		return n, true
	}
	b.WriteByte('\\') // an unknown escape stays as it is
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size <= 1 {
		b.WriteByte(s[0])
		return 1, true
	}
	b.WriteRune(r)
	return size, true
}

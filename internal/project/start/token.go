package start

import "strings"

// kind is the kind of a token.
type kind int

const (
	name kind = iota
	text      // a string literal; its value is without quotes and prefix
	operator
	number
)

// token is a token of Python.
type token struct {
	kind  kind
	value string
}

// statement is one logical line: brackets, backslashes and strings join lines.
// It has no comments.
type statement struct {
	// indent is the column of its first token.
	indent int
	line   int
	tokens []token
}

// bodyOf are the statements below a statement of the top level.
func bodyOf(all []statement, n int) []statement {
	end := n + 1
	for end < len(all) && all[end].indent > 0 {
		end++
	}
	return all[n+1 : end]
}

// is reports whether a token is this operator or keyword.
func (t token) is(value string) bool { return t.kind != text && t.value == value }

// scanner splits a source into statements. It never fails: a byte that is not
// valid Python becomes an operator.
type scanner struct {
	src        string
	at, line   int
	depth      int
	begun      bool // a statement's first token was seen
	joined     bool // the statement stands on the line of the one before it
	indent     int
	current    statement
	statements []statement
}

// statements returns the logical lines of a source.
func statements(src string) []statement {
	s := &scanner{src: strings.TrimPrefix(src, "\ufeff"), line: 1}
	for s.at < len(s.src) {
		s.step()
	}
	s.end()
	return s.statements
}

func (s *scanner) end() {
	if len(s.current.tokens) > 0 {
		s.statements = append(s.statements, s.current)
	}
	s.current, s.begun, s.joined, s.indent = statement{}, false, false, 0
}

func (s *scanner) add(k kind, value string) {
	if !s.begun {
		s.begun = true
		s.current.indent, s.current.line = s.indent, s.line
	}
	s.current.tokens = append(s.current.tokens, token{k, value})
}

func (s *scanner) step() {
	c := s.src[s.at]
	switch {
	case c == '\n':
		s.at++
		if s.depth == 0 {
			s.end()
		}
		s.line++
	case c == ' ' || c == '\t' || c == '\f' || c == '\r':
		s.at++
		if !s.begun && !s.joined {
			s.indent++
			if c == '\t' {
				s.indent += 7 - (s.indent-1)%8
			}
		}
	case c == '#':
		for s.at < len(s.src) && s.src[s.at] != '\n' {
			s.at++
		}
	case c == '\\':
		s.at++
		if strings.HasPrefix(s.src[s.at:], "\r\n") {
			s.at++
		}
		if s.at < len(s.src) && s.src[s.at] == '\n' {
			s.at++
			s.line++
		}
	case c == '"' || c == '\'':
		s.literal(false, false)
	case isDigit(c):
		from := s.at
		for s.at < len(s.src) && (isWord(s.src[s.at]) || s.src[s.at] == '.') {
			s.at++
		}
		s.add(number, s.src[from:s.at])
	case isWord(c):
		s.word()
	default:
		s.operator(c)
	}
}

func (s *scanner) word() {
	from := s.at
	for s.at < len(s.src) && isWord(s.src[s.at]) {
		s.at++
	}
	word := s.src[from:s.at]
	if s.at < len(s.src) && (s.src[s.at] == '"' || s.src[s.at] == '\'') {
		if prefix := strings.ToLower(word); len(prefix) <= 2 && strings.Trim(prefix, "rbuft") == "" {
			s.literal(strings.Contains(prefix, "r"), strings.ContainsAny(prefix, "ft"))
			return
		}
	}
	s.add(name, word)
}

func (s *scanner) operator(c byte) {
	switch c {
	case '(', '[', '{':
		s.depth++
	case ')', ']', '}':
		s.depth = max(0, s.depth-1)
	case ';':
		// Two statements on one line have the same indent.
		s.at++
		if s.depth == 0 {
			indent := s.current.indent
			s.end()
			s.indent, s.joined = indent, true
		}
		return
	}
	for _, long := range []string{"==", "!=", ":=", "->", "+=", "-=", "*=", "/=", "|=", "&=", "<=", ">="} {
		if strings.HasPrefix(s.src[s.at:], long) {
			s.at += len(long)
			s.add(operator, long)
			return
		}
	}
	s.at++
	s.add(operator, string(rune(c)))
}

// literal reads a string that begins with a quote at the current position.
func (s *scanner) literal(raw, formatted bool) {
	line := s.line
	value := s.quoted(raw, formatted)
	after := s.line
	s.line = line
	s.add(text, value)
	s.line = after
}

func (s *scanner) quoted(raw, formatted bool) string {
	quote := s.src[s.at : s.at+1]
	if strings.HasPrefix(s.src[s.at:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	s.at += len(quote)
	var value strings.Builder
	for s.at < len(s.src) {
		rest := s.src[s.at:]
		switch {
		case strings.HasPrefix(rest, quote):
			s.at += len(quote)
			return value.String()
		case rest[0] == '\n' && len(quote) == 1:
			return value.String() // not closed: it ends with its line
		case rest[0] == '\\' && len(rest) > 1:
			if raw || !strings.ContainsRune("\\'\"\n", rune(rest[1])) {
				value.WriteByte('\\')
			}
			if rest[1] != '\n' {
				value.WriteByte(rest[1])
			} else {
				s.line++
			}
			s.at += 2
		case formatted && strings.HasPrefix(rest, "{{"):
			value.WriteString("{")
			s.at += 2
		case formatted && rest[0] == '{':
			s.at++
			s.replacement()
			value.WriteString("{}")
		default:
			if rest[0] == '\n' {
				s.line++
			}
			value.WriteByte(rest[0])
			s.at++
		}
	}
	return value.String()
}

// replacement skips an expression in a formatted string. Since Python 3.12 the
// expression may have strings with the same quotes (PEP 701).
func (s *scanner) replacement() {
	depth := 1
	for s.at < len(s.src) && depth > 0 {
		switch c := s.src[s.at]; c {
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			depth--
		case '"', '\'':
			s.quoted(false, false)
			continue
		case '\n':
			s.line++
		}
		s.at++
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWord(c byte) bool {
	return c == '_' || isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

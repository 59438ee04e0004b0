package fromdockerfile

import (
	"regexp"
	"strings"
)

// part is a command in a line of a shell. It is soft if a failure does not
// matter, because an alternative such as "|| true" follows.
type part struct {
	text string
	soft bool
}

// commands splits a shell's text into its commands. It does not split quotes,
// substitutions and control flow.
func commands(text string) []part {
	text = strings.ReplaceAll(text, "\\\r\n", " ")
	text = strings.ReplaceAll(text, "\\\n", " ")
	var all []part
	var open int
	var whole []string
	for _, p := range split(text) {
		word := strings.TrimSpace(strings.TrimLeft(p.text, "{("))
		for _, lead := range []string{"then ", "do ", "else "} {
			word = strings.TrimPrefix(word, lead)
		}
		switch first, _, _ := strings.Cut(word, " "); first {
		case "if", "for", "while", "until", "case":
			open++
		case "fi", "done", "esac":
			open--
			if open <= 0 && whole != nil {
				all = append(all, part{strings.Join(append(whole, p.text), "; "), p.soft})
				open, whole = 0, nil
				continue
			}
		}
		if open > 0 {
			whole = append(whole, p.text)
			continue
		}
		all = append(all, p)
	}
	if whole != nil {
		all = append(all, part{text: strings.Join(whole, "; ")})
	}
	return all
}

// split splits a text at &&, ||, ; and line ends that are not quoted.
func split(text string) []part {
	var all []part
	var b strings.Builder
	var quote byte
	depth := 0
	flush := func(soft bool) {
		if t := strings.TrimSpace(b.String()); t != "" {
			all = append(all, part{t, soft})
		}
		b.Reset()
	}
	for n := 0; n < len(text); n++ {
		c := text[n]
		rest := text[n:]
		switch {
		case c == '\\' && quote != '\'' && n+1 < len(text):
			b.WriteByte(c)
			n++
			b.WriteByte(text[n])
			continue
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"' || c == '`':
			quote = c
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth > 0:
		case c == '#' && (n == 0 || strings.ContainsRune(" \t\n;", rune(text[n-1]))):
			if end := strings.IndexByte(rest, '\n'); end >= 0 {
				n += end - 1
			} else {
				n = len(text)
			}
			continue
		case strings.HasPrefix(rest, "&&"), strings.HasPrefix(rest, "||"):
			flush(c == '|')
			n++
			continue
		case c == ';' || c == '\n':
			flush(false)
			continue
		}
		b.WriteByte(c)
	}
	flush(false)
	return all
}

// needsShell reports whether a command needs a shell: it has a character
// outside of quotes that a shell interprets.
func needsShell(text string) bool {
	var quote byte
	for n := 0; n < len(text); n++ {
		c := text[n]
		switch {
		case c == '\\' && quote != '\'':
			n++
		case quote == '\'':
			if c == quote {
				quote = 0
			}
		case quote == '"':
			switch c {
			case quote:
				quote = 0
			case '$', '`':
				return true
			}
		case c == '\'' || c == '"':
			quote = c
		case strings.ContainsRune("$&|;<>`*?~(){}\n", rune(c)):
			return true
		}
	}
	return false
}

// assignments splits NAME=value at the beginning of a command from the command.
func assignments(words []string) (env []Variable, command []string) {
	for len(words) > 0 && assignment.MatchString(words[0]) {
		name, value, _ := strings.Cut(words[0], "=")
		env, words = append(env, Variable{name, value}), words[1:]
	}
	return env, words
}

var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

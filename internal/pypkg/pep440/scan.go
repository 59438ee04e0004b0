package pep440

import (
	"strings"
	"unicode"
)

// isSpace is what Python's \s matches, which is a little more than
// unicode.IsSpace: the four information separators belong to it.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f
}

func trimSpace(s string) string { return strings.TrimFunc(s, isSpace) }

func skipSpace(s string) int { return len(s) - len(strings.TrimLeftFunc(s, isSpace)) }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isSeparator(c byte) bool { return c == '.' || c == '-' || c == '_' }

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// digits gives the length of the run of digits s starts with.
func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// word gives the first of the words s starts with, ignoring case, or "".
func word(s string, words ...string) string {
next:
	for _, w := range words {
		if len(s) < len(w) {
			continue
		}
		for i := 0; i < len(w); i++ {
			if lower(s[i]) != w[i] {
				continue next
			}
		}
		return w
	}
	return ""
}

// letterNumber scans "[._-]? WORD [._-]? [0-9]*", the shape of pre-, post-
// and dev-releases. The length is 0 when s does not start with it.
func letterNumber(s string, words ...string) (letter string, n number, length int) {
	i := 0
	if i < len(s) && isSeparator(s[i]) {
		i++
	}
	letter = word(s[i:], words...)
	if letter == "" {
		return "", "", 0
	}
	i += len(letter)
	if i < len(s) && isSeparator(s[i]) {
		i++
	}
	d := digits(s[i:])
	return letter, parseNumber(s[i : i+d]), i + d
}

// scanRelease scans "v? (epoch!)? release" and gives the length, or 0.
func scanRelease(s string, v *Version) int {
	i := 0
	if i < len(s) && lower(s[i]) == 'v' {
		i++
	}
	d := digits(s[i:])
	if d == 0 {
		return 0
	}
	if i+d < len(s) && s[i+d] == '!' && digits(s[i+d+1:]) > 0 {
		v.epoch = parseNumber(s[i : i+d])
		i += d + 1
		d = digits(s[i:])
	}
	v.release = append(v.release, parseNumber(s[i:i+d]))
	i += d
	for i < len(s) && s[i] == '.' {
		d := digits(s[i+1:])
		if d == 0 {
			break
		}
		v.release = append(v.release, parseNumber(s[i+1:i+1+d]))
		i += 1 + d
	}
	return i
}

// scanSuffix scans the optional pre-, post- and dev-release that may follow a
// release and gives the length.
func scanSuffix(s string, v *Version) int {
	i := 0
	if letter, n, length := letterNumber(s, "alpha", "a", "beta", "b", "preview", "pre", "c", "rc"); length > 0 {
		switch letter {
		case "alpha", "a":
			v.pre = preAlpha
		case "beta", "b":
			v.pre = preBeta
		default:
			v.pre = preCandidate
		}
		v.preN = n
		i += length
	}
	if rest := s[i:]; len(rest) > 1 && rest[0] == '-' && isDigit(rest[1]) {
		d := digits(rest[1:])
		v.hasPost, v.post = true, parseNumber(rest[1:1+d])
		i += 1 + d
	} else if _, n, length := letterNumber(rest, "post", "rev", "r"); length > 0 {
		v.hasPost, v.post = true, n
		i += length
	}
	if _, n, length := letterNumber(s[i:], "dev"); length > 0 {
		v.hasDev, v.dev = true, n
		i += length
	}
	return i
}

// scanLocal scans "+local" and gives the length, or 0.
func scanLocal(s string, v *Version) int {
	if s == "" || s[0] != '+' {
		return 0
	}
	i := 1
	for {
		start := i
		numeric := true
		for i < len(s) && (isDigit(s[i]) || lower(s[i]) >= 'a' && lower(s[i]) <= 'z') {
			numeric = numeric && isDigit(s[i])
			i++
		}
		if i == start {
			if start == 1 {
				return 0
			}
			return start - 1 // a trailing separator is not part of it
		}
		seg := localSegment{numeric: numeric}
		if numeric {
			seg.n = parseNumber(s[start:i])
		} else {
			b := []byte(s[start:i])
			for k := range b {
				b[k] = lower(b[k])
			}
			seg.s = string(b)
		}
		v.local = append(v.local, seg)
		if i >= len(s) || !isSeparator(s[i]) {
			return i
		}
		i++
	}
}

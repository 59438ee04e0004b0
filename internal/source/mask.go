package source

import (
	"bytes"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source/regex"
)

// secretQuery matches what in a URL's query is a token or a password.
var secretQuery = regex.New(`(?i)([?&](?:[\w.-]*(?:token|password|passwd|secret|signature|credential)|api_?key|auth|sig|pwd|pass)=)([^&#\s"'<>]+)`)

// hasQueryToken reports whether a URL's query holds a token. A variable is none.
func hasQueryToken(address string) bool {
	// A lock has thousands of addresses, and hardly one of them has a query.
	if !strings.ContainsAny(address, "?&") {
		return false
	}
	return slices.ContainsFunc(secretQuery.FindAllStringSubmatch(address, -1), func(m []string) bool { return !variable.MatchString(m[2]) })
}

// Mask replaces the passwords and tokens of URLs in a file's content, for
// what is shown of the file and kept with an image. Lines stay where they are.
func Mask(data []byte) []byte {
	if !bytes.Contains(data, []byte("://")) {
		return data
	}
	lines := strings.SplitAfter(string(data), "\n")
	for n, line := range lines {
		lines[n] = maskLine(line)
	}
	return []byte(strings.Join(lines, ""))
}

func maskLine(line string) string {
	var out strings.Builder
	for {
		at := strings.Index(line, "://")
		if at < 0 {
			break
		}
		start := at
		for start > 0 && isScheme(line[start-1]) {
			start--
		}
		// A URL in quotes ends with them; another one, with a password that has
		// spaces, ends with the line.
		end := len(line)
		if start > 0 && strings.IndexByte("\"'`", line[start-1]) >= 0 {
			if n := strings.IndexByte(line[at:], line[start-1]); n >= 0 {
				end = at + n
			}
		} else if n := strings.IndexAny(line[at:], "\"'\n"); n >= 0 {
			end = at + n
		}
		address := line[start:end]
		if user, password := Userinfo(address); HasCredentials(address) && user+password != "" {
			from := at + len("://")
			length := len(user)
			if rest := line[from+length:]; strings.HasPrefix(rest, ":") {
				length += 1 + len(password)
			}
			line = line[:from] + "****" + line[from+length:]
			end += len("****") - length
		}
		// The next URL may be on the same unquoted line.
		next := end
		if n := strings.Index(line[at+3:end], "://"); n >= 0 {
			next = at + 3 + n
		}
		out.WriteString(line[:next])
		line = line[next:]
	}
	out.WriteString(line)
	return secretQuery.ReplaceAllStringFunc(out.String(), func(found string) string {
		m := secretQuery.FindStringSubmatch(found)
		if variable.MatchString(m[2]) {
			return found
		}
		return m[1] + "****"
	})
}

func isScheme(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("+.-", c) >= 0
}

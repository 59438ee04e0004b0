package source

import (
	"strings"

	"github.com/moult-build/moult/internal/source/regex"
)

// credentials is what may be user and password in a URL. Where a colon follows
// the first name, it goes up to the last "@", because people forget to write
// "/", "@" and spaces of a password as "%2F", "%40" and "%20".
var credentials = regex.New(`(?s)//(?:[^/:]*:.*|[^/]*)@`)

// HideCredentials takes user and password out of a text that may be a URL or
// hold one, for messages. In doubt it takes more.
func HideCredentials(text string) string {
	return secretQuery.ReplaceAllString(credentials.ReplaceAllString(text, "//"), "${1}****")
}

// Userinfo gives the user and the password that are written in a URL, empty
// where it has none. Unlike url.Parse it reads them whatever characters they
// have: a password that is not escaped is one all the same.
func Userinfo(address string) (user, password string) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok || strings.ContainsAny(scheme, " /@") {
		return "", ""
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	at := strings.LastIndexByte(rest[:end], '@')
	if at < 0 {
		// What follows a colon is a port, or a password with a slash in it.
		_, port, _ := strings.Cut(rest[strings.LastIndexByte(rest[:end], ']')+1:end], ":")
		if at = strings.LastIndexByte(rest, '@'); at < end || strings.Trim(port, "0123456789") == "" {
			return "", ""
		}
	}
	user, password, _ = strings.Cut(rest[:at], ":")
	return user, password
}

// HasCredentials reports whether a URL holds a password or a token, as its user
// or in its query. Over SSH a user's name alone is part of the address; over
// HTTP it is where tokens are put, apart from git's usual name. A variable in
// place of all of it ("${TOKEN}") is none.
func HasCredentials(address string) bool {
	if hasQueryToken(address) {
		return true
	}
	user, password := Userinfo(address)
	if password != "" {
		return !variable.MatchString(password)
	}
	scheme := strings.ToLower(strings.TrimPrefix(address, "git+"))
	return strings.HasPrefix(scheme, "http") && user != "" && user != "git" && !variable.MatchString(user)
}

// variable is a text that is nothing but a variable.
var variable = regex.New(`^\$\{[^{}]*\}$`)

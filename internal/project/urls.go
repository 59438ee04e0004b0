package project

import (
	"errors"
	"net/url"
	"strings"
	"unicode"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
)

// checkURL refuses a URL with credentials, because the graph, the history and
// the provenance would contain them. The user name of an SSH URL is not a
// credential.
func checkURL(text string, pos source.Pos) error {
	if text == "" {
		return nil
	}
	if scpForm.MatchString(text) {
		return nil
	}
	if strings.HasPrefix(text, projectRoot) || strings.HasPrefix(text, hatchRoot) {
		return nil
	}
	u, err := url.Parse(strings.TrimPrefix(text, "git+"))
	if err != nil {
		return source.Errorf(pos, "%q is not a URL", source.HideCredentials(text))
	}
	if !source.HasCredentials(text) {
		return nil
	}
	hint := "take the credentials out of the URL and give them to the build as a secret"
	if strings.HasPrefix(text, "git+") {
		hint = "take them out: the build's SSH agent or the secret GIT_AUTH_TOKEN." + u.Host + " gives access to a private repository"
	}
	return withCredentials(source.Errorf(pos, "the URL of %s has credentials in it", u.Host).WithHint("%s", hint))
}

// ErrCredentials is the cause of the error for a URL with credentials.
var ErrCredentials = errors.New("credentials in a URL")

func withCredentials(err *source.Error) *source.Error {
	err.Err = ErrCredentials
	return err
}

// checkIndexURL checks the URL of a package index.
func checkIndexURL(v source.At[string]) error {
	u, err := url.Parse(v.V)
	// A blank would end the URL where several stand in one variable.
	if err != nil || strings.ContainsFunc(v.V, unicode.IsSpace) || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return source.Errorf(v.Pos, "%q is not the URL of a package index", source.HideCredentials(v.V)).WithHint(`write one such as "https://packages.example.com/simple"`)
	}
	if u.User != nil || source.HasCredentials(v.V) {
		return withCredentials(source.Errorf(v.Pos, "the URL of the index %s has credentials in it", u.Host).
			WithHint(`take them out and write secret = "ID" in the index's table: the build secret of that id holds user:password or a token`))
	}
	return nil
}

// sameIndexURL reports whether two URLs name the same index. It ignores a slash
// at the end.
func sameIndexURL(a, b string) bool {
	return strings.TrimRight(a, "/") == strings.TrimRight(b, "/")
}

// scpForm is git's short form of an SSH URL, user@host:path.
var scpForm = regex.New(`^([\w.-]+@[\w.-]+):([^/].*)$`)

package build

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/moult-build/moult/internal/step/protocol"
)

// Index is a package index in the arguments of a step.
type Index protocol.Index

// withCredentials returns the URL with the secret's content as user
// information. The URL is only passed in the environment of a tool that hides
// passwords in its output.
func (i Index) withCredentials() (string, error) {
	if i.Secret == "" {
		return i.URL, nil
	}
	content, err := os.ReadFile(i.Secret)
	if err != nil {
		return "", fmt.Errorf("reading the password of %s: %w", i.URL, err)
	}
	u, err := url.Parse(i.URL)
	if err != nil {
		return "", fmt.Errorf("the index's URL %q: %w", i.URL, err)
	}
	u.User = userinfo(strings.TrimSpace(string(content)))
	return u.String(), nil
}

// request returns a request for a page or a file of the index, with its
// credentials in a header. Package fetch removes the header if a redirect leads
// to another origin.
func (i Index) request(ctx context.Context, address string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil || req.URL.Host == "" {
		return nil, fmt.Errorf("%q is not a URL", address)
	}
	req.Header.Set("User-Agent", "moult")
	if i.Secret == "" {
		return req, nil
	}
	content, err := os.ReadFile(i.Secret)
	if err != nil {
		return nil, fmt.Errorf("reading the password of %s: %w", i.URL, err)
	}
	u := userinfo(strings.TrimSpace(string(content)))
	password, _ := u.Password()
	req.SetBasicAuth(u.Username(), password)
	return req, nil
}

// userinfo reads "user:password"; anything without a colon is a token, which
// indexes expect under the user name "__token__".
func userinfo(credentials string) *url.Userinfo {
	if user, password, ok := strings.Cut(credentials, ":"); ok {
		return url.UserPassword(user, password)
	}
	return url.UserPassword("__token__", credentials)
}

// indexEnvironment returns the variables that pass the indexes to pip, the
// first as the main one. It makes the console hide their passwords.
func (c *Console) indexEnvironment(indexes []Index) ([]string, error) {
	if len(indexes) == 0 {
		return nil, nil
	}
	urls := make([]string, len(indexes))
	for n, index := range indexes {
		u, err := index.withCredentials()
		if err != nil {
			return nil, err
		}
		urls[n] = u
		if parsed, err := url.Parse(u); err == nil && parsed.User != nil {
			password, _ := parsed.User.Password()
			_, escaped, _ := strings.Cut(parsed.User.String(), ":")
			c.Hide(password, escaped)
		}
	}
	env := []string{"PIP_INDEX_URL=" + urls[0]}
	if len(urls) > 1 {
		env = append(env, "PIP_EXTRA_INDEX_URL="+strings.Join(urls[1:], " "))
	}
	return env, nil
}

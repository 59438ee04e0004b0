package fetch

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Error is the error of a request that has failed after all attempts.
type Error struct {
	// Host is the server that has failed.
	Host string
	// Code is the status of its answer; 0 if there was none.
	Code int
	// Temporary reports whether the same request may succeed later.
	Temporary bool
	// Err is the cause.
	Err error
	// own is true for an error of the function that has read the answer.
	own bool
}

// Error names the server and the cause.
func (e *Error) Error() string {
	if e.Code != 0 {
		return e.Host + " " + e.Err.Error()
	}
	return e.Host + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether an error is one of a request that may succeed
// later.
func Temporary(err error) bool {
	var e *Error
	var a *again
	return errors.As(err, &e) && e.Temporary || errors.As(err, &a)
}

// Again marks an error of a function that has read an answer, or of a whole
// step, as temporary: another attempt may succeed.
func Again(err error) error { return &again{err} }

type again struct{ err error }

func (a *again) Error() string { return a.err.Error() }
func (a *again) Unwrap() error { return a.err }

// unwrap returns a reader's own error unchanged.
func unwrap(e *Error) error {
	switch {
	case e == nil:
		return nil
	case e.own:
		return e.Err
	}
	return e
}

// errRedirects is the error of a chain of redirects that is too long.
type errRedirects struct{ number int }

func (e errRedirects) Error() string {
	return fmt.Sprintf("more than %d redirects in a row", e.number)
}

func isRedirectLoop(err error) bool {
	var loop errRedirects
	return errors.As(err, &loop)
}

// reason is the cause of a failed request without its URL, which may contain a
// token.
func reason(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) && failed.Err != nil {
		return failed.Err
	}
	return err
}

// forTheMoment reports whether a status means a temporary failure.
func forTheMoment(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return status >= 500
}

// retryAfter is the time of the Retry-After header: a number of seconds or a
// date (RFC 9110, 10.2.3); 0 if there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(max(0, min(seconds, 1<<20))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

func lower(s string) string { return strings.ToLower(s) }

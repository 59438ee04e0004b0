// Package fetch is the HTTP client of the steps that reach an index. It
// repeats requests that failed temporarily.
//
// Servers refuse requests for a moment, connections break, downloads stall.
// Such a request is repeated, after pauses that grow and that follow the
// server's Retry-After. If it still fails, the error is an *Error with the
// host and the status, which says whether another build may succeed. A server
// that never answered is not asked again for the next file.
//
// Passwords are sent only to their origin: scheme, host and port. They are
// not sent to another origin after a redirect.
package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Limits are the limits of a request.
type Limits struct {
	// Attempts is how often a request is tried, Busy how often if the server
	// answers that it is busy.
	Attempts, Busy int
	// Pause is the time before the second attempt; it doubles with each up to
	// MaxPause. MaxWait is the longest Retry-After that is followed.
	Pause, MaxPause, MaxWait time.Duration
	// Header is the time until an answer begins.
	Header time.Duration
	// In each Window of time an answer must have at least Least bytes.
	Window time.Duration
	Least  int64
}

// Defaults wait for a busy server, and abort downloads slower than 1 KiB a
// second.
var Defaults = Limits{
	Attempts: 5, Busy: 12,
	Pause: 500 * time.Millisecond, MaxPause: 15 * time.Second, MaxWait: time.Minute,
	Header: time.Minute, Window: 30 * time.Second, Least: 30 << 10,
}

// MaxConnections is the maximum number of connections of one step to one
// server.
const MaxConnections = 16

// maxRedirects is the maximum number of redirects of a request.
const maxRedirects = 10

// Client sends requests. Several goroutines may use it.
type Client struct {
	http   *http.Client
	limits Limits

	mu    sync.Mutex
	hosts map[string]*host
}

// host is what is known of an origin.
type host struct {
	// answers reports whether it ever gave an answer that was not a temporary
	// refusal.
	answers bool
	// down is the reason why it is no longer asked.
	down *Error
}

// New returns a client that trusts certificate authorities; nil means the
// system's.
func New(roots *x509.CertPool, limits Limits) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if roots != nil {
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	transport.MaxConnsPerHost = MaxConnections
	transport.MaxIdleConnsPerHost = MaxConnections
	transport.ResponseHeaderTimeout = limits.Header
	return &Client{
		http:   &http.Client{Transport: transport, CheckRedirect: redirect},
		limits: limits,
		hosts:  map[string]*host{},
	}
}

// redirect decides about a redirect. It is needed because Go also sends the
// Authorization header to another port, another scheme and subdomains.
func redirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errRedirects{maxRedirects}
	}
	// The address before may hold a token.
	req.Header.Del("Referer")
	for _, other := range append(via[1:len(via):len(via)], req) {
		if !SameOrigin(other.URL, via[0].URL) {
			req.Header.Del("Authorization")
		}
	}
	return nil
}

// SameOrigin reports whether two addresses are of one scheme, host and port.
func SameOrigin(a, b *url.URL) bool { return origin(a) == origin(b) }

func origin(u *url.URL) string {
	scheme, port := lower(u.Scheme), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return scheme + "://" + lower(u.Hostname()) + ":" + port
}

// Get repeats a request until it has an answer that another attempt would
// not change, and passes it to read. read gets answers of every status
// except temporary ones. An error of read ends the request, unless the
// answer broke off or the error was made by Again.
func (c *Client) Get(req *http.Request, read func(*http.Response) error) error {
	ctx := req.Context()
	to := c.host(req.URL)
	for n := 1; ; n++ {
		if down := c.down(to); down != nil {
			return down
		}
		failed, wait := c.try(req, to, read)
		if failed == nil || ctx.Err() != nil {
			return errors.Join(ctx.Err(), unwrap(failed))
		}
		if !failed.Temporary {
			return unwrap(failed)
		}
		attempts := c.limits.Attempts
		if failed.Code == http.StatusTooManyRequests || failed.Code == http.StatusServiceUnavailable && (wait > 0 || c.answers(to)) {
			attempts = c.limits.Busy
		}
		if n >= attempts || wait > c.limits.MaxWait {
			c.giveUp(to, failed)
			return failed
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(max(wait, c.pause(n, req.URL.Path))):
		}
	}
}

// try makes one attempt; wait is the server's Retry-After.
func (c *Client) try(req *http.Request, to *host, read func(*http.Response) error) (_ *Error, wait time.Duration) {
	ctx, cancel := context.WithCancelCause(req.Context())
	defer cancel(nil)
	resp, err := c.http.Do(req.Clone(ctx))
	if err != nil {
		return &Error{Host: req.URL.Host, Err: reason(err), Temporary: temporary(err)}, 0
	}
	defer resp.Body.Close()
	at := resp.Request.URL.Host
	if forTheMoment(resp.StatusCode) {
		return &Error{Host: at, Code: resp.StatusCode, Err: errors.New("answers " + resp.Status), Temporary: true}, retryAfter(resp.Header, time.Now())
	}
	c.mu.Lock()
	to.answers = true
	c.mu.Unlock()
	body := newBody(resp.Body, c.limits, cancel)
	defer body.stop()
	resp.Body = body
	err = read(resp)
	var again *again
	switch {
	case err == nil:
		return nil, 0
	case body.failed() != nil:
		return &Error{Host: at, Err: fmt.Errorf("the answer broke off: %w", reason(body.failed())), Temporary: true}, 0
	case errors.As(err, &again):
		return &Error{Host: at, Err: again.err, Temporary: true}, 0
	}
	return &Error{Host: at, Err: err, own: true}, 0
}

// pause is the time before the attempt after the n-th. It differs from file to
// file, so that requests that were refused at the same time are not repeated
// at the same time.
func (c *Client) pause(n int, path string) time.Duration {
	pause := min(c.limits.Pause<<min(n-1, 16), c.limits.MaxPause)
	sum := uint32(n)
	for _, b := range []byte(path) {
		sum = sum*31 + uint32(b)
	}
	return pause/2 + pause*time.Duration(sum%64)/64
}

func (c *Client) host(u *url.URL) *host {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := origin(u)
	if c.hosts[key] == nil {
		c.hosts[key] = &host{}
	}
	return c.hosts[key]
}

func (c *Client) down(h *host) *Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return h.down
}

func (c *Client) answers(h *host) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return h.answers
}

func (c *Client) giveUp(h *host, err *Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !h.answers && h.down == nil {
		h.down = err
	}
}

// temporary reports whether a request that got no answer may get one later.
func temporary(err error) bool {
	var certificate *tls.CertificateVerificationError
	var dns *net.DNSError
	return !errors.As(err, &certificate) && !(errors.As(err, &dns) && dns.IsNotFound) && !isRedirectLoop(err)
}

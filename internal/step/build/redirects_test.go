package build

import (
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/step/fetch"
)

// redirecting is an index with a password that redirects requests for some of
// its paths, and the server that it redirects to.
type redirecting struct {
	index, other *httptest.Server
	// Requests for paths that begin with from are redirected to another origin,
	// with their path.
	from, to string

	mu sync.Mutex
	// seen are the requests: server, path, and whether there was a password.
	seen []string
}

const wheelOfA = "a-1-py3-none-any.whl"

// newRedirecting starts the servers, with certificates or without.
func newRedirecting(t *testing.T, index, other func(http.Handler) *httptest.Server) *redirecting {
	t.Helper()
	r := &redirecting{}
	r.index, r.other = index(r.serve("index")), other(r.serve("other"))
	t.Cleanup(r.index.Close)
	t.Cleanup(r.other.Close)
	return r
}

func (r *redirecting) serve(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		request := name + req.URL.Path
		if _, password, ok := req.BasicAuth(); ok && password == "pass" {
			request += " with the password"
		}
		r.seen = append(r.seen, request)
		switch {
		case name == "index" && strings.HasPrefix(req.URL.Path, r.from):
			http.Redirect(w, req, r.to+req.URL.Path, http.StatusFound)
		case strings.HasSuffix(req.URL.Path, "/a/"):
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, `<a href="/files/`+wheelOfA+`">a</a>`)
		default:
			_, _ = io.WriteString(w, "a wheel")
		}
	})
}

// client trusts the certificates of both servers.
func (r *redirecting) client() *fetch.Client {
	pool := x509.NewCertPool()
	for _, s := range []*httptest.Server{r.index, r.other} {
		if s.Certificate() != nil {
			pool.AddCert(s.Certificate())
		}
	}
	return fetch.New(pool, quick)
}

// secret writes the password of the index.
func (r *redirecting) secret(t *testing.T) string {
	t.Helper()
	return write(t, filepath.Join(t.TempDir(), "secret"), "me:pass")
}

func (r *redirecting) pick(t *testing.T) error {
	t.Helper()
	return Choose{
		Requirement: "a", Indexes: []Index{{URL: r.index.URL + "/simple/", Secret: r.secret(t)}},
		Target:  tags.Target{Major: 3, Minor: 13, Libc: tags.Libc{Kind: tags.Glibc, Major: 2, Minor: 41}, Arch: "x86_64"},
		Console: &Console{to: io.Discard},
		Out:     filepath.Join(t.TempDir(), "out"),
	}.with(t.Context(), r.client())
}

func (r *redirecting) download(t *testing.T) error {
	t.Helper()
	return Download{
		From:     Index{URL: r.index.URL + "/files/" + wheelOfA, Secret: r.secret(t)},
		Filename: wheelOfA, Out: filepath.Join(t.TempDir(), "out"),
	}.with(t.Context(), r.client())
}

func (r *redirecting) lookup(t *testing.T) error {
	t.Helper()
	a := asker{client: r.client()}
	_, _, err := a.ask(t.Context(), Index{URL: r.index.URL + "/simple/", Secret: r.secret(t)}, "a")
	return err
}

// The requests that a step sends to an index with a password.
var requests = map[string]struct {
	path string
	send func(*redirecting, *testing.T) error
}{
	"the page of the picker":    {"/simple/a/", (*redirecting).pick},
	"the file of the picker":    {"/files/" + wheelOfA, (*redirecting).pick},
	"a download":                {"/files/" + wheelOfA, (*redirecting).download},
	"the lookup of files' URLs": {"/simple/a/", (*redirecting).lookup},
}

func TestNoStepSendsAPasswordToTheOriginOfARedirect(t *testing.T) {
	plain, tls := httptest.NewServer, httptest.NewTLSServer
	for name, test := range map[string]struct {
		index, other func(http.Handler) *httptest.Server
		to           func(*redirecting) string
		want         bool
	}{
		"from https to http": {tls, plain, func(r *redirecting) string { return r.other.URL }, false},
		"to another port":    {tls, tls, func(r *redirecting) string { return r.other.URL }, false},
		"to another host": {plain, plain, func(r *redirecting) string {
			return strings.Replace(r.other.URL, "127.0.0.1", "localhost", 1)
		}, false},
		"to the same origin": {tls, tls, func(r *redirecting) string { return r.index.URL + "/moved" }, true},
	} {
		for what, request := range requests {
			t.Run(what+" "+name, func(t *testing.T) {
				r := newRedirecting(t, test.index, test.other)
				r.from, r.to = request.path, test.to(r)
				if err := request.send(r, t); err != nil {
					t.Fatal(err)
				}
				first := "index" + request.path + " with the password"
				moved := "other" + request.path
				if test.want {
					moved = "index/moved" + request.path + " with the password"
				}
				n := slices.Index(r.seen, first)
				if n < 0 || n+1 >= len(r.seen) || r.seen[n+1] != moved {
					t.Errorf("the servers have seen %q, want %q and then %q", r.seen, first, moved)
				}
				// Files that the page of another origin names are that origin's.
				for _, seen := range r.seen {
					if strings.HasPrefix(seen, "other") && strings.HasSuffix(seen, "with the password") {
						t.Errorf("the servers have seen %q", r.seen)
					}
				}
			})
		}
	}
}

func TestTheRedirectsOfAStepEnd(t *testing.T) {
	for what, request := range requests {
		t.Run(what, func(t *testing.T) {
			r := newRedirecting(t, httptest.NewServer, httptest.NewServer)
			r.from, r.to = request.path, r.index.URL
			err := request.send(r, t)
			if err == nil || !strings.Contains(err.Error(), "more than 10 redirects") || fetch.Temporary(err) || len(r.seen) > 12 {
				t.Errorf("%v after %d requests", err, len(r.seen))
			}
		})
	}
}

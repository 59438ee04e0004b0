package stores

import (
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
)

// counter is a handler that counts the requests to another one.
type counter struct {
	next http.Handler
	// writes reports whether a request, if it succeeds, completes a blob.
	writes                          func(*http.Request) bool
	requests, blobs, sent, received atomic.Int64
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.requests.Add(1)
	r.Body = &countedBody{r.Body, &c.sent}
	answer := &countedAnswer{ResponseWriter: w, status: http.StatusOK, received: &c.received}
	c.next.ServeHTTP(answer, r)
	if answer.status < 300 && c.writes(r) {
		c.blobs.Add(1)
	}
}

type countedBody struct {
	io.ReadCloser
	size *atomic.Int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.size.Add(int64(n))
	return n, err
}

type countedAnswer struct {
	http.ResponseWriter
	status   int
	received *atomic.Int64
}

func (a *countedAnswer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *countedAnswer) Write(p []byte) (int, error) {
	n, err := a.ResponseWriter.Write(p)
	a.received.Add(int64(n))
	return n, err
}

// Unwrap lets a proxy send what it has at once.
func (a *countedAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// forward returns a handler that passes requests to a service at host:port. The Host header stays, because signatures
// of requests contain it.
func forward(address string) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: address})
			r.Out.Host = r.In.Host
		},
		FlushInterval: -1,
	}
}

// counted serves a handler on a free port of the loopback, which it returns as host:port, and counts its requests.
func (s *Store) counted(next http.Handler, writes func(*http.Request) bool) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	c := &counter{next: next, writes: writes}
	s.count = func() (Count, error) {
		return Count{c.requests.Load(), c.blobs.Load(), c.sent.Load(), c.received.Load()}, nil
	}
	server := &http.Server{Handler: c}
	go func() { _ = server.Serve(listener) }()
	s.ended.Add(server.Close)
	return listener.Addr().String(), nil
}

// End ends what Start has started.
func (s *Store) End() error { return s.ended.End() }

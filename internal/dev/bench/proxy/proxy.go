// Package proxy is a caching web proxy for measurements. All downloads of the contestants of a benchmark go through it
// with their true addresses, including TLS, and are fetched from the network only once. So neither the network nor the
// order of the contestants has an effect on the results. It also counts requests, and can serve hosts that do not
// exist. The input is a folder for the cache; the output are an address for HTTPS_PROXY and a certificate to trust.
package proxy

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Proxy is a running proxy.
type Proxy struct {
	// Address is the address at which it listens, host:port.
	Address string
	// CA is the certificate authority of its answers over TLS, in PEM.
	CA []byte

	dir       string
	authority *authority
	hosts     map[string]http.Handler
	upstream  *http.Client
	plain     *http.Server
	secure    *http.Server
	handed    *handed

	mu      sync.Mutex
	fetched map[string]*sync.Mutex
	count   Count
}

// Count counts the requests to the proxy.
type Count struct {
	// Requests is the number of answered requests, Bytes the size of the answers' bodies.
	Requests, Bytes int64
	// Missed requests went to the network.
	Missed int64
}

// Minus returns the difference from an earlier count.
func (c Count) Minus(earlier Count) Count {
	return Count{c.Requests - earlier.Requests, c.Bytes - earlier.Bytes, c.Missed - earlier.Missed}
}

// Start runs a proxy on a free port of the loopback, with its cache in the folder dir. The handlers answer requests to
// hosts, which do not exist elsewhere.
func Start(dir string, hosts map[string]http.Handler) (*Proxy, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	authority, err := newAuthority()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 32
	p := &Proxy{
		Address: listener.Addr().String(), CA: authority.pem, dir: dir, authority: authority, hosts: hosts,
		fetched: map[string]*sync.Mutex{},
		upstream: &http.Client{
			Transport: transport, Timeout: 10 * time.Minute,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		handed: &handed{conns: make(chan net.Conn), closed: make(chan struct{}), addr: listener.Addr()},
	}
	p.plain = &http.Server{Handler: http.HandlerFunc(p.serveConnect), ReadHeaderTimeout: time.Minute}
	p.secure = &http.Server{
		Handler: http.HandlerFunc(p.answer), ReadHeaderTimeout: time.Minute,
		TLSConfig: &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			return authority.leaf(hello.ServerName)
		}},
	}
	// Both end with Close, so their errors have no further information.
	go func() { _ = p.plain.Serve(listener) }()
	go func() { _ = p.secure.ServeTLS(p.handed, "", "") }()
	return p, nil
}

// Close ends the proxy. The cache stays.
func (p *Proxy) Close() error { return errors.Join(p.plain.Close(), p.secure.Close()) }

// URL returns the proxy's address in the form of HTTP_PROXY and HTTPS_PROXY.
func (p *Proxy) URL() string { return "http://" + p.Address }

// Count returns the counts since the start.
func (p *Proxy) Count() Count {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// Client is an HTTP client that goes through the proxy.
func (p *Proxy) Client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:           http.ProxyURL(&url.URL{Scheme: "http", Host: p.Address}),
		TLSClientConfig: &tls.Config{RootCAs: p.authority.pool()}, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 16,
	}}
}

// serveConnect handles the requests of clients to a proxy: CONNECT for TLS, and plain requests with a whole URL.
func (p *Proxy) serveConnect(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		if r.URL.Host == "" {
			http.Error(w, "this is a proxy", http.StatusBadRequest)
			return
		}
		p.answer(w, r)
		return
	}
	conn, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if buffered.Reader.Buffered() > 0 {
		conn.Close()
		return
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		conn.Close()
		return
	}
	p.handed.give(conn)
}

// answer serves one request from the cache, the network or a handler.
func (p *Proxy) answer(w http.ResponseWriter, r *http.Request) {
	counted := &counter{ResponseWriter: w}
	missed := int64(0)
	defer func() {
		p.mu.Lock()
		p.count.Requests++
		p.count.Bytes += counted.n
		p.count.Missed += missed
		p.mu.Unlock()
	}()
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	host := r.Host
	if r.URL.Host != "" {
		host = r.URL.Host
	}
	if handler := p.hosts[strings.TrimSuffix(host, ":443")]; handler != nil {
		handler.ServeHTTP(counted, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(counted, "the benchmark's proxy passes only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	address := scheme + "://" + strings.TrimSuffix(host, ":443") + r.URL.RequestURI()
	if r.URL.Host != "" {
		address = r.URL.String()
	}
	answer, fresh, err := p.get(r.Context(), address, r.Header.Get("Accept"))
	if fresh {
		missed = 1
	}
	if err != nil {
		http.Error(counted, err.Error(), http.StatusBadGateway)
		return
	}
	for name, values := range answer.Header {
		counted.Header()[name] = values
	}
	if answer.Status != http.StatusOK {
		counted.WriteHeader(answer.Status)
		return
	}
	asIndex(counted.Header(), answer.URL)
	body, err := os.Open(answer.body)
	if err != nil {
		http.Error(counted, err.Error(), http.StatusInternalServerError)
		return
	}
	defer body.Close()
	http.ServeContent(counted, r, "", time.Time{}, body)
}

// asIndex adds the header fields of the public package index that mirrors may remove. Without them pip stores nothing
// in its cache, and a cache mount would have no effect.
func asIndex(header http.Header, address string) {
	if header.Get("Cache-Control") == "" {
		switch {
		case strings.Contains(address, "/simple/"):
			header.Set("Cache-Control", "max-age=600, public")
		case strings.Contains(address, "/packages/"):
			header.Set("Cache-Control", "max-age=365000000, immutable, public")
		}
	}
	if header.Get("Etag") == "" {
		sum := sha256.Sum256([]byte(address + "\n" + header.Get("Content-Type")))
		header.Set("Etag", `"`+hex.EncodeToString(sum[:16])+`"`)
	}
}

// cached is an answer in the cache.
type cached struct {
	URL    string
	Status int
	Header http.Header
	body   string
}

// passed are the header fields that matter to clients.
var passed = []string{"Content-Type", "ETag", "Cache-Control", "Last-Modified", "Location", "X-PyPI-Last-Serial", "Content-Disposition"}

// get returns an answer from the cache, or fetches it and reports that.
func (p *Proxy) get(ctx context.Context, address, accept string) (k cached, fresh bool, err error) {
	// Only the pages of indexes have several forms.
	if !strings.Contains(address, "/simple/") {
		accept = ""
	}
	sum := sha256.Sum256([]byte(address + "\n" + accept))
	key := filepath.Join(p.dir, hex.EncodeToString(sum[:16]))
	p.mu.Lock()
	lock := p.fetched[key]
	if lock == nil {
		lock = &sync.Mutex{}
		p.fetched[key] = lock
	}
	p.mu.Unlock()
	lock.Lock()
	defer lock.Unlock()
	k.body = key + ".body"
	if data, err := os.ReadFile(key + ".json"); err == nil && !stale(address, key+".json") {
		return k, false, json.Unmarshal(data, &k)
	}
	// The request does not end with the first client, because another client may wait for the same file.
	request, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodGet, address, nil)
	if err != nil {
		return k, true, err
	}
	if accept != "" {
		request.Header.Set("Accept", accept)
	}
	response, err := p.upstream.Do(request)
	if err != nil {
		return k, true, err
	}
	defer response.Body.Close()
	k.URL, k.Status, k.Header = address, response.StatusCode, http.Header{}
	for _, name := range passed {
		if v := response.Header.Values(name); len(v) > 0 {
			k.Header[http.CanonicalHeaderKey(name)] = v
		}
	}
	if response.StatusCode >= 500 || response.StatusCode == http.StatusTooManyRequests {
		return k, true, fmt.Errorf("%s: %s", address, response.Status)
	}
	file, err := os.CreateTemp(p.dir, "new-")
	if err != nil {
		return k, true, err
	}
	_, err = io.Copy(file, response.Body)
	if err = errors.Join(err, file.Close()); err != nil {
		os.Remove(file.Name())
		return k, true, fmt.Errorf("%s: %w", address, err)
	}
	if err := os.Rename(file.Name(), k.body); err != nil {
		return k, true, err
	}
	data, err := json.Marshal(k)
	if err != nil {
		return k, true, err
	}
	return k, true, os.WriteFile(key+".json", data, 0o644)
}

// listsFor is the time for which lists of packages are cached, because apt refuses lists that are older than a week.
const listsFor = 72 * time.Hour

// stale reports whether an answer is a list that is too old. Files of packages never change.
func stale(address, name string) bool {
	if !strings.Contains(address, "/simple/") && !strings.Contains(address, "/dists/") {
		return false
	}
	info, err := os.Stat(name)
	return err == nil && time.Since(info.ModTime()) > listsFor
}

// counter counts the bytes of a body.
type counter struct {
	http.ResponseWriter
	n int64
}

func (c *counter) Write(data []byte) (int, error) {
	n, err := c.ResponseWriter.Write(data)
	c.n += int64(n)
	return n, err
}

// handed is a listener of connections that were accepted elsewhere.
type handed struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
	addr   net.Addr
}

func (h *handed) give(conn net.Conn) {
	select {
	case h.conns <- conn:
	case <-h.closed:
		conn.Close()
	}
}

// Accept implements net.Listener.
func (h *handed) Accept() (net.Conn, error) {
	select {
	case conn := <-h.conns:
		return conn, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (h *handed) Close() error { h.once.Do(func() { close(h.closed) }); return nil }

// Addr implements net.Listener.
func (h *handed) Addr() net.Addr { return h.addr }

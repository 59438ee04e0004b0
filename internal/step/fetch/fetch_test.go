package fetch

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// quick are limits under which a test does not wait.
var quick = Limits{
	Attempts: 4, Busy: 8, Pause: time.Millisecond, MaxPause: 5 * time.Millisecond, MaxWait: 2 * time.Second,
	Header: 5 * time.Second, Window: 200 * time.Millisecond, Least: 1 << 10,
}

// get asks for an address with a password.
func get(t *testing.T, c *Client, address string) (string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("me", "pass")
	content := ""
	err = c.Get(req, func(resp *http.Response) error {
		if resp.StatusCode != http.StatusOK {
			return errors.New(resp.Status)
		}
		all, err := io.ReadAll(resp.Body)
		content = string(all)
		return err
	})
	return content, err
}

// failing answers the first requests with a failure, and then with "good".
func failing(t *testing.T, times int32, fail func(w http.ResponseWriter, r *http.Request)) (address string, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) <= times {
			fail(w, r)
			return
		}
		_, _ = io.WriteString(w, "good")
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func status(code int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", code) }
}

// hangUp takes over a connection to write part of an answer to it.
func hangUp(part string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, part)
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	}
}

func TestWhatFailsForAMomentIsTriedAgain(t *testing.T) {
	for name, fail := range map[string]func(http.ResponseWriter, *http.Request){
		"503":         status(503),
		"429":         status(429),
		"500":         status(500),
		"502":         status(502),
		"408":         status(408),
		"a reset":     hangUp(""),
		"a cut body":  hangUp("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbad"),
		"a cut chunk": hangUp("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nbad"),
		"silence after half": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "bad")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
		"a trickle": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, ".")
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			address, asked := failing(t, 2, fail)
			got, err := get(t, New(nil, quick), address)
			if err != nil || got != "good" || asked.Load() != 3 {
				t.Errorf("%q, %v, asked %d times", got, err, asked.Load())
			}
		})
	}
}

func TestWhatFailsInTheEndNamesHostAndStatus(t *testing.T) {
	address, asked := failing(t, 100, status(503))
	host := strings.TrimPrefix(address, "http://")
	_, err := get(t, New(nil, quick), address)
	if err == nil || err.Error() != host+" answers 503 Service Unavailable" || !Temporary(err) || asked.Load() != int32(quick.Attempts) {
		t.Errorf("%v, temporary %t, asked %d times", err, Temporary(err), asked.Load())
	}
	address, _ = failing(t, 100, hangUp("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbad"))
	_, err = get(t, New(nil, quick), address)
	if err == nil || !strings.Contains(err.Error(), ": the answer broke off: ") || !Temporary(err) {
		t.Errorf("%v", err)
	}
}

func TestWhatDoesNotGoAwayIsAskedOnce(t *testing.T) {
	for _, code := range []int{400, 401, 403, 404, 410, 501} {
		address, asked := failing(t, 100, status(code))
		_, err := get(t, New(nil, quick), address)
		if err == nil || Temporary(err) || asked.Load() != 1 {
			t.Errorf("%d: %v, asked %d times", code, err, asked.Load())
		}
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	address, asked := failing(t, 1, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	start := time.Now()
	got, err := get(t, New(nil, quick), address)
	if err != nil || got != "good" || asked.Load() != 2 || time.Since(start) < time.Second {
		t.Errorf("%q, %v, asked %d times, after %s", got, err, asked.Load(), time.Since(start))
	}
	// A server that wants to be left alone for hours is not waited for.
	address, asked = failing(t, 100, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	if _, err := get(t, New(nil, quick), address); !Temporary(err) || asked.Load() != 1 {
		t.Errorf("%v, asked %d times", err, asked.Load())
	}
}

func TestAServerThatIsDownIsAskedForOneFile(t *testing.T) {
	address, asked := failing(t, 1<<30, status(502))
	c := New(nil, quick)
	for n := range 200 {
		if _, err := get(t, c, fmt.Sprintf("%s/%d", address, n)); err == nil {
			t.Fatal("no error")
		}
	}
	if asked.Load() != int32(quick.Attempts) {
		t.Errorf("asked %d times", asked.Load())
	}
}

func TestOneBadFileDoesNotMakeAServerDown(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bad" {
			http.Error(w, "no", http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(w, "good")
	}))
	defer server.Close()
	c := New(nil, quick)
	for path, want := range map[string]string{"/first": "good", "/bad": "", "/last": "good"} {
		if path == "/bad" {
			_, _ = get(t, c, server.URL+"/other")
		}
		if got, err := get(t, c, server.URL+path); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
}

func TestManyFilesFromAServerThatAllowsFewConnections(t *testing.T) {
	var open, refused atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if open.Add(1) > 5 {
			open.Add(-1)
			refused.Add(1)
			http.Error(w, "too many", http.StatusServiceUnavailable)
			return
		}
		time.Sleep(time.Millisecond)
		open.Add(-1)
		_, _ = io.WriteString(w, "good")
	}))
	defer server.Close()
	limits := quick
	limits.Busy = 40
	c := New(nil, limits)
	var wg sync.WaitGroup
	for n := range 400 {
		wg.Go(func() {
			if got, err := get(t, c, fmt.Sprintf("%s/%d", server.URL, n)); err != nil || got != "good" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	wg.Wait()
	if refused.Load() == 0 {
		t.Error("the server has refused nothing, so nothing was tested")
	}
}

func TestAPasswordStaysWithItsOrigin(t *testing.T) {
	seen := make(chan string, 10)
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Get("Authorization") + r.Header.Get("Referer")
	})
	plain, other := httptest.NewServer(handler), httptest.NewServer(handler)
	defer plain.Close()
	defer other.Close()
	for name, test := range map[string]struct {
		to   func(own string) string
		want bool
	}{
		"the same origin":              {func(own string) string { return own + "/x" }, true},
		"another port":                 {func(string) string { return other.URL + "/x" }, false},
		"another host":                 {func(own string) string { return strings.Replace(own, "127.0.0.1", "localhost", 1) + "/x" }, false},
		"another port and back again":  {func(own string) string { return own + "/away" }, false},
		"https to http, the same host": {func(string) string { return plain.URL + "/x" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			var server, away *httptest.Server
			own := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/start":
					http.Redirect(w, r, test.to(server.URL), http.StatusFound)
				case "/away":
					http.Redirect(w, r, away.URL+"/back", http.StatusFound)
				default:
					handler(w, r)
				}
			})
			away = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, server.URL+"/x", http.StatusFound)
			}))
			defer away.Close()
			if strings.HasPrefix(name, "https") {
				server = httptest.NewTLSServer(own)
			} else {
				server = httptest.NewServer(own)
			}
			defer server.Close()
			c := New(nil, quick)
			c.http.Transport = server.Client().Transport
			if _, err := get(t, c, server.URL+"/start?token=secret"); err != nil {
				t.Fatal(err)
			}
			want := ""
			if test.want {
				want = "Basic bWU6cGFzcw=="
			}
			if got := <-seen; got != want {
				t.Errorf("the last server has seen %q, want %q", got, want)
			}
		})
	}
}

func TestRedirectsEnd(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
	}))
	defer server.Close()
	_, err := get(t, New(nil, quick), server.URL)
	if err == nil || !strings.Contains(err.Error(), "more than 10 redirects") || Temporary(err) || asked.Load() > maxRedirects+1 {
		t.Errorf("%v, asked %d times", err, asked.Load())
	}
}

func TestACertificateThatIsNotTrustedIsNotTriedAgain(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			asked.Add(1)
		}
	}
	server.Config.ErrorLog = nil
	server.StartTLS()
	defer server.Close()
	if _, err := get(t, New(nil, quick), server.URL); err == nil || Temporary(err) || asked.Load() != 1 {
		t.Errorf("%v, connected %d times", err, asked.Load())
	}
}

func TestADownloadThatStallsIsTriedAgainAndToldInTheEnd(t *testing.T) {
	part := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "bad")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	limits := quick
	limits.Window = 50 * time.Millisecond
	address, asked := failing(t, 100, part)
	_, err := get(t, New(nil, limits), address)
	if err == nil || !strings.Contains(err.Error(), "the download has stalled: 3 bytes in 50ms") && !strings.Contains(err.Error(), "the download has stalled: 0 bytes in 50ms") ||
		!Temporary(err) || asked.Load() != int32(limits.Attempts) {
		t.Errorf("%v, temporary %t, asked %d times", err, Temporary(err), asked.Load())
	}
	address, _ = failing(t, 1, part)
	if got, err := get(t, New(nil, limits), address); err != nil || got != "good" {
		t.Errorf("%q, %v", got, err)
	}
}

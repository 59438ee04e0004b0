package proxy

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

func start(t *testing.T, hosts map[string]http.Handler) *Proxy {
	t.Helper()
	p, err := Start(t.TempDir(), hosts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func get(t *testing.T, client *http.Client, address string, header ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(header); n += 2 {
		request.Header.Set(header[n], header[n+1])
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// direct asks the proxy for loopback addresses too, which Go's clients otherwise ask themselves.
func direct(p *Proxy) *http.Client {
	return &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: p.Address})}}
}

func TestAFileIsFetchedFromTheNetworkOnce(t *testing.T) {
	asked := 0
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		_, _ = io.WriteString(w, "a wheel")
	}))
	defer upstream.Close()
	p := start(t, nil)
	client := direct(p)
	for range 3 {
		response, body := get(t, client, upstream.URL+"/packages/a.whl")
		if body != "a wheel" || response.StatusCode != http.StatusOK {
			t.Fatalf("got %q, %s", body, response.Status)
		}
		if response.Header.Get("Cache-Control") == "" || response.Header.Get("Etag") == "" {
			t.Error("the answer cannot be cached by its client")
		}
	}
	if asked != 1 {
		t.Errorf("the network was asked %d times", asked)
	}
	if c := p.Count(); c != (Count{Requests: 3, Bytes: 3 * int64(len("a wheel")), Missed: 1}) {
		t.Errorf("counted %+v", c)
	}
}

func TestAnIndexPageIsCachedInEachOfItsForms(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get("Accept"))
	}))
	defer upstream.Close()
	p := start(t, nil)
	for _, form := range []string{"text/html", "application/json", "text/html"} {
		if _, body := get(t, direct(p), upstream.URL+"/simple/a/", "Accept", form); body != form {
			t.Errorf("asked for %s, got %s", form, body)
		}
	}
}

func TestAMissingFileIsRemembered(t *testing.T) {
	upstream := httptest.NewServer(http.NotFoundHandler())
	defer upstream.Close()
	p := start(t, nil)
	for range 2 {
		if response, _ := get(t, direct(p), upstream.URL+"/a.metadata"); response.StatusCode != http.StatusNotFound {
			t.Errorf("got %s", response.Status)
		}
	}
	if c := p.Count(); c.Missed != 1 {
		t.Errorf("the network was asked %d times", c.Missed)
	}
}

func TestAMadeUpHostAnswersOverTLS(t *testing.T) {
	p := start(t, map[string]http.Handler{"packages.invalid": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.URL.Path)
	})})
	if _, body := get(t, p.Client(), "https://packages.invalid/simple/a/"); body != "/simple/a/" {
		t.Errorf("got %q", body)
	}
}

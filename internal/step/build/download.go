package build

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Download fetches one file from an index with a password and checks it.
type Download struct {
	// From is the file's URL with its secret.
	From Index
	// SHA256 is the file's digest in hex; empty where none is known.
	SHA256 string
	// Filename is what the file is called in Out.
	Filename string
	Out      string
	// Epoch is the file's time in Unix seconds.
	Epoch int64
}

// attempts is how often a failing request is tried, with a growing pause.
const attempts = 4

// Make fetches the file.
func (d Download) Make(ctx context.Context) error {
	client, err := networkClient()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(d.Out, 0o755); err != nil {
		return err
	}
	for n := range attempts {
		if n > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Duration(n*n) * 200 * time.Millisecond):
			}
		}
		var again bool
		if again, err = d.try(ctx, client); err == nil || !again {
			return err
		}
	}
	return err
}

// try makes one attempt; again reports whether another may succeed.
func (d Download) try(ctx context.Context, client *http.Client) (again bool, err error) {
	req, err := d.From.request(ctx, d.From.URL)
	if err != nil {
		return false, fmt.Errorf("downloading %s: %w", d.Filename, err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return true, fmt.Errorf("downloading %s from %s: %s", d.Filename, req.URL.Hostname(), reason(err))
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden:
		return false, fmt.Errorf("%s refuses the credentials for %s (%s)", req.URL.Hostname(), d.Filename, resp.Status)
	case resp.StatusCode != http.StatusOK:
		return resp.StatusCode >= 500, fmt.Errorf("%s answers %s for %s", req.URL.Hostname(), resp.Status, d.Filename)
	}
	name := filepath.Join(d.Out, filepath.Base(d.Filename))
	f, err := os.Create(name)
	if err != nil {
		return false, err
	}
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, hash), resp.Body)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return true, fmt.Errorf("downloading %s: %w", d.Filename, err)
	}
	// A file of an unlocked package may have no known hash.
	if got := hex.EncodeToString(hash.Sum(nil)); got != d.SHA256 && d.SHA256 != "" {
		return false, fmt.Errorf("%s does not match its hash: expected sha256 %s, got %s", d.Filename, d.SHA256, got)
	}
	return false, setTimes([]string{name}, d.Epoch)
}

// networkClient is the client of a step that reaches the network.
func networkClient() (*http.Client, error) {
	env, err := network()
	if err != nil {
		return nil, err
	}
	return httpClient(env)
}

// httpClient trusts what the step's environment says (see trust).
func httpClient(env []string) (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if file := lookup(env, "SSL_CERT_FILE"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		// Where the step's image has none, these are the ones that are
		// compiled in.
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		pool.AppendCertsFromPEM(pem)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	transport.MaxIdleConnsPerHost = maxAsked
	transport.ResponseHeaderTimeout = time.Minute
	return &http.Client{Transport: transport}, nil
}

func lookup(env []string, name string) string {
	value := ""
	for _, kv := range env {
		if len(kv) > len(name) && kv[:len(name)] == name && kv[len(name)] == '=' {
			value = kv[len(name)+1:]
		}
	}
	return value
}

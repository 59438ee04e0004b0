package build

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/moult-build/moult/internal/step/fetch"
)

// Download fetches one file from an index with a password and checks it.
type Download struct {
	// From is the file's URL with its secret.
	From Index
	// SHA256 is the file's digest in hex; empty if it is not known.
	SHA256 string
	// Filename is the name of the file in Out.
	Filename string
	Out      string
	// Epoch is the file's time in Unix seconds.
	Epoch int64
}

// Make fetches the file.
func (d Download) Make(ctx context.Context) error {
	client, err := networkClient()
	if err != nil {
		return err
	}
	return d.with(ctx, client)
}

func (d Download) with(ctx context.Context, client *fetch.Client) error {
	if err := os.MkdirAll(d.Out, 0o755); err != nil {
		return err
	}
	req, err := d.From.request(ctx, d.From.URL)
	if err == nil {
		err = client.Get(req, func(resp *http.Response) error { return d.write(req, resp) })
	}
	if err != nil {
		return fmt.Errorf("downloading %s: %w", d.Filename, err)
	}
	return nil
}

// write writes the answer to a request into the file.
func (d Download) write(req *http.Request, resp *http.Response) error {
	host := resp.Request.URL.Host
	switch {
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden:
		if d.From.Secret != "" && !fetch.SameOrigin(req.URL, resp.Request.URL) {
			return fmt.Errorf("%s sends to %s://%s, which does not get its password and answers %s", req.URL.Host, resp.Request.URL.Scheme, host, resp.Status)
		}
		return fmt.Errorf("%s refuses the credentials (%s)", host, resp.Status)
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("%s answers %s", host, resp.Status)
	}
	name := filepath.Join(d.Out, filepath.Base(d.Filename))
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, hash), resp.Body)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	// A file of an unlocked package may have no known hash.
	if got := hex.EncodeToString(hash.Sum(nil)); got != d.SHA256 && d.SHA256 != "" {
		err := fmt.Errorf("%s gives a file that does not match its hash: expected sha256 %s, got %s", host, d.SHA256, got)
		if resp.ContentLength < 0 && len(resp.TransferEncoding) == 0 {
			// Without a length and without chunks, an interrupted answer looks like a
			// complete one.
			return fetch.Again(err)
		}
		return err
	}
	return setTimes([]string{name}, d.Epoch)
}

// networkClient is the client of a step that reaches the network.
func networkClient() (*fetch.Client, error) {
	env, err := network()
	if err != nil {
		return nil, err
	}
	return httpClient(env, fetch.Defaults)
}

// httpClient trusts the certificate authorities that the step's environment
// names (see trust).
func httpClient(env []string, limits fetch.Limits) (*fetch.Client, error) {
	file := lookup(env, "SSL_CERT_FILE")
	if file == "" {
		return fetch.New(nil, limits), nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	// If the step's image has none, these are the compiled-in ones.
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	pool.AppendCertsFromPEM(pem)
	return fetch.New(pool, limits), nil
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

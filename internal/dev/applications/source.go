package applications

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/moult-build/moult/internal/pypkg/indexpage"
)

// maxSource limits the size of a page or an sdist, in bytes.
const maxSource = 256 << 20

// Fetch unpacks the sources of an application into dir, which is made anew.
// The sdist stays in the folder cache.
func (a Application) Fetch(ctx context.Context, cache, dir string) error {
	file := filepath.Join(cache, a.Package+"-"+a.Version+".tar.gz")
	if sum(file) != a.SHA256 {
		content, err := a.download(ctx)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(cache, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return err
		}
		if got := sum(file); got != a.SHA256 {
			return fmt.Errorf("the sdist of %s %s has the SHA-256 %s, not %s", a.Package, a.Version, got, a.SHA256)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, "tar", "-xzf", file, "-C", dir, "--strip-components=1", "--no-same-owner").CombinedOutput(); err != nil {
		return fmt.Errorf("unpacking %s: %w: %s", file, err, out)
	}
	for name, content := range a.Files {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// download returns the file of the index with the application's hash.
func (a Application) download(ctx context.Context) ([]byte, error) {
	address := indexpage.Default + "/" + a.Package + "/"
	page, kind, err := get(ctx, address, "application/vnd.pypi.simple.v1+json, text/html;q=0.5")
	if err != nil {
		return nil, err
	}
	files, err := indexpage.Parse(page, kind, address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	for _, f := range files {
		if f.Hashes["sha256"] == a.SHA256 {
			content, _, err := get(ctx, f.URL, "*/*")
			return content, err
		}
	}
	return nil, fmt.Errorf("%s has no file with the SHA-256 %s", address, a.SHA256)
}

func get(ctx context.Context, address, accept string) (content []byte, kind string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, "", err
	}
	request.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("%s: %s", address, response.Status)
	}
	content, err = io.ReadAll(io.LimitReader(response.Body, maxSource))
	return content, response.Header.Get("Content-Type"), err
}

// sum is the SHA-256 of a file, "" if it cannot be read.
func sum(name string) string {
	content, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	s := sha256.Sum256(content)
	return hex.EncodeToString(s[:])
}

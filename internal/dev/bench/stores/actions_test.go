package stores

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ask sends a request and returns its answer's status and body.
func ask(t *testing.T, method, url, body string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if len(header) == 2 {
		r.Header.Set(header[0], header[1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// request sends one of the three JSON requests.
func request(t *testing.T, s *Store, method, body string) (answer struct {
	OK   bool   `json:"ok"`
	Up   string `json:"signed_upload_url"`
	Down string `json:"signed_download_url"`
	Key  string `json:"matched_key"`
}) {
	t.Helper()
	_, text := ask(t, http.MethodPost, s.To["url_v2"]+strings.TrimPrefix(cacheService, "/")+method, body)
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("%s: %v in %q", method, err, text)
	}
	return answer
}

func start(t *testing.T, kind, dir string) *Store {
	t.Helper()
	s, err := Start(t.Context(), kind, dir, "", Programs{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.End(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestAnEntryOfBlocksIsReadByThePrefixOfItsKey(t *testing.T) {
	s := start(t, "gha", t.TempDir())
	created := request(t, s, "CreateCacheEntry", `{"key":"blob-1"}`)
	if !created.OK {
		t.Fatal("the entry was not created")
	}
	var list bytes.Buffer
	for _, content := range []string{"first ", "second"} {
		id := base64.StdEncoding.EncodeToString([]byte(content))
		if status, text := ask(t, http.MethodPut, created.Up+"?comp=block&blockid="+id, content); status != http.StatusCreated {
			t.Fatal(status, text)
		}
		list.WriteString("<Latest>" + id + "</Latest>")
	}
	if status, text := ask(t, http.MethodPut, created.Up+"?comp=blocklist", "<BlockList>"+list.String()+"</BlockList>"); status != http.StatusCreated {
		t.Fatal(status, text)
	}
	if request(t, s, "GetCacheEntryDownloadURL", `{"key":"blob-"}`).OK {
		t.Error("an entry that is not complete was found")
	}
	request(t, s, "FinalizeCacheEntryUpload", `{"key":"blob-1"}`)
	found := request(t, s, "GetCacheEntryDownloadURL", `{"key":"other","restore_keys":["blob-"]}`)
	if !found.OK || found.Key != "blob-1" {
		t.Fatalf("found %+v", found)
	}
	if status, text := ask(t, http.MethodGet, found.Down, "", "X-Ms-Range", "bytes=3-"); status != http.StatusPartialContent || text != "st second" {
		t.Error(status, text)
	}
	if request(t, s, "CreateCacheEntry", `{"key":"blob-1"}`).OK {
		t.Error("an entry was created twice")
	}
	count, err := s.Count()
	if err != nil {
		t.Fatal(err)
	}
	if count.Requests != 9 || count.Blobs != 1 || count.Received == 0 {
		t.Errorf("counted %+v", count)
	}
}

func TestAFolderIsCountedByItsBlobs(t *testing.T) {
	dir := t.TempDir()
	s := start(t, "local", dir)
	if count, err := s.Count(); err != nil || count != (Count{}) {
		t.Errorf("an empty folder counts %+v, %v", count, err)
	}
	for name, content := range map[string]string{"blobs/sha256/a": "123", "blobs/sha256/b": "45", "index.json": "{}"} {
		write(t, dir, name, content)
	}
	count, err := s.Count()
	if err != nil || count != (Count{Blobs: 2, Sent: 5}) {
		t.Errorf("counted %+v, %v", count, err)
	}
	if s.To["dest"] != dir || s.From["src"] != dir {
		t.Errorf("to %v, from %v", s.To, s.From)
	}
}

func TestAMissingProgramIsSaid(t *testing.T) {
	if _, err := Start(t.Context(), "s3", t.TempDir(), "", Programs{}); err == nil || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("the error is %v", err)
	}
}
func write(t *testing.T, dir, name, content string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

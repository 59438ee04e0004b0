package stores

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// actions is the cache service of GitHub Actions, version 2, as far as BuildKit uses it: entries are created, completed
// and looked up by JSON, and their content is written to and read from an address as that of an Azure block blob.
type actions struct {
	*http.ServeMux
	dir string

	mu sync.Mutex
	// entries are the numbers of the blobs by key, completed those that can be read.
	entries   map[string]int
	completed map[string]bool
}

// actionsToken is a token for it. BuildKit reads the branches and the end of a token, and leaves its signature to the service.
var actionsToken = strings.Join([]string{
	part(`{"alg":"HS256","typ":"JWT"}`),
	part(fmt.Sprintf(`{"ac":"[{\"Scope\":\"refs/heads/main\",\"Permission\":3}]","exp":%d,"nbf":0}`, int64(1)<<40)),
	part("unsigned"),
}, ".")

func part(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

const cacheService = "/twirp/github.actions.results.api.v1.CacheService/"

// finished reports whether a request completes an entry.
func finished(r *http.Request) bool { return r.URL.Path == cacheService+"FinalizeCacheEntryUpload" }

func newActions(dir string) (*actions, error) {
	a := &actions{ServeMux: http.NewServeMux(), dir: dir, entries: map[string]int{}, completed: map[string]bool{}}
	a.answer("CreateCacheEntry", a.create)
	a.answer("FinalizeCacheEntryUpload", a.complete)
	a.answer("GetCacheEntryDownloadURL", a.find)
	a.HandleFunc("PUT /blobs/{number}", a.write)
	a.HandleFunc("GET /blobs/{number}", a.read)
	return a, os.MkdirAll(dir, 0o755)
}

// entryRequest has the fields of all three requests.
type entryRequest struct {
	Key         string   `json:"key"`
	Version     string   `json:"version"`
	RestoreKeys []string `json:"restore_keys"`
}

// fields are those of an answer.
type fields map[string]any

// answer serves one of the JSON requests. host is the address of the service as the client has it.
func (a *actions) answer(method string, of func(q entryRequest, host string) fields) {
	a.HandleFunc("POST "+cacheService+method, func(w http.ResponseWriter, r *http.Request) {
		var q entryRequest
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(of(q, r.Host))
	})
}

func (a *actions) create(q entryRequest, host string) fields {
	if _, ok := a.entries[q.Key]; ok {
		return fields{"ok": false, "message": "the entry exists"}
	}
	a.entries[q.Key] = len(a.entries)
	return fields{"ok": true, "signed_upload_url": address(host, a.entries[q.Key])}
}

func (a *actions) complete(q entryRequest, _ string) fields {
	number, ok := a.entries[q.Key]
	a.completed[q.Key] = ok
	return fields{"ok": ok, "entry_id": fmt.Sprint(number)}
}

// find returns the newest entry whose key begins with one of those that are asked for.
func (a *actions) find(q entryRequest, host string) fields {
	for _, prefix := range append([]string{q.Key}, q.RestoreKeys...) {
		newest, key := -1, ""
		for k, number := range a.entries {
			if a.completed[k] && strings.HasPrefix(k, prefix) && number > newest {
				newest, key = number, k
			}
		}
		if newest >= 0 {
			return fields{"ok": true, "signed_download_url": address(host, newest), "matched_key": key}
		}
	}
	return fields{"ok": false}
}

func address(host string, number int) string { return fmt.Sprintf("http://%s/blobs/%d", host, number) }

// write stores a blob, one block of it, or puts its blocks together.
func (a *actions) write(w http.ResponseWriter, r *http.Request) {
	name := filepath.Join(a.dir, filepath.Base(r.PathValue("number")))
	var err error
	switch r.URL.Query().Get("comp") {
	case "":
		err = save(name, r.Body)
	case "block":
		err = save(name+"-"+block(r.URL.Query().Get("blockid")), r.Body)
	case "blocklist":
		err = join(name, r.Body)
	default:
		err = errors.New("unknown operation")
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	// BuildKit expects the number that a storage gives to each request.
	w.Header().Set("X-Ms-Request-Id", "1")
	w.WriteHeader(http.StatusCreated)
}

// block is the name of the file of a block, whose identifier is in base64.
func block(id string) string { return base64.URLEncoding.EncodeToString([]byte(id)) }

func save(name string, content io.Reader) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}

// join writes a blob of the blocks in a list: <BlockList><Latest>ID</Latest>...</BlockList>.
func join(name string, list io.Reader) error {
	var blocks struct {
		Latest []string
	}
	if err := xml.NewDecoder(list).Decode(&blocks); err != nil {
		return err
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	for _, id := range blocks.Latest {
		part, err := os.Open(name + "-" + block(id))
		if err != nil {
			return errors.Join(err, file.Close())
		}
		_, err = io.Copy(file, part)
		if err = errors.Join(err, part.Close(), os.Remove(part.Name())); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	return file.Close()
}

func (a *actions) read(w http.ResponseWriter, r *http.Request) {
	file, err := os.Open(filepath.Join(a.dir, filepath.Base(r.PathValue("number"))))
	if err != nil {
		status := http.StatusInternalServerError
		if errors.Is(err, fs.ErrNotExist) {
			status = http.StatusNotFound
		}
		http.Error(w, err.Error(), status)
		return
	}
	defer file.Close()
	if wanted := r.Header.Get("X-Ms-Range"); wanted != "" {
		r.Header.Set("Range", wanted)
	}
	http.ServeContent(w, r, "", time.Time{}, file)
}

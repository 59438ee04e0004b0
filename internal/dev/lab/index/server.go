// Package index is a package index for tests: it serves a folder of wheels and sdists as PEP 503 HTML and PEP 691 JSON,
// with hashes, sizes, Requires-Python and PEP 658 metadata, and it fails on request. Tests do not disturb each other,
// because each can have a scope: the same packages under a path of its own, with faults, further files and a record of
// requests that only this path has.
//
//	/simple/                 the index with no scope
//	/scope/NAME/simple/      the index of a scope
//	…/files/FILE             a file; FILE.metadata is a wheel's METADATA
//	…/lab/faults             PUT sets faults, DELETE clears them
//	…/lab/requests           GET lists the requests so far, DELETE forgets them
//	…/lab/files/FILE         PUT adds a file to the scope
package index

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moult-build/moult/internal/pypkg/pep503"
)

// Fault says how a request fails. Its parts can be combined: a delay and a status, a password and a short body.
type Fault struct {
	// Delay before the answer, in nanoseconds of Go's time.Duration.
	Delay time.Duration `json:"delay,omitempty"`
	// Status is answered instead of the content, e.g. 404 or 500.
	Status int `json:"status,omitempty"`
	// CutAfter ends the connection after so many bytes of a longer body. Zero does not cut.
	CutAfter int64 `json:"cut_after,omitempty"`
	// Corrupt serves a file with other bytes than its hash says; length and headers stay.
	Corrupt bool `json:"corrupt,omitempty"`
	// User and Password are asked for by HTTP basic authentication.
	User     string `json:"user,omitempty"`
	Password string `json:"password,omitempty"`
	// Hidden leaves the project or file out of every page, and answers 404 for it.
	Hidden bool `json:"hidden,omitempty"`
	// Times is the number of requests that fail. Zero means all.
	Times int `json:"times,omitempty"`
}

// Request is one request to a scope.
type Request struct {
	Method string `json:"method"`
	// Path is without the scope: /simple/lab-pure/ or /files/lab_pure-1.0-py3-none-any.whl.
	Path   string `json:"path"`
	Status int    `json:"status"`
}

// scope is one view of the index.
type scope struct {
	mu       sync.Mutex
	faults   map[string]*Fault
	extra    map[string]distribution
	requests []Request
}

// Server is the index as an http.Handler.
type Server struct {
	folder folder
	mu     sync.Mutex
	scopes map[string]*scope
}

// New serves the wheels and sdists of a folder, which may change and need not exist yet.
func New(dir string) *Server {
	return &Server{folder: folder{dir: dir}, scopes: map[string]*scope{}}
}

func (s *Server) scope(name string) *scope {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.scopes[name] == nil {
		s.scopes[name] = &scope{faults: map[string]*Fault{}, extra: map[string]distribution{}}
	}
	return s.scopes[name]
}

// ServeHTTP answers one request; see the package's comment for the paths.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, name := r.URL.Path, ""
	if rest, ok := strings.CutPrefix(path, "/scope/"); ok {
		name, path, _ = strings.Cut(rest, "/")
		path = "/" + path
	}
	sc := s.scope(name)
	if rest, ok := strings.CutPrefix(path, "/lab/"); ok {
		sc.control(w, r, rest)
		return
	}
	seen := &recorder{ResponseWriter: w, status: http.StatusOK}
	defer func() {
		sc.mu.Lock()
		sc.requests = append(sc.requests, Request{Method: r.Method, Path: path, Status: seen.status})
		sc.mu.Unlock()
	}()
	all, err := s.all(sc)
	if err != nil {
		http.Error(seen, err.Error(), http.StatusInternalServerError)
		return
	}
	switch {
	case path == "/simple/":
		if w := sc.fail(seen, r, false); w != nil {
			servePage(w, r, rootPage(all))
		}
	case strings.HasPrefix(path, "/simple/"):
		s.project(seen, r, sc, all, strings.TrimPrefix(path, "/simple/"))
	case strings.HasPrefix(path, "/files/"):
		s.file(seen, r, sc, all, strings.TrimPrefix(path, "/files/"))
	default:
		http.NotFound(seen, r)
	}
}

// all returns the files of a scope: the folder's files and its own, without the hidden ones.
func (s *Server) all(sc *scope) ([]distribution, error) {
	list, err := s.folder.list()
	if err != nil {
		return nil, err
	}
	sc.mu.Lock()
	defer sc.mu.Unlock()
	shown := make([]distribution, 0, len(list)+len(sc.extra))
	add := func(d distribution) {
		for _, target := range []string{d.name, d.project} {
			if f := sc.faults[target]; f != nil && f.Hidden {
				return
			}
		}
		shown = append(shown, d)
	}
	for _, d := range list {
		if _, replaced := sc.extra[d.name]; !replaced {
			add(d)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sc.extra)) {
		add(sc.extra[name])
	}
	return shown, nil
}

// project serves one project's page.
func (s *Server) project(w http.ResponseWriter, r *http.Request, sc *scope, all []distribution, rest string) {
	name, tail, slash := strings.Cut(rest, "/")
	if tail != "" {
		http.NotFound(w, r)
		return
	}
	// The canonical address of a page is the normalised name with a slash.
	if !slash || name != pep503.Normalize(name) {
		at := strings.TrimSuffix(r.URL.Path, rest) + pep503.Normalize(name) + "/"
		http.Redirect(w, r, at, http.StatusMovedPermanently)
		return
	}
	if w = sc.fail(w, r, false, name); w == nil {
		return
	}
	all = slices.DeleteFunc(all, func(d distribution) bool { return d.project != name })
	if len(all) == 0 {
		http.NotFound(w, r)
		return
	}
	servePage(w, r, projectPage(name, all))
}

// file serves a file or its metadata.
func (s *Server) file(w http.ResponseWriter, r *http.Request, sc *scope, all []distribution, name string) {
	base, ofMetadata := strings.CutSuffix(name, ".metadata")
	at := slices.IndexFunc(all, func(d distribution) bool { return d.name == base })
	if at < 0 || ofMetadata && all[at].metadata == nil {
		http.NotFound(w, r)
		return
	}
	d := all[at]
	corrupt := sc.corrupt(name, d.project)
	if w = sc.fail(w, r, true, name, d.project); w == nil {
		return
	}
	if ofMetadata {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		http.ServeContent(w, r, "", d.modified, bytes.NewReader(d.metadata))
		return
	}
	var content io.ReadSeeker = bytes.NewReader(d.data)
	if d.path != "" {
		f, err := os.Open(d.path)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer f.Close()
		content = f
	}
	if corrupt {
		data, err := io.ReadAll(content)
		if err != nil || len(data) == 0 {
			http.Error(w, "nothing to corrupt", http.StatusInternalServerError)
			return
		}
		data[len(data)/2] ^= 0xff
		content = bytes.NewReader(data)
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("ETag", strconv.Quote(d.sha256))
	http.ServeContent(w, r, "", d.modified, content)
}

// page is the content of both forms of a page: a list of links.
type page struct {
	json any
	html string
}

func rootPage(all []distribution) page {
	var names []string
	for _, d := range all {
		names = append(names, d.project)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	type project struct {
		Name string `json:"name"`
	}
	projects := make([]project, len(names))
	var b strings.Builder
	for i, n := range names {
		projects[i].Name = n
		fmt.Fprintf(&b, "<a href=\"%s/\">%s</a><br>\n", n, n)
	}
	return page{json: map[string]any{"meta": apiVersion, "projects": projects}, html: b.String()}
}

// apiVersion is PEP 700's, which adds versions, sizes and upload times to PEP 691.
var apiVersion = map[string]string{"api-version": "1.1"}

func projectPage(name string, all []distribution) page {
	var versions []string
	files := make([]map[string]any, len(all))
	var b strings.Builder
	for i, d := range all {
		versions = append(versions, d.version)
		file := map[string]any{
			"filename": d.name, "url": "../../files/" + d.name, "hashes": map[string]string{"sha256": d.sha256},
			"size": d.size, "upload-time": "2024-01-01T00:00:00Z",
		}
		attributes := ""
		if d.requiresPython != "" {
			file["requires-python"] = d.requiresPython
			attributes += fmt.Sprintf(" data-requires-python=%q", html.EscapeString(d.requiresPython))
		}
		if d.metadata != nil {
			hash := sha256Of(d.metadata)
			file["core-metadata"] = map[string]string{"sha256": hash}
			attributes += fmt.Sprintf(" data-core-metadata=\"sha256=%s\"", hash)
		}
		files[i] = file
		fmt.Fprintf(&b, "<a href=\"../../files/%s#sha256=%s\"%s>%s</a><br>\n", d.name, d.sha256, attributes, d.name)
	}
	slices.Sort(versions)
	versions = slices.Compact(versions)
	return page{
		json: map[string]any{"meta": apiVersion, "name": name, "versions": versions, "files": files},
		html: b.String(),
	}
}

const (
	typeJSON = "application/vnd.pypi.simple.v1+json"
	typeHTML = "application/vnd.pypi.simple.v1+html"
)

// servePage answers in the form that the Accept header prefers; in HTML if there is no such header (PEP 691).
func servePage(w http.ResponseWriter, r *http.Request, p page) {
	w.Header().Set("Vary", "Accept")
	kind := accepted(r.Header.Get("Accept"))
	w.Header().Set("Content-Type", kind)
	var body []byte
	if kind == typeJSON {
		data, err := json.Marshal(p.json)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		body = data
	} else {
		body = []byte("<!DOCTYPE html>\n<html><head><meta name=\"pypi:repository-version\" content=\"1.1\"></head><body>\n" + p.html + "</body></html>\n")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// accepted returns the content type with the highest weight among those that the index can write.
func accepted(accept string) string {
	best, weight := "text/html; charset=utf-8", -1.0
	for part := range strings.SplitSeq(accept, ",") {
		kind, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		for p := range strings.SplitSeq(parameters, ";") {
			if value, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
				if parsed, err := strconv.ParseFloat(value, 64); err == nil {
					q = parsed
				}
			}
		}
		switch strings.TrimSpace(kind) {
		case typeJSON, "application/vnd.pypi.simple.latest+json":
			kind = typeJSON
		case typeHTML, "application/vnd.pypi.simple.latest+html":
			kind = typeHTML
		case "text/html", "*/*":
			kind = "text/html; charset=utf-8"
		default:
			continue
		}
		if q > weight {
			best, weight = kind, q
		}
	}
	return best
}

// recorder stores the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// Package indexpage reads the page that a package index has for a project: the
// body of an answer goes in, the files that it offers come out. Who asks the
// index, and which of the files is wanted, is decided elsewhere.
package indexpage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/moult-build/moult/internal/pypkg/artifact"
)

// File is a file as a package index lists it.
type File struct {
	// Filename is a plain file name without any folder.
	Filename string
	// URL is where the file is, without credentials.
	URL string
	// Hashes maps an algorithm's name ("sha256") to the digest in lower case
	// hexadecimal.
	Hashes map[string]string
	// Size is in bytes, 0 where the index does not tell.
	Size int64
	// RequiresPython is as written, "" if the index does not tell.
	RequiresPython string
	// Uploaded is the day on which the file was uploaded, as "2025-11-23"; "" if
	// the index does not tell.
	Uploaded string
	// Yanked says that the release was taken back; a lock may still name it.
	Yanked bool
}

// Default is the address of the index that pip asks if it is told of none.
const Default = "https://pypi.org/simple"

// JSON and HTML are the media types of a project's page on an index,
// to be asked for in this order (PEP 691).
const (
	JSON = "application/vnd.pypi.simple.v1+json"
	HTML = "application/vnd.pypi.simple.v1+html"
)

// Parse reads the page of a project on an index, JSON (PEP 691) or
// HTML (PEP 503). contentType is that of the answer; pageURL is the page's own
// address, to which the links on it are relative. Links that are no files with
// a usable name and address are left out.
func Parse(body []byte, contentType, pageURL string) ([]File, error) {
	base, err := url.Parse(pageURL)
	if err != nil {
		return nil, fmt.Errorf("%.200q is not the address of an index page", pageURL)
	}
	media, _, _ := mime.ParseMediaType(contentType)
	if media == "" && bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		media = "application/json"
	}
	switch media {
	case JSON, "application/json", "application/vnd.pypi.simple.latest+json":
		return parseJSON(body, base)
	case HTML, "text/html", "application/vnd.pypi.simple.latest+html", "":
		return parseHTML(body, base)
	}
	return nil, fmt.Errorf("the index answered with %.80q instead of a page of links", contentType)
}

func parseJSON(body []byte, base *url.URL) ([]File, error) {
	var page struct {
		Meta struct {
			Version string `json:"api-version"`
		} `json:"meta"`
		Files []struct {
			Filename       string            `json:"filename"`
			URL            string            `json:"url"`
			Hashes         map[string]string `json:"hashes"`
			Size           int64             `json:"size"`
			RequiresPython *string           `json:"requires-python"`
			UploadTime     string            `json:"upload-time"`
			Yanked         any               `json:"yanked"`
		} `json:"files"`
	}
	if err := json.Unmarshal(body, &page); err != nil {
		return nil, fmt.Errorf("the index page is not JSON: %w", err)
	}
	if v := page.Meta.Version; v != "" && !strings.HasPrefix(v, "1.") {
		return nil, fmt.Errorf("the index speaks version %.20q of the simple API, Moult speaks 1", v)
	}
	var files []File
	for _, entry := range page.Files {
		f := File{Filename: entry.Filename, Size: max(entry.Size, 0), Hashes: knownHashes(entry.Hashes)}
		if day, err := time.Parse(time.RFC3339, entry.UploadTime); err == nil {
			f.Uploaded = day.UTC().Format(time.DateOnly)
		}
		if entry.RequiresPython != nil {
			f.RequiresPython = *entry.RequiresPython
		}
		switch y := entry.Yanked.(type) {
		case bool:
			f.Yanked = y
		case string:
			f.Yanked = true
		}
		if f.locate(base, entry.URL) {
			files = append(files, f)
		}
	}
	return files, nil
}

// knownHashes keeps well-formed hashes of known algorithms.
func knownHashes(hashes map[string]string) map[string]string {
	known := map[string]string{}
	for algorithm, digest := range hashes {
		algorithm = strings.ToLower(algorithm)
		if d, err := artifact.CheckDigest(algorithm, digest); err == nil {
			known[algorithm] = d
		}
	}
	return known
}

// locate sets the address and takes the hash off it.
func (f *File) locate(base *url.URL, href string) bool {
	u, err := base.Parse(strings.TrimSpace(href))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return false
	}
	for _, part := range strings.Split(u.Fragment, "&") {
		if algorithm, digest, ok := strings.Cut(part, "="); ok {
			for a, d := range knownHashes(map[string]string{algorithm: digest}) {
				f.Hashes[a] = d
			}
		}
	}
	u.Fragment, u.RawFragment = "", ""
	u.User = nil // credentials come from secrets only
	f.URL = u.String()
	if f.Filename == "" {
		f.Filename = artifact.URLFilename(f.URL)
	}
	return artifact.CheckFilename(f.Filename) == nil
}

func parseHTML(body []byte, base *url.URL) ([]File, error) {
	var files []File
	tokens := html.NewTokenizer(bytes.NewReader(body))
	tokens.SetMaxBuf(1 << 20)
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			if err := tokens.Err(); err != io.EOF {
				return nil, fmt.Errorf("the index page cannot be read: %w", err)
			}
			return files, nil
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			attributes := map[string]string{}
			for _, a := range token.Attr {
				attributes[a.Key] = a.Val
			}
			href, ok := attributes["href"]
			if !ok {
				continue
			}
			if token.Data == "base" {
				if u, err := base.Parse(href); err == nil {
					base = u
				}
			}
			if token.Data != "a" {
				continue
			}
			f := File{Hashes: map[string]string{}, RequiresPython: attributes["data-requires-python"]}
			_, f.Yanked = attributes["data-yanked"]
			if f.locate(base, href) {
				files = append(files, f)
			}
		}
	}
}

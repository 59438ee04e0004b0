package lock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"github.com/moult-build/moult/internal/source"
)

// Link is a file as a package index lists it.
type Link struct {
	Artifact
	// RequiresPython is as written, "" if the index does not tell.
	RequiresPython string
	// Yanked says that the release was taken back; a lock may still name it.
	Yanked bool
}

// JSONPage and HTMLPage are the media types of a project's page on an index,
// to be asked for in this order (PEP 691).
const (
	JSONPage = "application/vnd.pypi.simple.v1+json"
	HTMLPage = "application/vnd.pypi.simple.v1+html"
)

// ParseIndexPage reads the page of a project on an index, JSON (PEP 691) or
// HTML (PEP 503). contentType is that of the answer; pageURL is the page's own
// address, to which the links on it are relative. Links that are no files with
// a usable name and address are left out.
func ParseIndexPage(body []byte, contentType, pageURL string) ([]Link, error) {
	base, err := url.Parse(pageURL)
	if err != nil {
		return nil, fmt.Errorf("%.200q is not the address of an index page", pageURL)
	}
	media, _, _ := mime.ParseMediaType(contentType)
	if media == "" && bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		media = "application/json"
	}
	switch media {
	case JSONPage, "application/json", "application/vnd.pypi.simple.latest+json":
		return parseJSONPage(body, base)
	case HTMLPage, "text/html", "application/vnd.pypi.simple.latest+html", "":
		return parseHTMLPage(body, base)
	}
	return nil, fmt.Errorf("the index answered with %.80q instead of a page of links", contentType)
}

func parseJSONPage(body []byte, base *url.URL) ([]Link, error) {
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
			Yanked         any               `json:"yanked"`
		} `json:"files"`
	}
	if err := json.Unmarshal(body, &page); err != nil {
		return nil, fmt.Errorf("the index page is not JSON: %w", err)
	}
	if v := page.Meta.Version; v != "" && !strings.HasPrefix(v, "1.") {
		return nil, fmt.Errorf("the index speaks version %.20q of the simple API, Moult speaks 1", v)
	}
	var links []Link
	for _, f := range page.Files {
		l := Link{Artifact: Artifact{Filename: f.Filename, Size: max(f.Size, 0), Hashes: knownHashes(f.Hashes)}}
		if f.RequiresPython != nil {
			l.RequiresPython = *f.RequiresPython
		}
		switch y := f.Yanked.(type) {
		case bool:
			l.Yanked = y
		case string:
			l.Yanked = true
		}
		if l.locate(base, f.URL) {
			links = append(links, l)
		}
	}
	return links, nil
}

// knownHashes keeps well-formed hashes of known algorithms.
func knownHashes(hashes map[string]string) map[string]string {
	known := map[string]string{}
	for algorithm, digest := range hashes {
		algorithm = strings.ToLower(algorithm)
		if d, err := checkDigest(algorithm, digest); err == nil {
			known[algorithm] = d
		}
	}
	return known
}

// locate sets the address and takes the hash off it.
func (l *Link) locate(base *url.URL, href string) bool {
	u, err := base.Parse(strings.TrimSpace(href))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return false
	}
	for _, part := range strings.Split(u.Fragment, "&") {
		if algorithm, digest, ok := strings.Cut(part, "="); ok {
			for a, d := range knownHashes(map[string]string{algorithm: digest}) {
				l.Hashes[a] = d
			}
		}
	}
	u.Fragment, u.RawFragment = "", ""
	u.User = nil // credentials come from secrets only
	l.URL = u.String()
	if l.Filename == "" {
		l.Filename = urlFilename(l.URL)
	}
	return checkFilename(l.Filename) == nil
}

func parseHTMLPage(body []byte, base *url.URL) ([]Link, error) {
	var links []Link
	tokens := html.NewTokenizer(bytes.NewReader(body))
	tokens.SetMaxBuf(1 << 20)
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			if err := tokens.Err(); err != io.EOF {
				return nil, fmt.Errorf("the index page cannot be read: %w", err)
			}
			return links, nil
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
			l := Link{Artifact: Artifact{Hashes: map[string]string{}}, RequiresPython: attributes["data-requires-python"]}
			_, l.Yanked = attributes["data-yanked"]
			if l.locate(base, href) {
				links = append(links, l)
			}
		}
	}
}

// WithLinks gives a copy of the package whose files have the addresses that an
// index lists for them. Files are matched by their hashes; a name alone counts
// only where the index gives no hash that could be compared. Files the index
// does not list stay without an address, so that which file is chosen never
// depends on what an index happens to have.
func (p *Package) WithLinks(links []Link) (*Package, error) {
	q := *p
	q.Wheels = append([]Artifact(nil), p.Wheels...)
	if p.Sdist != nil {
		sdist := *p.Sdist
		q.Sdist = &sdist
	}
	if p.needsNames() {
		wanted := map[string]bool{}
		for _, h := range p.Hashes {
			wanted[h] = true
		}
		for _, l := range links {
			for algorithm, digest := range l.Hashes {
				if wanted[algorithm+":"+digest] && !isOtherFile(l.Filename) {
					l.Artifact.Pos = p.Pos
					q.addArtifact(l.Artifact)
					break
				}
			}
		}
		if len(q.Wheels) == 0 && q.Sdist == nil {
			return nil, source.Errorf(p.Pos, "none of the %d locked hashes of %s is on its index", len(p.Hashes), describe(p.Name, p.Version)).
				WithHint("check the index, or lock again")
		}
		return &q, nil
	}
	place := func(a *Artifact) {
		if a.URL != "" || a.Path != "" {
			return
		}
		for _, l := range links {
			same, comparable := sameHash(a.Hashes, l.Hashes)
			if same || !comparable && l.Filename == a.Filename {
				a.URL = l.URL
				if a.Size == 0 {
					a.Size = l.Size
				}
				if same {
					return
				}
			}
		}
	}
	for i := range q.Wheels {
		place(&q.Wheels[i])
	}
	if q.Sdist != nil {
		place(q.Sdist)
	}
	return &q, nil
}

func sameHash(a, b map[string]string) (same, comparable bool) {
	for algorithm, digest := range a {
		if other, ok := b[algorithm]; ok {
			if other != digest {
				return false, true
			}
			same, comparable = true, true
		}
	}
	return same, comparable
}

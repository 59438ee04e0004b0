package build

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/moult-build/moult/internal/pypkg/indexpage"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/step/fetch"
	"github.com/moult-build/moult/internal/step/indexfiles"
	"github.com/moult-build/moult/internal/step/protocol"
)

// IndexLookup asks package indexes for the addresses of the files of a lock
// without addresses.
type IndexLookup struct {
	// Request is the file with the indexfiles.Request.
	Request string
	// Cache is a folder with earlier answers, so that only new files of a changed
	// lock are asked for.
	Cache string
	// Out is the folder for the indexfiles.Answer.
	Out     string
	Console *Console
}

const (
	// maxAsked is the number of pages that are fetched at the same time.
	maxAsked = 16
	// maxPage is the largest page that is read, in bytes. The largest of the
	// public index have some ten million.
	maxPage = 256 << 20
	// maxAge is the time for which a cached address is used without a new request.
	maxAge = 7 * 24 * time.Hour
	// acceptPages is the Accept header of a client of the simple API (PEP 691).
	acceptPages = indexpage.JSON + ", " + indexpage.HTML + ";q=0.2, text/html;q=0.1"
)

// Make asks the indexes and writes the answer. If files are missing, it writes
// all problems into the result for the frontend.
func (l IndexLookup) Make(ctx context.Context) error {
	content, err := os.ReadFile(l.Request)
	if err != nil {
		return err
	}
	request, err := indexfiles.ParseRequest(content)
	if err != nil {
		return err
	}
	client, err := networkClient()
	if err != nil {
		return err
	}
	a := asker{client: client, request: request, cache: l.Cache}
	answer, problems, err := a.all(ctx)
	if err != nil {
		return err
	}
	if len(problems) > 0 && !request.Partial {
		failure, err := json.Marshal(problems)
		if err != nil {
			return err
		}
		l.Console.failure = failure
		for _, p := range problems {
			fmt.Fprintln(l.Console, strings.TrimSpace(fmt.Sprintf("%s: %s %s %s", p.Package, p.Kind, p.Index, p.Detail)))
		}
		err = fmt.Errorf("the files of %d packages were not found", len(problems))
		if slices.ContainsFunc(problems, func(p indexfiles.Problem) bool { return p.Temporary }) {
			err = fetch.Again(err)
		}
		return err
	}
	data, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(l.Out, 0o755); err != nil {
		return err
	}
	fmt.Fprintf(l.Console, "%d packages, %d pages asked for\n", len(request.Packages), a.asked)
	return os.WriteFile(filepath.Join(l.Out, indexfiles.AnswerFile), data, 0o644)
}

// asker is one run over a request.
type asker struct {
	client  *fetch.Client
	request indexfiles.Request
	cache   string
	// limit is the largest page that is read, in bytes; 0 means maxPage.
	limit int64

	mu    sync.Mutex
	asked int
}

// all finds the links of all packages; the problems come in the order of the
// request.
func (a *asker) all(ctx context.Context) (indexfiles.Answer, []indexfiles.Problem, error) {
	found := make([][]indexfiles.File, len(a.request.Packages))
	problems := make([]*indexfiles.Problem, len(a.request.Packages))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxAsked)
	for n, p := range a.request.Packages {
		group.Go(func() error {
			if known, ok := a.known(p); ok {
				found[n] = known
				return nil
			}
			list, complete, problem, err := a.find(ctx, p)
			if err != nil {
				return err
			}
			found[n], problems[n] = list, problem
			if complete && problem == nil {
				a.keep(p, list)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	answer := indexfiles.Answer{}
	var all []indexfiles.Problem
	for n, p := range a.request.Packages {
		if problems[n] != nil {
			all = append(all, *problems[n])
		}
		answer[p.Name] = found[n]
	}
	return answer, all, nil
}

// find asks a package's indexes until all its files are found; complete is
// false if some are missing. An index that fails ends the search, because the
// result must not depend on which indexes answer at the moment.
func (a *asker) find(ctx context.Context, p indexfiles.Package) (list []indexfiles.File, complete bool, _ *indexfiles.Problem, _ error) {
	known := false
	for _, n := range p.Indexes {
		page, problem, err := a.page(ctx, a.request.Indexes[n], p.Name)
		if err != nil || problem != nil {
			return nil, false, problem, err
		}
		known = known || len(page) > 0
		for _, l := range page {
			if link, ok := match(p, l); ok && !slices.ContainsFunc(list, func(o indexfiles.File) bool { return o.Filename == link.Filename }) {
				link.Index = n
				list = append(list, link)
			}
		}
		if complete = allFound(p, list); complete {
			break
		}
	}
	slices.SortFunc(list, func(x, y indexfiles.File) int { return cmp.Compare(x.Filename, y.Filename) })
	switch {
	case len(list) > 0:
		return list, complete, nil, nil
	case known:
		return nil, false, a.problem(indexfiles.NoFile, p), nil
	}
	return nil, false, a.problem(indexfiles.Missing, p), nil
}

func (a *asker) problem(kind indexfiles.Kind, p indexfiles.Package) *indexfiles.Problem {
	problem := &indexfiles.Problem{Kind: kind, Package: p.Name}
	if len(p.Indexes) == 1 {
		problem.Index = a.request.Indexes[p.Indexes[0]].URL
	}
	return problem
}

// match reports whether a file is needed: it has one of the hashes, or the name
// if the index has no hash of the same kind. The file itself is checked when it
// is fetched.
func match(p indexfiles.Package, l indexpage.File) (indexfiles.File, bool) {
	link := indexfiles.File{
		Filename: l.Filename, URL: l.URL, Hashes: l.Hashes, Size: l.Size,
		RequiresPython: l.RequiresPython, Uploaded: l.Uploaded, Yanked: l.Yanked,
	}
	if p.Version != "" {
		return link, hasVersion(l.Filename, p.Version)
	}
	comparable := false
	for _, h := range p.Hashes {
		algorithm, digest, _ := strings.Cut(h, ":")
		other, ok := l.Hashes[algorithm]
		if ok && other == digest {
			return link, true
		}
		comparable = comparable || ok
	}
	return link, !comparable && p.Filename != "" && p.Filename == l.Filename
}

// hasVersion reports whether a file belongs to a version.
func hasVersion(filename, version string) bool {
	wanted, err := pep440.Parse(version)
	if err != nil {
		return false
	}
	if w, err := tags.ParseWheelFilename(filename); err == nil {
		return w.Version.Equal(wanted)
	}
	_, v, err := tags.ParseSdistFilename(filename)
	return err == nil && v.Equal(wanted)
}

// allFound reports whether all needed files of a package are in the list.
func allFound(p indexfiles.Package, list []indexfiles.File) bool {
	if p.Version != "" {
		return false
	}
	if p.Filename != "" {
		return len(list) > 0
	}
	for _, h := range p.Hashes {
		algorithm, digest, _ := strings.Cut(h, ":")
		if !slices.ContainsFunc(list, func(l indexfiles.File) bool { return l.Hashes[algorithm] == digest }) {
			return false
		}
	}
	return true
}

// page reads a package's page on an index; an unknown package has no links.
func (a *asker) page(ctx context.Context, index indexfiles.Index, name string) ([]indexpage.File, *indexfiles.Problem, error) {
	from := Index{URL: index.URL}
	if index.Secret != "" {
		from.Secret = protocol.IndexSecret(index.Secret)
	}
	list, kind, err := a.ask(ctx, from, name)
	if err == nil {
		return list, nil, nil
	}
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	return nil, &indexfiles.Problem{Kind: kind, Package: name, Index: index.URL, Detail: err.Error(), Temporary: fetch.Temporary(err)}, nil
}

// ask reads a package's page; kind says what an error means.
func (a *asker) ask(ctx context.Context, index Index, name string) (list []indexpage.File, kind indexfiles.Kind, err error) {
	req, err := index.request(ctx, strings.TrimRight(index.URL, "/")+"/"+name+"/")
	if err != nil {
		return nil, indexfiles.Broken, err
	}
	req.Header.Set("Accept", acceptPages)
	a.mu.Lock()
	a.asked++
	a.mu.Unlock()
	kind = indexfiles.Broken
	err = a.client.Get(req, func(resp *http.Response) error {
		switch s := resp.StatusCode; {
		case s == http.StatusNotFound, s == http.StatusGone:
			return nil
		case s == http.StatusUnauthorized, s == http.StatusForbidden, s == http.StatusProxyAuthRequired:
			kind = indexfiles.Refused
			if index.Secret != "" && !fetch.SameOrigin(req.URL, resp.Request.URL) {
				return fmt.Errorf("it sends to %s://%s, which does not get its password and answers %s", resp.Request.URL.Scheme, resp.Request.URL.Host, resp.Status)
			}
			return errors.New(resp.Status)
		case s != http.StatusOK:
			return errors.New(resp.Status)
		}
		limit := cmp.Or(a.limit, maxPage)
		body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
		if err != nil {
			return err
		}
		if int64(len(body)) > limit {
			return errors.New("a page of more than " + strconv.FormatInt(limit>>20, 10) + " MiB")
		}
		list, err = indexpage.Parse(body, resp.Header.Get("Content-Type"), resp.Request.URL.String())
		return err
	})
	if err != nil {
		return nil, kind, err
	}
	return list, "", nil
}

// entry is the content of the cache for one package.
type entry struct {
	// Index is the URL of each link's index.
	Index []string          `json:"index"`
	Links []indexfiles.File `json:"links"`
}

// file returns the cache's file for a package. Its name depends on the
// requested files and the indexes, but not on credentials, which do not change
// the answer.
func (a *asker) file(p indexfiles.Package) string {
	urls := make([]string, len(p.Indexes))
	for n, i := range p.Indexes {
		urls[n] = a.request.Indexes[i].URL
	}
	p.Indexes = nil
	key, err := json.Marshal(struct {
		Indexes []string
		Package indexfiles.Package
	}{urls, p})
	if err != nil { // strings only
		return ""
	}
	sum := sha256.Sum256(key)
	return filepath.Join(a.cache, hex.EncodeToString(sum[:])+".json")
}

// known returns the cached files of a package. It ignores all errors, because a
// cache is not necessary.
func (a *asker) known(p indexfiles.Package) ([]indexfiles.File, bool) {
	if a.cache == "" {
		return nil, false
	}
	name := a.file(p)
	info, err := os.Stat(name)
	if err != nil || time.Since(info.ModTime()) > maxAge {
		return nil, false
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, false
	}
	var e entry
	if json.Unmarshal(content, &e) != nil || len(e.Index) != len(e.Links) || !allFound(p, e.Links) {
		return nil, false
	}
	for n := range e.Links {
		at := slices.IndexFunc(p.Indexes, func(i int) bool { return a.request.Indexes[i].URL == e.Index[n] })
		if at < 0 {
			return nil, false
		}
		e.Links[n].Index = p.Indexes[at]
	}
	return e.Links, true
}

func (a *asker) keep(p indexfiles.Package, list []indexfiles.File) {
	if a.cache == "" {
		return
	}
	e := entry{Links: list}
	for _, l := range list {
		e.Index = append(e.Index, a.request.Indexes[l.Index].URL)
	}
	content, err := json.Marshal(e)
	if err != nil || os.MkdirAll(a.cache, 0o755) != nil {
		return
	}
	// A temporary file is renamed, because other builds may read the cache now.
	f, err := os.CreateTemp(a.cache, "new-")
	if err != nil {
		return
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), a.file(p))
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
}

// Package sample draws public repositories for the survey: whatever GitHub's code search lists for the names of
// Python's project files, in its order. Nobody selects them, and nothing of them becomes part of this repository.
package sample

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-github/v84/github"
)

// Files are the names by which projects are found: a file in the root folder of a repository. They are asked for in
// turn, so that each kind of project is in a sample, however rare it is.
var Files = []string{"uv.lock", "requirements.txt", "poetry.lock", "Pipfile", "pyproject.toml", "requirements.txt", "uv.lock", "pdm.lock"}

// The most repositories of one owner: some publish hundreds that are made from one template.
const perOwner = 2

// GitHub's search gives at most this many results a page, and ten pages.
const (
	perPage = 100
	pages   = 10
)

// Repository is a drawn repository.
type Repository struct {
	Name string // "owner/name"
	File string // one of Files, by which it was found
	URL  string // to clone from
}

// Drawer asks GitHub.
type Drawer struct {
	Client *github.Client
	// Wait waits before a request that GitHub has told to send later, such as Sleep.
	Wait func(context.Context, time.Duration) error
}

// Draw returns up to count repositories, in the order in which they were found. Start is the page of results, from 1,
// with which it begins: another start gives another sample. Forks are left out. Where GitHub has no more results, there
// are fewer than count and no error.
func (d Drawer) Draw(ctx context.Context, count, start int) ([]Repository, error) {
	if start < 1 || start > pages {
		return nil, fmt.Errorf("the page %d is not one of 1 to %d", start, pages)
	}
	lists := make([]*list, len(Files))
	byName := map[string]*list{}
	for i, file := range Files {
		if byName[file] == nil {
			byName[file] = &list{file: file, next: start}
		}
		lists[i] = byName[file]
	}
	owners, known := map[string]int{}, map[string]bool{}
	var drawn []Repository
	for len(drawn) < count {
		found := false
		for _, l := range lists {
			for len(drawn) < count {
				r, err := d.next(ctx, l)
				if err != nil {
					return drawn, err
				}
				if r == nil {
					break
				}
				owner, _, _ := strings.Cut(r.Name, "/")
				if known[r.Name] || owners[owner] == perOwner {
					continue
				}
				owners[owner]++
				known[r.Name], found = true, true
				drawn = append(drawn, *r)
				break
			}
		}
		if !found {
			break
		}
	}
	return drawn, nil
}

// list are the repositories that have a file, as far as they were asked for.
type list struct {
	file  string
	next  int // the next page; 0 after the last
	found []Repository
}

// next takes one repository off a list; nil at its end.
func (d Drawer) next(ctx context.Context, l *list) (*Repository, error) {
	for len(l.found) == 0 {
		if l.next == 0 || l.next > pages {
			return nil, nil
		}
		results, next, err := d.page(ctx, l.file, l.next)
		if err != nil {
			return nil, fmt.Errorf("asking GitHub for repositories with a %s: %w", l.file, err)
		}
		l.next = next
		for _, r := range results {
			if r.GetPath() == l.file && !r.GetRepository().GetFork() {
				name := r.GetRepository().GetFullName()
				l.found = append(l.found, Repository{Name: name, File: l.file, URL: r.GetRepository().GetHTMLURL() + ".git"})
			}
		}
	}
	r := l.found[0]
	l.found = l.found[1:]
	return &r, nil
}

// page asks for one page of results, and again after the time that GitHub tells. It returns the number of the next one.
func (d Drawer) page(ctx context.Context, file string, page int) ([]*github.CodeResult, int, error) {
	const tries = 5
	var err error
	for range tries {
		var result *github.CodeSearchResult
		var response *github.Response
		result, response, err = d.Client.Search.Code(ctx, "filename:"+file+" path:/", &github.SearchOptions{
			ListOptions: github.ListOptions{Page: page, PerPage: perPage},
		})
		if err == nil {
			return result.CodeResults, response.NextPage, nil
		}
		later, ok := wait(err)
		if !ok {
			return nil, 0, err
		}
		if err := d.Wait(ctx, later); err != nil {
			return nil, 0, err
		}
	}
	return nil, 0, err
}

// wait says how long to wait after an error; false for one that waiting does not cure.
func wait(err error) (time.Duration, bool) {
	var limit *github.RateLimitError
	if errors.As(err, &limit) {
		return max(time.Until(limit.Rate.Reset.Time), time.Second), true
	}
	var abuse *github.AbuseRateLimitError
	if errors.As(err, &abuse) {
		if abuse.RetryAfter != nil {
			return *abuse.RetryAfter, true
		}
		return time.Minute, true
	}
	return 0, false
}

// Sleep waits, unless the context ends before.
func Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

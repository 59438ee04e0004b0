package frontend

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/patternmatcher"

	"github.com/moult-build/moult/internal/check"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/llb"
)

// selections are the parts of the client's folder that graphs use, by their
// hints.
type selections struct {
	mu  sync.Mutex
	all map[string]*selection
}

type selection struct {
	dir   string
	state bk.State
	// ref and found are the result and what it holds, after inspectContext has
	// walked it.
	ref   client.Reference
	found []sentFile
}

// sentFile is a file or a folder that the client has sent.
type sentFile struct {
	// name is relative to the folder that was selected.
	name string
	dir  bool
	size int64
}

func (s *selections) add(hint, dir string, st bk.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]*selection{}
	}
	if s.all[hint] == nil {
		s.all[hint] = &selection{dir: dir, state: st}
	}
}

func (s *selections) list() []*selection {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.all))
}

// walked keeps what was found in a selection.
func (s *selections) walked(one *selection, ref client.Reference, found []sentFile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one.ref, one.found = ref, found
}

// of is a selection by its hint, after inspectContext has walked it. ok is false
// if no graph has it.
func (s *selections) of(hint string) (_ selection, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.all[hint]
	if !ok {
		return selection{}, false
	}
	return *one, true
}

// sentApplication are the names of the application's files, as inspectContext
// has found them. They are all that the application has if the client has sent
// them. An application of a git repository, or with files of a stage, is read
// from its layer instead; for it this is nil.
func (b *build) sentApplication(a *plan.App) (*selection, error) {
	if a == nil || len(a.Added) > 0 {
		return nil, nil
	}
	sent, ok := b.sent.of(llb.HintApp)
	if !ok || sent.ref == nil {
		return nil, nil
	}
	include, err := patternmatcher.New(a.Include)
	if err != nil {
		return nil, err
	}
	exclude, err := patternmatcher.New(a.Exclude)
	if err != nil {
		return nil, err
	}
	sent.found = slices.DeleteFunc(slices.Clone(sent.found), func(f sentFile) bool {
		return err != nil || len(a.Include) > 0 && !matches(include, f.name, &err) || matches(exclude, f.name, &err)
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(sent.found, func(x, y sentFile) int { return strings.Compare(x.name, y.name) })
	return &sent, nil
}

// matches reports whether a pattern selects a file or a folder above it.
func matches(patterns *patternmatcher.PatternMatcher, name string, failed *error) bool {
	found, err := patterns.MatchesOrParentMatches(name)
	if err != nil && *failed == nil {
		*failed = err
	}
	return found
}

// suspects are those of the files whose names say that they may be secrets or
// databases.
func (s *selection) suspects(ctx context.Context) (all []check.File, err error) {
	patterns, err := patternmatcher.New(check.FilePatterns())
	if err != nil {
		return nil, err
	}
	for _, f := range s.found {
		if f.dir || !matches(patterns, f.name, &err) {
			continue
		}
		file, err := headed(ctx, s.ref, path.Join(s.dir, f.name))
		if err != nil {
			return nil, err
		}
		file.Name = f.name
		all = append(all, file)
	}
	return all, err
}

// has reports whether a pattern selects a file or a folder.
func (s *selection) has(pattern string) (bool, error) {
	m, err := patternmatcher.New([]string{pattern})
	if err != nil {
		return false, err
	}
	found := slices.ContainsFunc(s.found, func(f sentFile) bool { return matches(m, f.name, &err) })
	return found, err
}

// headed is a file with the beginning of its content, if that says whether it
// is a secret.
func headed(ctx context.Context, ref client.Reference, name string) (f check.File, err error) {
	f.Name = name
	if check.NeedsHead(name) {
		f.Head, err = ref.ReadFile(ctx, client.ReadRequest{Filename: name, Range: &client.FileRange{Length: maxHead}})
		// A link without a target contains no secret.
		if err != nil && !isNotExist(err) {
			return f, fmt.Errorf("looking for secrets in %s: %w", name, err)
		}
	}
	return f, nil
}

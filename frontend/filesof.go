package frontend

import (
	"fmt"
	"path"
	"slices"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/moult-build/moult/internal/pipeline"
	"github.com/moult-build/moult/internal/project/start"
)

// of is the part that has a file if the client has it. It is fetched if no part
// that was fetched before can say so.
func (f *files) of(name string) (*part, error) {
	if p := f.answering(name); p != nil {
		return p, nil
	}
	if f.foundBySearch(name) {
		return f.search, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if p, ok := f.ofSources[name]; ok {
		return p, nil
	}
	request, top, patterns := f.together(name)
	p, err := f.requested(request, top, patterns)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return p, nil
}

// answering is the part of usual files that can say whether the client has a file; nil
// if none can.
func (f *files) answering(name string) *part {
	for _, p := range slices.Backward(f.usual) {
		if p.answers(name) {
			return p
		}
	}
	return nil
}

// requested is the part of a request. f.mu is held.
func (f *files) requested(request, top string, patterns []string, options ...bk.LocalOption) (*part, error) {
	if p, ok := f.more[request]; ok {
		return p, nil
	}
	ref, err := f.fetch("moult-project-"+request, "load "+request, append(options, bk.FollowPaths(patterns))...)
	if err != nil {
		return nil, err
	}
	f.more[request] = f.part(ref, top, nil)
	return f.more[request], nil
}

// together is the request for a file, the folder of what it fetches, and what that
// is: the files that say what a folder is come in one request, and so do those
// that may say how it is started, because each request is a transfer of its own.
// ReadDir may have fetched those of all folders of its parent.
func (f *files) together(name string) (request, top string, patterns []string) {
	dir, base := path.Dir(name), path.Base(name)
	if slices.Contains(start.EvidenceFiles, base) {
		return dir + "?start", dir, namesIn(dir, start.EvidenceFiles)
	}
	if !slices.Contains(pipeline.OfFolder, base) {
		return name, dir, []string{name}
	}
	siblings := path.Join(path.Dir(dir), "*")
	if _, ok := f.more[siblings]; ok && dir != "." {
		return siblings, path.Dir(dir), nil
	}
	return dir, dir, namesIn(dir, pipeline.OfFolder)
}

// namesIn are names in a folder, as paths.
func namesIn(dir string, names []string) []string {
	all := make([]string, len(names))
	for n, name := range names {
		all[n] = path.Join(dir, name)
	}
	return all
}

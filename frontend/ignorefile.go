package frontend

import (
	"context"
	"strings"
	"sync"

	"github.com/moby/buildkit/frontend/gateway/client"
)

// ignoreFile is the gateway for dockerui, which reads the ignore file next to
// the build file and does not give it away. It keeps that file's content, so
// that it is not asked for again.
type ignoreFile struct {
	client.Client
	mu sync.Mutex
	// asked are the files that were read, by their names.
	asked map[string]ignoreAnswer
}

type ignoreAnswer struct {
	content []byte
	err     error
}

// of is what dockerui has read; ok is false if it has not asked for the file.
func (f *ignoreFile) of(name string) (a ignoreAnswer, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, ok = f.asked[name]
	return a, ok
}

func (f *ignoreFile) Solve(ctx context.Context, req client.SolveRequest) (*client.Result, error) {
	res, err := f.Client.Solve(ctx, req)
	if err == nil && res.Ref != nil {
		res.SetRef(ignoreFileReference{res.Ref, f})
	}
	return res, err
}

// ignoreFileReference is a result that dockerui reads, and never returns.
type ignoreFileReference struct {
	client.Reference
	file *ignoreFile
}

func (r ignoreFileReference) ReadFile(ctx context.Context, req client.ReadRequest) ([]byte, error) {
	content, err := r.Reference.ReadFile(ctx, req)
	if strings.HasSuffix(req.Filename, ignoreSuffix) {
		r.file.mu.Lock()
		defer r.file.mu.Unlock()
		if r.file.asked == nil {
			r.file.asked = map[string]ignoreAnswer{}
		}
		r.file.asked[req.Filename] = ignoreAnswer{content, err}
	}
	return content, err
}

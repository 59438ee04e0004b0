package frontend_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/util/grpcerrors"
	"github.com/moby/buildkit/util/staticfs"
	"github.com/opencontainers/go-digest"
	"github.com/tonistiigi/fsutil"
	fstypes "github.com/tonistiigi/fsutil/types"
	"google.golang.org/grpc/codes"

	"github.com/moult-build/moult/frontend"
	"github.com/moult-build/moult/internal/cli/localgateway"
)

// failing is a daemon whose n-th answer is an error.
type failing struct {
	client.Client
	calls *atomic.Int32
	n     int32
}

// broken is the daemon's message.
const broken = "the daemon's disk is broken"

// fails counts a request. The error is what a client of gRPC gets.
func (f failing) fails(ctx context.Context) error {
	if f.calls.Add(1) != f.n {
		return nil
	}
	return grpcerrors.FromGRPC(grpcerrors.ToGRPC(ctx, grpcerrors.WrapCode(errors.New(broken), codes.DataLoss)))
}

func (f failing) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	if err := f.fails(ctx); err != nil {
		return "", "", nil, err
	}
	return f.Client.ResolveImageConfig(ctx, ref, opt)
}

func (f failing) Solve(ctx context.Context, req client.SolveRequest) (*client.Result, error) {
	if err := f.fails(ctx); err != nil {
		return nil, err
	}
	res, err := f.Client.Solve(ctx, req)
	if err != nil || res.Ref == nil {
		return res, err
	}
	res.Ref = failingRef{res.Ref, f}
	return res, nil
}

// failingRef is a result of a failing daemon.
type failingRef struct {
	client.Reference
	f failing
}

func (r failingRef) ReadFile(ctx context.Context, req client.ReadRequest) ([]byte, error) {
	if err := r.f.fails(ctx); err != nil {
		return nil, err
	}
	return r.Reference.ReadFile(ctx, req)
}

func (r failingRef) ReadDir(ctx context.Context, req client.ReadDirRequest) ([]*fstypes.Stat, error) {
	if err := r.f.fails(ctx); err != nil {
		return nil, err
	}
	return r.Reference.ReadDir(ctx, req)
}

func (r failingRef) StatFile(ctx context.Context, req client.StatRequest) (*fstypes.Stat, error) {
	if err := r.f.fails(ctx); err != nil {
		return nil, err
	}
	return r.Reference.StatFile(ctx, req)
}

// Every request of a build fails once, so that this also finds a place that is
// new.
func TestAnErrorOfTheDaemonReachesTheClientWithMoultsWords(t *testing.T) {
	told := map[string]bool{}
	for n := int32(1); ; n++ {
		c := localgateway.New(map[string]string{"filename": "pyproject.toml", "source": "moult", "requestid": "frontend.plan"},
			map[string]fsutil.FS{"context": example(t, "digits-api"), "dockerfile": example(t, "digits-api"), "tools": staticfs.NewFS()}, images{}, nil)
		c.RunWith(run)
		f := failing{Client: c, calls: &atomic.Int32{}, n: n}
		_, err := frontend.New(frontend.FromLocal("tools")).Build(t.Context(), f)
		if f.calls.Load() < n {
			break // the build has fewer requests
		}
		if err == nil {
			continue // an answer that is not necessary
		}
		got := grpcerrors.FromGRPC(grpcerrors.ToGRPC(t.Context(), err))
		// The code before the text is the client's.
		seen := strings.ReplaceAll(got.Error(), "DataLoss: ", "")
		if want := strings.ReplaceAll(err.Error(), "DataLoss: ", ""); seen != want || !strings.Contains(seen, broken) {
			t.Errorf("request %d: the client sees %q, want %q", n, seen, want)
		}
		if strings.Count(got.Error(), "DataLoss: ") > 1 {
			t.Errorf("request %d: the client sees %q", n, got)
		}
		told[seen] = true
	}
	for message := range told {
		if strings.HasPrefix(message, "reading ") {
			return
		}
	}
	t.Errorf("no error says what was done: %v", told)
}

func TestWordsAroundAnErrorOfTheDaemonKeepItsSourceAndItsCode(t *testing.T) {
	sent := func(err error) error { return grpcerrors.FromGRPC(grpcerrors.ToGRPC(t.Context(), err)) }
	for _, code := range []codes.Code{codes.Unknown, codes.NotFound} {
		daemon := sent(errdefs.WithSource(grpcerrors.WrapCode(errors.New("no such image"), code), &errdefs.Source{}))
		got := sent(frontend.WithWords(fmt.Errorf("the image x: %w", fmt.Errorf("asking for it: %w", daemon))))
		if want := "the image x: asking for it: no such image"; !strings.HasSuffix(got.Error(), want) || strings.Count(got.Error(), "NotFound") > 1 {
			t.Errorf("the client sees %q, want %q", got, want)
		}
		if len(errdefs.Sources(got)) != 1 || grpcerrors.Code(got) != code {
			t.Errorf("%v has the code %s and %d sources", got, grpcerrors.Code(got), len(errdefs.Sources(got)))
		}
	}
	if err := errors.New("no daemon"); frontend.WithWords(err) != err || frontend.WithWords(nil) != nil {
		t.Error("an error without a status is changed")
	}
}

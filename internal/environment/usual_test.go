package environment

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/moult-build/moult/internal/environment/recorded"
)

// asked is an image that records what is read of it.
type asked struct {
	Image
	mu    sync.Mutex
	names map[string]bool
}

func (a *asked) record(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.names[name] = true
}

func (a *asked) ReadFile(ctx context.Context, name string) ([]byte, error) {
	a.record(name)
	return a.Image.ReadFile(ctx, name)
}

func (a *asked) ReadDir(ctx context.Context, name string) ([]string, error) {
	a.record(name)
	return a.Image.ReadDir(ctx, name)
}

func TestWhatIsUsuallyReadIsWhatAnOfficialImageIsAsked(t *testing.T) {
	of := recorded.Images["python:3.13-slim-bookworm"]
	img := &asked{Image: of, names: map[string]bool{}}
	found, err := Detect(t.Context(), img, amd64, of.Env, Wanted{Major: 3, Minor: 13})
	if err != nil {
		t.Fatal(err)
	}
	usual, ok := Usual(of.Env)
	want := slices.Sorted(slices.Values(append(usual.Files, usual.Folders...)))
	if got := slices.Sorted(maps.Keys(img.names)); !ok || !slices.Equal(got, want) {
		t.Errorf("%q is read, and %q is usual", got, want)
	}
	if found.Python.Interpreter != usual.Interpreter || found.Python.Library != usual.Library {
		t.Errorf("%+v is found, and %+v is usual", found.Python, usual)
	}
	for _, other := range []string{"alpine-python", "gcr.io/distroless/python3-debian13", "registry.access.redhat.com/ubi9/python-312"} {
		if usual, ok := Usual(recorded.Images[other].Env); ok {
			t.Errorf("%s: %+v", other, usual)
		}
	}
}

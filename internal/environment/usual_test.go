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
	if _, err := Detect(t.Context(), img, amd64, of.Env, Wanted{Major: 3, Minor: 13}); err != nil {
		t.Fatal(err)
	}
	files, folders := Usual(of.Env)
	want := slices.Sorted(slices.Values(append(files, folders...)))
	if got := slices.Sorted(maps.Keys(img.names)); !slices.Equal(got, want) {
		t.Errorf("%q is read, and %q is usual", got, want)
	}
	for _, other := range []string{"alpine-python", "gcr.io/distroless/python3-debian13", "registry.access.redhat.com/ubi9/python-312"} {
		if files, folders := Usual(recorded.Images[other].Env); files != nil || folders != nil {
			t.Errorf("%s: %q, %q", other, files, folders)
		}
	}
}

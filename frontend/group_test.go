package frontend

import (
	"errors"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

func TestAPanicInAGroupIsAnError(t *testing.T) {
	for name, start := range map[string]func(group, func() error){
		"Go":    group.Go,
		"TryGo": func(g group, f func() error) { g.TryGo(f) },
	} {
		g, ctx := newGroup(t.Context())
		start(g, func() error {
			var nothing map[string]int
			nothing["a"] = 1 //nolint:staticcheck // it is to panic
			return nil
		})
		err := g.Wait()
		if err == nil || !strings.Contains(err.Error(), "mistake in moult") || !strings.Contains(err.Error(), "group_test.go") {
			t.Errorf("%s: a panic becomes %v", name, err)
		}
		if ctx.Err() == nil {
			t.Errorf("%s: the others are not told to end", name)
		}
	}
}

func TestAGroupReturnsItsFirstError(t *testing.T) {
	g, _ := newGroup(t.Context())
	g.SetLimit(1)
	first := errors.New("first")
	g.Go(func() error { return first })
	g.Go(func() error { return errors.New("second") })
	if err := g.Wait(); err != first {
		t.Errorf("the error is %v", err)
	}
}

// One goroutine without the guard is enough to end the frontend silently.
func TestNoOtherFileStartsGoroutinesOfErrgroup(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || e.Name() == "group.go" {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			if strings.Contains(i.Path.Value, "errgroup") {
				t.Errorf("%s imports errgroup; newGroup turns panics into errors", e.Name())
			}
		}
	}
}

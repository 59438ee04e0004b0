package lab

import (
	"context"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"
)

// run is the smallest frontend: one command in an image.
func run(image string, args ...string) gwclient.BuildFunc {
	return func(ctx context.Context, c gwclient.Client) (*gwclient.Result, error) {
		def, err := llb.Image(image).Run(llb.Args(args), llb.WithCustomName("the command")).Root().Marshal(ctx, llb.LinuxAmd64)
		if err != nil {
			return nil, err
		}
		return c.Solve(ctx, gwclient.SolveRequest{Evaluate: true, Definition: def.ToPB()})
	}
}

func TestABuildFuncRunsInProcess(t *testing.T) {
	l := Need(t)
	result, err := l.Build(t.Context(), Build{Func: run("docker.io/library/python:3.13-slim", "python", "-c", "print(6 * 7)")})
	if err != nil {
		t.Fatal(err, result.Log())
	}
	found := named(result, "the command")
	if len(found) != 1 || !found[0].Completed {
		t.Fatalf("want one completed vertex, got %+v", result.Vertexes)
	}
	if log := found[0].Log; log != "42\n" && !found[0].Cached {
		t.Errorf("log %q", log)
	}
}

func TestAFailedBuildTellsWhatItPrinted(t *testing.T) {
	l := Need(t)
	result, err := l.Build(t.Context(), Build{Func: run("docker.io/library/python:3.13-slim", "python", "-c", "raise SystemExit('no luck')")})
	if err == nil || !strings.Contains(result.Log(), "no luck") {
		t.Fatalf("error %v, log:\n%s", err, result.Log())
	}
}

func TestAFreshDaemonHasAnEmptyCache(t *testing.T) {
	l := Need(t)
	build := Build{Func: run("docker.io/library/python:3.13-slim", "python", "-c", "print('fresh')")}
	if _, err := l.Build(t.Context(), build); err != nil {
		t.Fatal(err)
	}
	result, err := l.Fresh(t).Build(t.Context(), build)
	if err != nil {
		t.Fatal(err)
	}
	if v := named(result, "the command"); len(v) != 1 || v[0].Cached {
		t.Fatalf("the fresh daemon had the step: %+v", v)
	}
}

// named are the vertices that the progress calls by a name.
func named(r *Result, name string) (found []Vertex) {
	for _, v := range r.Vertexes {
		if v.Name == name {
			found = append(found, v)
		}
	}
	return found
}

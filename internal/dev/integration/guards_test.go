package integration

import (
	"context"
	"slices"
	"strings"
	"testing"

	gwclient "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/moult-build/moult/internal/dev/lab"
	"github.com/moult-build/moult/internal/step/protocol"
)

// renamed is a frontend whose vertices all have another name in the progress.
func renamed(f gwclient.BuildFunc) gwclient.BuildFunc {
	return func(ctx context.Context, c gwclient.Client) (*gwclient.Result, error) {
		return f(ctx, renaming{c})
	}
}

type renaming struct{ gwclient.Client }

func (c renaming) Solve(ctx context.Context, req gwclient.SolveRequest) (*gwclient.Result, error) {
	if req.Definition != nil {
		for _, m := range req.Definition.Metadata {
			if m.Description["llb.customname"] != "" {
				m.Description["llb.customname"] = "anything"
			}
		}
	}
	return c.Client.Solve(ctx, req)
}

func TestTheNamesInTheProgressChangeNoGuard(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := example(t, "hello")
	b := moult(t, dir)
	mustBuild(t, l, b)
	b.Func = renamed(b.Func)
	edit(t, dir+"/main.py", "\n", "\n"+unique())
	r := mustBuild(t, l, b)
	names := 0
	for _, v := range r.Vertexes {
		if v.Name == "anything" {
			names++
		}
	}
	if names < 5 {
		t.Fatalf("only %d vertices have the other name:\n%s", names, r.Log())
	}
	only(t, steps(r), append(application, selectTheApplication())...)
	if found := done(r, createVenv); len(found) != 1 || !found[0].Cached {
		t.Errorf("the step for the virtual environment is %+v", found)
	}
}

func TestAStepThatTheFrontendDidNotAskForIsNoticed(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, map[string]string{"Dockerfile": "FROM python:3.13-slim\nRUN [\"python\", \"-c\", \"'" + strings.TrimSpace(unique()) + "'\"]\n"})
	b := lab.Build{Context: dir, Func: func(ctx context.Context, c gwclient.Client) (*gwclient.Result, error) {
		return c.Solve(ctx, gwclient.SolveRequest{Frontend: "dockerfile.v0"})
	}}
	ran := steps(mustBuild(t, l, b))
	if !slices.ContainsFunc(ran, func(step string) bool {
		return strings.HasPrefix(step, "unknown sha256:") && strings.Contains(step, "RUN [")
	}) {
		t.Errorf("the RUN is not in %q", ran)
	}
}

func TestAnUnknownProgramIsACommandOfItsOwn(t *testing.T) {
	venv := protocol.CreateVenv{Prefix: protocol.Venv, Python: "3.13", Interpreter: "python", Output: protocol.Output}.Args()
	for _, test := range []struct {
		args []string
		want string
	}{
		{venv, createVenv},
		{[]string{"/bin/sh", "-c", "true"}, "exec /bin/sh -c true"},
		{append(slices.Clone(venv), "--more"), "exec " + strings.Join(venv, " ") + " --more"},
	} {
		if got := commandOf(test.args); got != test.want {
			t.Errorf("%q is %q, want %q", test.args, got, test.want)
		}
	}
}

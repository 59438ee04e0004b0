package integration

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	digest "github.com/opencontainers/go-digest"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/moult-build/moult/internal/dev/lab"
)

// requests counts what a frontend asks of the daemon. Each request costs a
// millisecond of a build with nothing changed, and a graph of 140 operations
// thirty.
type requests struct {
	mu sync.Mutex
	// solves are the graphs, operations and bytes their size together.
	solves, operations, bytes int
	// reads are the files and folders that are read, and images the images that
	// are looked up.
	reads, images int
}

// counted is a frontend whose requests are counted.
func counted(f gwclient.BuildFunc, r *requests) gwclient.BuildFunc {
	return func(ctx context.Context, c gwclient.Client) (*gwclient.Result, error) {
		res, err := f(ctx, countedClient{c, r})
		if res != nil {
			if ref, ok := res.Ref.(countedReference); ok {
				res.Ref = ref.Reference
			}
		}
		return res, err
	}
}

func (r *requests) count(n *int, by int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*n += by
}

type countedClient struct {
	gwclient.Client
	r *requests
}

func (c countedClient) Solve(ctx context.Context, req gwclient.SolveRequest) (*gwclient.Result, error) {
	c.r.count(&c.r.solves, 1)
	c.r.count(&c.r.operations, len(req.Definition.GetDef()))
	c.r.count(&c.r.bytes, req.Definition.SizeVT())
	res, err := c.Client.Solve(ctx, req)
	if err == nil && res.Ref != nil {
		res.Ref = countedReference{res.Ref, c.r}
	}
	return res, err
}

func (c countedClient) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	c.r.count(&c.r.images, 1)
	return c.Client.ResolveImageConfig(ctx, ref, opt)
}

type countedReference struct {
	gwclient.Reference
	r *requests
}

func (c countedReference) ReadFile(ctx context.Context, req gwclient.ReadRequest) ([]byte, error) {
	c.r.count(&c.r.reads, 1)
	return c.Reference.ReadFile(ctx, req)
}

func (c countedReference) ReadDir(ctx context.Context, req gwclient.ReadDirRequest) ([]*fstypes.Stat, error) {
	c.r.count(&c.r.reads, 1)
	return c.Reference.ReadDir(ctx, req)
}

func (c countedReference) StatFile(ctx context.Context, req gwclient.StatRequest) (*fstypes.Stat, error) {
	c.r.count(&c.r.reads, 1)
	return c.Reference.StatFile(ctx, req)
}

func TestAFrontendAsksTheDaemonForNothingTwice(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"seldom\"\nversion = \"1\"\nrequires-python = \">=3.13,<3.14\"\n\n" +
			"[tool.moult]\ncmd = [\"python\", \"-m\", \"seldom\"]\napp.include = [\"seldom\"]\n",
		"seldom/__init__.py": "", "seldom/__main__.py": "print('seldom')\n", ".dockerignore": "*.log\n", ".python-version": "3.13\n",
	})
	mustBuild(t, l, moult(t, dir))
	ask := func(opts ...string) *requests {
		r := &requests{}
		b := moult(t, dir, opts...)
		b.Func = counted(b.Func, r)
		mustBuild(t, l, b)
		return r
	}
	r := ask()
	// The build file, the project's files, what a step says of the base, the application's files
	// ahead of the plan and once more, the image, and what its step says that compiles the application.
	if r.solves > 7 {
		t.Errorf("%d graphs were sent", r.solves)
	}
	if r.images > 1 {
		t.Errorf("%d images were looked up", r.images)
	}
	// The last ones are the source that the image starts, for its imports, and what
	// was compiled.
	if r.reads > 18 {
		t.Errorf("%d files and folders were read", r.reads)
	}
	if r.operations > 36 || r.bytes > 29_500 {
		t.Errorf("the graphs have %d operations and %d bytes", r.operations, r.bytes)
	}
	if without := ask("build-arg:BUILDKIT_DOCKERFILE_CHECK=skip=InvalidSyntax"); without.solves != r.solves-1 || without.reads != r.reads-1 || without.operations > 26 {
		t.Errorf("without the rule %d graphs of %d operations were sent and %d files read", without.solves, without.operations, without.reads)
	}
	t.Logf("%d graphs of %d operations and %d bytes, %d reads, %d images", r.solves, r.operations, r.bytes, r.reads, r.images)
}

// Each transfer of a part of the client's folder costs some milliseconds, and a
// workspace asks for the files of its folders.
func TestAMemberOfAWorkspaceIsReadInFewTransfers(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	const members = 20
	files := map[string]string{
		"pyproject.toml":  "[tool.uv.workspace]\nmembers = [\"services/*\", \"libs/*\"]\n",
		".python-version": "3.13\n",
		"libs/shared/pyproject.toml": "[project]\nname = \"shared\"\nversion = \"1\"\nrequires-python = \">=3.13\"\n" +
			"[build-system]\nrequires = [\"setuptools>=77\"]\nbuild-backend = \"setuptools.build_meta\"\n",
		"libs/shared/src/shared/__init__.py": "NAME = 'shared'\n",
	}
	for n := range members {
		name := fmt.Sprintf("member%02d", n)
		files["services/"+name+"/pyproject.toml"] = "[project]\nname = \"" + name + "\"\nversion = \"1\"\nrequires-python = \">=3.13\"\ndependencies = [\"shared\"]\n" +
			"[tool.uv.sources]\nshared = {workspace = true}\n"
		files["services/"+name+"/main.py"] = "import shared\n\nif __name__ == '__main__':\n    print(shared.NAME)\n"
	}
	var lock strings.Builder
	lock.WriteString("version = 1\nrevision = 3\nrequires-python = \">=3.13\"\n\n[manifest]\nmembers = [\n")
	for n := range members {
		fmt.Fprintf(&lock, "    \"member%02d\",\n", n)
	}
	lock.WriteString("    \"shared\",\n]\n")
	for n := range members {
		fmt.Fprintf(&lock, "\n[[package]]\nname = \"member%02[1]d\"\nversion = \"1\"\nsource = { virtual = \"services/member%02[1]d\" }\n"+
			"dependencies = [\n    { name = \"shared\" },\n]\n\n[package.metadata]\nrequires-dist = [{ name = \"shared\", editable = \"libs/shared\" }]\n", n)
	}
	lock.WriteString("\n[[package]]\nname = \"shared\"\nversion = \"1\"\nsource = { editable = \"libs/shared\" }\n")
	for _, c := range []struct {
		lock string
		// solves and reads are how many there are at most. Without a lock, each folder is
		// searched for the build file; with one, each member's pyproject.toml is read.
		solves, reads int
	}{
		{"", 13, 2*members + 40},
		{lock.String(), 14, members + 45},
	} {
		if c.lock != "" {
			files["uv.lock"] = c.lock
		}
		dir := project(t, files)
		r := &requests{}
		b := moult(t, dir)
		b.Locals["dockerfile"] = filepath.Join(dir, "services", "member07")
		b.Func = counted(b.Func, r)
		mustBuild(t, l, b)
		// The build file, the usual files of the root and of the member, the search for the
		// build file or the folders of the members, and the Python files. Then the base, the
		// files of the application, also ahead of the plan, and of the package, the reports, and the image.
		if r.solves > c.solves || r.reads > c.reads {
			t.Errorf("%d graphs were sent, and %d files and folders read; want %d and %d at most", r.solves, r.reads, c.solves, c.reads)
		}
		t.Logf("%d graphs, %d reads", r.solves, r.reads)
	}
}

// A project that says nothing is searched for what it starts.
func TestAProjectWithoutSettingsIsReadInFewTransfers(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"plain\"\nversion = \"1\"\nrequires-python = \">=3.13,<3.14\"\n",
		"server.py":      "if __name__ == '__main__':\n    print('plain')\n", "helper.py": "", "README.md": "# plain\n",
	})
	r := &requests{}
	b := moult(t, dir)
	b.Func = counted(b.Func, r)
	mustBuild(t, l, b)
	// Three graphs more than with settings: one for the Python files, and two that
	// show the warning about the guessed command.
	if r.solves > 10 || r.reads > 24 {
		t.Errorf("%d graphs were sent, and %d files and folders read", r.solves, r.reads)
	}
	t.Logf("%d graphs, %d reads", r.solves, r.reads)
}

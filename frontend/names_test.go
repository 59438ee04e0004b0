package frontend

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/tonistiigi/fsutil"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// having is a reference that has some files.
type having struct {
	client.Reference
	files fstest.MapFS
}

func (having) at(name string) string { return cmp.Or(inContext(name), ".") }

func (t having) ReadFile(_ context.Context, r client.ReadRequest) ([]byte, error) {
	return fs.ReadFile(t.files, t.at(r.Filename))
}

func (t having) StatFile(_ context.Context, r client.StatRequest) (*fstypes.Stat, error) {
	info, err := fs.Stat(t.files, t.at(r.Path))
	if err != nil {
		return nil, err
	}
	return &fstypes.Stat{Path: info.Name(), Size: info.Size(), Mode: uint32(info.Mode())}, nil
}

func (t having) ReadDir(_ context.Context, r client.ReadDirRequest) (all []*fstypes.Stat, err error) {
	entries, err := fs.ReadDir(t.files, t.at(r.Path))
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		all = append(all, &fstypes.Stat{Path: info.Name(), Size: info.Size(), Mode: uint32(info.Mode())})
	}
	return all, err
}

// Clients and locks may name files by paths from the context's root.
func TestAPathFromTheRootOfTheContextIsOneInIt(t *testing.T) {
	const own = "[project]\nname = \"api\"\n"
	ref := having{files: fstest.MapFS{
		"services/api/pyproject.toml": {Data: []byte(own)}, "services/api/uv.lock": {},
		"uv.lock": {Data: []byte("[[package]]\nname = \"api\"\nsource = { editable = \"/services/api\" }\n")},
	}}
	for what, change := range map[string]func(*files){
		"an argument": func(f *files) {
			f.b.BuildArgs = map[string]string{buildFileArgument: "/services/../services/api/pyproject.toml"}
		},
		"an empty argument": func(f *files) { f.b.BuildArgs = map[string]string{buildFileArgument: ""} },
		"a file's name":     func(f *files) { f.name = inContext("/services/api/pyproject.toml") },
		"a lock":            func(*files) {},
	} {
		f := &files{b: building(ref), ctx: t.Context(), name: "pyproject.toml", content: []byte(own), more: map[string]*part{}}
		change(f)
		if err := f.load("."); err != nil {
			t.Fatal(err)
		}
		if err := f.place(); err != nil || f.name != "services/api/pyproject.toml" {
			t.Errorf("%s places it at %q, %v", what, f.name, err)
		}
		if names, err := f.List("services/api"); err != nil || !slices.Equal(names, []string{"pyproject.toml", "uv.lock"}) {
			t.Errorf("%s: the folder has %q, %v", what, names, err)
		}
		for _, name := range []string{"/services/api/uv.lock", "/services/api/requirements.txt"} {
			if ok, err := f.Exists(name); ok != (path.Base(name) == "uv.lock") || err != nil {
				t.Errorf("%s exists: %v, %v", name, ok, err)
			}
		}
	}
}

// absentClient is a daemon whose client sends nothing.
type absentClient struct {
	giving
	err error
}

func (a absentClient) Solve(context.Context, client.SolveRequest) (*client.Result, error) {
	return nil, a.err
}

func TestAFileThatTheClientDoesNotSendIsNoMissingOne(t *testing.T) {
	for _, text := range []string{"open /secret: no such file or directory", "read /secret: is a directory", "canceled"} {
		b := building(nil)
		b.gateway = absentClient{err: errors.New(text)}
		f := &files{b: b, ctx: t.Context(), name: "moult.toml", more: map[string]*part{}}
		_, read := f.ReadFile("app/settings.py")
		_, folders := f.ReadDir("app")
		_, below := f.Below("app/settings.py")
		for name, err := range map[string]error{"app/settings.py": read, "app/*": folders, "below app/settings.py": below} {
			if want := fmt.Sprintf("reading %s: %s", name, text); err == nil || err.Error() != want || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the error is %q, want %q", err, want)
			}
		}
	}
}

func TestAFolderThatIsLookedForComesWithoutItsFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"static/movie.mp4", "static/css/site.css", "config/app.toml"} {
		if err := os.MkdirAll(path.Dir(path.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	names := []string{"static", "config", "config/app.toml", "none"}
	from, err := fsutil.NewFS(dir)
	if err != nil {
		t.Fatal(err)
	}
	from, err = fsutil.NewFilterFS(from, &fsutil.FilterOpt{FollowPaths: names, ExcludePatterns: contents(names)})
	if err != nil {
		t.Fatal(err)
	}
	var sent []string
	err = from.Walk(t.Context(), "", func(name string, _ fs.DirEntry, err error) error {
		sent = append(sent, name)
		return err
	})
	if want := []string{"config", "config/app.toml", "static"}; err != nil || !slices.Equal(sent, want) {
		t.Errorf("the client sends %q, %v", sent, err)
	}
}

func TestTheUsualFilesOfAnotherFolderAreFetchedForItsList(t *testing.T) {
	ref := having{files: fstest.MapFS{"moult.toml": {}, "api/uv.lock": {}}}
	f := &files{b: building(ref), ctx: t.Context(), name: "moult.toml", more: map[string]*part{}}
	if err := f.load("."); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		dir, want string
		transfers int
	}{{".", "moult.toml", 0}, {"api", "uv.lock", 1}, {"api", "uv.lock", 1}} {
		names, err := f.List(test.dir)
		if err != nil || !slices.Equal(names, []string{test.want}) || len(f.more) != test.transfers {
			t.Errorf("%s has %q after %d transfers, %v", test.dir, names, len(f.more), err)
		}
	}
}

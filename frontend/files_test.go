package frontend

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"testing"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// counting is a reference that counts what it is asked.
type counting struct {
	client.Reference
	asked map[string]int
}

func (c *counting) ReadFile(_ context.Context, r client.ReadRequest) ([]byte, error) {
	c.asked[r.Filename]++
	return []byte(r.Filename), nil
}

func (c *counting) ReadDir(_ context.Context, r client.ReadDirRequest) ([]*fstypes.Stat, error) {
	c.asked[r.Path]++
	return []*fstypes.Stat{{Path: "pyproject.toml", Size: 10}, {Path: "uv.lock", Size: smallFile + 1}}, nil
}

func (c *counting) StatFile(_ context.Context, r client.StatRequest) (*fstypes.Stat, error) {
	c.asked[r.Path]++
	return &fstypes.Stat{Path: r.Path}, nil
}

func TestWhatIsKnownOfTheUsualFilesIsNotAsked(t *testing.T) {
	ref := &counting{asked: map[string]int{}}
	f := &files{ctx: t.Context(), name: "moult.toml", first: ref, dir: ".",
		loaded:  map[string]bool{"moult.toml": true, "pyproject.toml": true, "uv.lock": true, "poetry.lock": true, "api/requirements.txt": true},
		small:   map[string][]byte{"pyproject.toml": []byte("known")},
		entries: map[string]*fstypes.Stat{"pyproject.toml": {Path: "pyproject.toml"}, "uv.lock": {Path: "uv.lock"}},
	}
	if content, err := f.ReadFile("pyproject.toml"); err != nil || string(content) != "known" {
		t.Errorf("a small file gives %q, %v", content, err)
	}
	for _, name := range []string{"poetry.lock", "api/requirements.txt"} {
		if _, err := f.ReadFile(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s, which was not sent, gives %v", name, err)
		}
	}
	for name, want := range map[string]bool{"poetry.lock": false, "pyproject.toml": true} {
		if ok, err := f.Exists(name); ok != want || err != nil {
			t.Errorf("%s exists: %v, %v", name, ok, err)
		}
	}
	if names, err := f.List("."); err != nil || len(names) != 2 {
		t.Errorf("the folder has %q, %v", names, err)
	}
	if len(ref.asked) > 0 {
		t.Errorf("the daemon was asked for %v", ref.asked)
	}
	if content, err := f.ReadFile("uv.lock"); err != nil || string(content) != "uv.lock" {
		t.Errorf("a large file gives %q, %v", content, err)
	}
}

func TestAnImageIsAskedOnce(t *testing.T) {
	ref := &counting{asked: map[string]int{}}
	img := &imageFiles{ref: ref}
	for range 3 {
		if _, err := img.ReadDir(t.Context(), "/usr/bin"); err != nil {
			t.Fatal(err)
		}
		if _, err := img.ReadFile(t.Context(), "/etc/os-release"); err != nil {
			t.Fatal(err)
		}
	}
	if ref.asked["/usr/bin"] != 1 || ref.asked["/etc/os-release"] != 1 {
		t.Errorf("it was asked %v", ref.asked)
	}
}

// giving is a daemon that has every part of the context.
type giving struct {
	client.Client
	ref client.Reference
}

func (giving) BuildOpts() client.BuildOpts { return client.BuildOpts{} }

func (g giving) Solve(context.Context, client.SolveRequest) (*client.Result, error) {
	res := client.NewResult()
	res.SetRef(g.ref)
	return res, nil
}

// there is a reference that has every file.
type there struct{ client.Reference }

func (there) StatFile(_ context.Context, r client.StatRequest) (*fstypes.Stat, error) {
	return &fstypes.Stat{Path: r.Path}, nil
}

func TestSeveralPlatformsMayAskForFilesAtOnce(t *testing.T) {
	b := &build{conversation: conversation{
		Client:  &dockerui.Client{Config: dockerui.Config{BuildPlatforms: []ocispecs.Platform{{OS: "linux", Architecture: "amd64"}}}},
		gateway: giving{ref: there{}},
	}}
	f := &files{b: b, ctx: t.Context(), name: "moult.toml", more: map[string]client.Reference{}}
	eg, _ := newGroup(t.Context())
	for n := range 64 {
		eg.Go(func() error {
			for m := range 16 {
				if _, err := f.Exists("wheels/" + strconv.Itoa(n%4*16+m) + ".whl"); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := eg.Wait(); err != nil {
		t.Fatal(err)
	}
	if len(f.more) != 64 {
		t.Errorf("%d files were fetched", len(f.more))
	}
}

func TestTheFilesThatSayWhatAFolderIsComeInOneRequest(t *testing.T) {
	b := &build{conversation: conversation{
		Client:  &dockerui.Client{Config: dockerui.Config{BuildPlatforms: []ocispecs.Platform{{OS: "linux", Architecture: "amd64"}}}},
		gateway: giving{ref: &counting{asked: map[string]int{}}},
	}}
	f := &files{b: b, ctx: t.Context(), name: "pyproject.toml", more: map[string]client.Reference{}}
	exist := func(names ...string) {
		t.Helper()
		for _, name := range names {
			if ok, err := f.Exists(name); !ok || err != nil {
				t.Errorf("%s exists: %v, %v", name, ok, err)
			}
		}
	}
	exist("tools/pyproject.toml", "tools/setup.py", "tools/uv.toml")
	if len(f.more) != 1 {
		t.Errorf("a folder takes %d requests", len(f.more))
	}
	if _, err := f.ReadDir("libs"); err != nil {
		t.Fatal(err)
	}
	exist("libs/a/pyproject.toml", "libs/b/setup.cfg", "libs/c/setup.py")
	if len(f.more) != 2 {
		t.Errorf("the folders of a workspace take %d requests", len(f.more)-1)
	}
	exist("libs/a/deep/pyproject.toml", "libs/a/README.md")
	if len(f.more) != 4 {
		t.Errorf("other files take %d requests", len(f.more)-2)
	}
}

package frontend

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

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
	return []*fstypes.Stat{{Path: "pyproject.toml", Size: 10}, {Path: "uv.lock", Size: smallFile + 1}, {Path: "README.md", Size: 10}}, nil
}

func (c *counting) StatFile(_ context.Context, r client.StatRequest) (*fstypes.Stat, error) {
	c.asked[r.Path]++
	return &fstypes.Stat{Path: r.Path}, nil
}

func TestWhatIsKnownOfTheUsualFilesIsNotAsked(t *testing.T) {
	ref := &counting{asked: map[string]int{}}
	f := &files{b: building(ref), ctx: t.Context(), name: "moult.toml"}
	if err := f.load("."); err != nil {
		t.Fatal(err)
	}
	if ref.asked["pyproject.toml"] != 1 || ref.asked["uv.lock"]+ref.asked["README.md"] > 0 {
		t.Errorf("the daemon was asked for %v, want the small files that every build needs", ref.asked)
	}
	clear(ref.asked)
	if content, err := f.ReadFile("pyproject.toml"); err != nil || string(content) != "pyproject.toml" {
		t.Errorf("a small file gives %q, %v", content, err)
	}
	for _, name := range []string{"poetry.lock", "requirements/base.txt", "docker/Dockerfile", "compose.yaml"} {
		if _, err := f.ReadFile(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s, which was not sent, gives %v", name, err)
		}
	}
	for name, want := range map[string]bool{"poetry.lock": false, "pyproject.toml": true, "README.md": true} {
		if ok, err := f.Exists(name); ok != want || err != nil {
			t.Errorf("%s exists: %v, %v", name, ok, err)
		}
	}
	if names, err := f.List("."); err != nil || len(names) != 3 {
		t.Errorf("the folder has %q, %v", names, err)
	}
	if len(ref.asked) > 0 {
		t.Errorf("the daemon was asked for %v", ref.asked)
	}
	for range 2 {
		if content, err := f.ReadFile("uv.lock"); err != nil || string(content) != "uv.lock" {
			t.Errorf("a large file gives %q, %v", content, err)
		}
	}
	if ref.asked["uv.lock"] != 1 {
		t.Errorf("a large file is read %d times", ref.asked["uv.lock"])
	}
}

func TestAnImageIsAskedOnce(t *testing.T) {
	ref := &counting{asked: map[string]int{}}
	img := &imageFiles{remote{ref: ref}}
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

// building is a build whose daemon has every part of the context.
func building(ref client.Reference) *build {
	return &build{conversation: conversation{
		Client:  &dockerui.Client{Config: dockerui.Config{BuildPlatforms: []ocispecs.Platform{{OS: "linux", Architecture: "amd64"}}}},
		gateway: giving{ref: ref},
	}}
}

// there is a reference that has every file, and no folder below a folder.
type there struct{ client.Reference }

func (there) ReadDir(_ context.Context, r client.ReadDirRequest) ([]*fstypes.Stat, error) {
	if n, ok := strings.CutPrefix(r.Path, "wheels/"); ok || n == "wheels" {
		var all []*fstypes.Stat
		for n := range 64 {
			all = append(all, &fstypes.Stat{Path: strconv.Itoa(n) + ".whl"})
		}
		return all, nil
	}
	folder := uint32(fs.ModeDir)
	return []*fstypes.Stat{
		{Path: "a", Mode: folder}, {Path: "b", Mode: folder}, {Path: "c", Mode: folder}, {Path: "deep", Mode: folder},
		{Path: "README.md"}, {Path: "pyproject.toml"}, {Path: "setup.cfg"}, {Path: "setup.py"}, {Path: "uv.toml"},
	}, nil
}

func (there) ReadFile(_ context.Context, r client.ReadRequest) ([]byte, error) {
	return []byte(r.Filename), nil
}

func TestSeveralPlatformsMayAskForFilesAtOnce(t *testing.T) {
	f := &files{b: building(there{}), ctx: t.Context(), name: "moult.toml", more: map[string]*part{}}
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
	f := &files{b: building(there{}), ctx: t.Context(), name: "pyproject.toml", more: map[string]*part{}}
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

// Links lead to where the search for the build file was not.
func TestTheSearchSaysWhatItsFoldersHave(t *testing.T) {
	f := &files{b: building(links{}), ctx: t.Context(), name: "pyproject.toml", more: map[string]*part{}}
	if err := f.searchFor("pyproject.toml"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"services/a/pyproject.toml": true, "services/a/setup.py": true, "services/a/README.md": false,
		"services/a/requirements.txt": false, "services/linked/pyproject.toml": false, "elsewhere/pyproject.toml": false,
	} {
		if got := f.foundBySearch(name); got != want {
			t.Errorf("the search answers for %s: %v", name, got)
		}
	}
	if ok, err := f.Exists("services/a/setup.py"); ok || err != nil {
		t.Errorf("a file that the search has not found exists: %v, %v", ok, err)
	}
	names, err := f.ReadDir("services")
	if err != nil || !slices.Equal(names, []string{"a"}) {
		t.Errorf("the folders are %q, %v", names, err)
	}
	if len(f.more) > 0 {
		t.Errorf("more was fetched: %d parts", len(f.more))
	}
}

// links has a folder with a project, one without and a link to one.
type links struct{ client.Reference }

func (links) ReadDir(_ context.Context, r client.ReadDirRequest) ([]*fstypes.Stat, error) {
	folder, link := uint32(fs.ModeDir), uint32(fs.ModeSymlink)
	return map[string][]*fstypes.Stat{
		".":          {{Path: "services", Mode: folder}},
		"services":   {{Path: "a", Mode: folder}, {Path: "empty", Mode: folder}, {Path: "linked", Mode: link}},
		"services/a": {{Path: "pyproject.toml"}, {Path: "requirements.txt", Mode: link}},
	}[r.Path], nil
}

func (links) ReadFile(_ context.Context, r client.ReadRequest) ([]byte, error) {
	return []byte(r.Filename), nil
}

func TestSeveralFilesAreLookedForInOneTransfer(t *testing.T) {
	b := building(having{files: fstest.MapFS{"web/a.json": {}}})
	f := &files{b: b, ctx: t.Context(), name: "moult.toml", more: map[string]*part{}}
	for range 2 {
		found, err := f.Existing([]string{"a.json", "web/*.json", "web/a.json"})
		if err != nil || !slices.Equal(found, []string{"web/a.json"}) || len(f.more) != 1 {
			t.Errorf("it found %q in %d transfers, %v", found, len(f.more), err)
		}
	}
}

func TestTheLockOfAWorkspaceSaysWhereItsMembersAre(t *testing.T) {
	const lock = "version = 1\n\n[[package]]\nname = \"api\"\nversion = \"1.0\"\nsource = { editable = \"services/api\" }\n\n" +
		"[[package]]\nname = \"dynamic\"\nsource = { virtual = \"tools/dynamic\" }\n\n" +
		"[[package]]\nname = \"idna\"\nversion = \"3.10\"\nsource = { registry = \"https://index.invalid/simple\" }\n" +
		"dependencies = [\n    { name = \"worker\" },\n]\n\n[[package]]\nname = \"worker\"\nversion = \"1\"\nsource = { editable = \"a\\\\b\" }\n"
	for name, want := range map[string]string{"api": "services/api", "A_P.I": "", "API": "services/api", "dynamic": "tools/dynamic", "idna": "", "worker": "", "none": "", "": ""} {
		if got := memberInLock([]byte(lock), name); got != want {
			t.Errorf("%s is in %q", name, got)
		}
	}
}

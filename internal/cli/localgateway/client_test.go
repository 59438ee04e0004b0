package localgateway

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/util/staticfs"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"
)

// entry of a layer that a test makes: a folder ends with a slash, a link has a
// target after an arrow, a hard link after two.
func layerOf(t *testing.T, entries ...string) v1.Layer {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		file, content, _ := strings.Cut(e, "=")
		h := &tar.Header{Name: file, Mode: 0o644, Typeflag: tar.TypeReg, Size: int64(len(content))}
		if from, to, ok := strings.Cut(e, " => "); ok {
			h = &tar.Header{Name: from, Typeflag: tar.TypeLink, Linkname: to}
			content = ""
		} else if from, to, ok := strings.Cut(e, " -> "); ok {
			h = &tar.Header{Name: from, Typeflag: tar.TypeSymlink, Linkname: to}
			content = ""
		} else if strings.HasSuffix(e, "/") {
			h = &tar.Header{Name: e, Mode: 0o755, Typeflag: tar.TypeDir, Uid: 7, Gid: 8}
			content = ""
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// amd64 is the platform of the tests' image.
var amd64 = ocispecs.Platform{OS: "linux", Architecture: "amd64"}

// push serves an index with an image of the layers for amd64 and gives its
// reference and the cache that is used for it.
func push(t *testing.T, layers ...v1.Layer) (ref string, images func() *Images, stop func()) {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	img, err := mutate.AppendLayers(empty.Image, layers...)
	if err != nil {
		t.Fatal(err)
	}
	if img, err = mutate.Config(img, v1.Config{Env: []string{"PATH=/bin"}}); err != nil {
		t.Fatal(err)
	}
	index := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}})
	ref = strings.TrimPrefix(server.URL, "http://") + "/test/base:1"
	tag, err := name.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(tag, index); err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	return ref, func() *Images {
		i, err := NewImages(docker.ConfigureDefaultRegistries(docker.WithPlainHTTP(docker.MatchLocalhost)),
			func(string) (string, string, error) { return "", "", nil }, cache)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}, server.Close
}

// solved is a reference to a state's result.
func solved(t *testing.T, c *Client, st llb.State) client.Reference {
	t.Helper()
	def, err := st.Marshal(t.Context(), llb.Platform(amd64))
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Solve(t.Context(), client.SolveRequest{Definition: def.ToPB()})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := res.SingleRef()
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func readAll(t *testing.T, ref client.Reference, file string) string {
	t.Helper()
	dt, err := ref.ReadFile(t.Context(), client.ReadRequest{Filename: file})
	if err != nil {
		return "error: " + err.Error()
	}
	return string(dt)
}

func TestAnImageIsItsLayersOnTopOfEachOther(t *testing.T) {
	ref, images, stop := push(t,
		layerOf(t, "etc/", "etc/name=first", "etc/old=x", "dir/", "dir/a=1", "dir/b=2", "gone/", "gone/x=1"),
		layerOf(t, "etc/name=second", "etc/.wh.old", "dir/.wh..wh..opq", "dir/c=3", ".wh.gone",
			"usr/bin/python3=elf", "usr/bin/python -> python3", "bin -> usr/bin", "usr/bin/hard => usr/bin/python3", "loop -> loop", "abs -> /etc"))
	c := New(nil, nil, images(), nil)
	got, dgst, config, err := c.ResolveImageConfig(t.Context(), ref, sourceresolver.Opt{ImageOpt: &sourceresolver.ResolveImageOpt{Platform: &amd64}})
	if err != nil || got != ref || dgst == "" || !bytes.Contains(config, []byte("PATH=/bin")) {
		t.Fatalf("%s %s %s %v", got, dgst, config, err)
	}
	pinned := ref[:strings.LastIndex(ref, ":")] + "@" + dgst.String()
	check := func(c *Client) {
		t.Helper()
		r := solved(t, c, llb.Image(pinned))
		for file, want := range map[string]string{
			"/etc/name": "second", "abs/name": "second", "bin/python": "elf", "/usr/bin/hard": "elf", "dir/c": "3", "/usr/bin/../../etc/name": "second", "/../../etc/name": "second",
		} {
			if got := readAll(t, r, file); got != want {
				t.Errorf("%s: got %q", file, got)
			}
		}
		for _, file := range []string{"etc/old", "dir/a", "gone/x", "gone", "loop", "nothing", "etc"} {
			if got := readAll(t, r, file); !strings.HasPrefix(got, "error: ") {
				t.Errorf("%s: got %q", file, got)
			}
		}
		entries, err := r.ReadDir(t.Context(), client.ReadDirRequest{Path: "/dir"})
		if err != nil || len(entries) != 1 || entries[0].Path != "c" || entries[0].Size != 1 {
			t.Errorf("got %v, %v", entries, err)
		}
		if st, err := r.StatFile(t.Context(), client.StatRequest{Path: "dir"}); err != nil || st.Uid != 7 || st.Gid != 8 {
			t.Errorf("the folder belongs to %v, %v", st, err)
		}
		if st, err := r.StatFile(t.Context(), client.StatRequest{Path: "usr/bin/python"}); err != nil || st.Linkname != "python3" {
			t.Errorf("got %v, %v", st, err)
		}
		if dt, err := r.ReadFile(t.Context(), client.ReadRequest{Filename: "etc/name", Range: &client.FileRange{Offset: 2, Length: 3}}); err != nil || string(dt) != "con" {
			t.Errorf("got %q, %v", dt, err)
		}
	}
	check(c)
	// What was looked into once needs no registry.
	stop()
	check(New(nil, nil, images(), nil))
}

func TestAPlatformThatAnImageLacks(t *testing.T) {
	ref, images, _ := push(t, layerOf(t, "x=1"))
	arm := ocispecs.Platform{OS: "linux", Architecture: "arm64"}
	if _, err := images().Resolve(t.Context(), ref, arm); err == nil || !strings.Contains(err.Error(), "linux/arm64") {
		t.Errorf("got %v", err)
	}
}

func folder(files map[string]string) fsutil.FS {
	f := staticfs.NewFS()
	for name, text := range files {
		f.Add(name, &types.Stat{Mode: 0o644}, []byte(text))
	}
	return f
}

func TestALocalFolderIsFiltered(t *testing.T) {
	c := New(nil, map[string]fsutil.FS{"context": folder(map[string]string{"a.py": "1", "b.txt": "22", "c.py": "333"})}, nil, nil)
	st := llb.Local("context", llb.SessionID("x"), llb.IncludePatterns([]string{"*.py"}), llb.ExcludePatterns([]string{"c.py"}))
	r := solved(t, c, st)
	entries, err := r.ReadDir(t.Context(), client.ReadDirRequest{Path: "."})
	if err != nil || len(entries) != 1 || entries[0].Path != "a.py" {
		t.Errorf("got %v, %v", entries, err)
	}
	copied := solved(t, c, llb.Scratch().File(llb.Mkdir("/app", 0o755)).File(llb.Copy(st, "/", "/app/", &llb.CopyInfo{CopyDirContentsOnly: true})))
	if got := readAll(t, copied, "/app/a.py"); got != "1" {
		t.Errorf("got %q", got)
	}
}

func TestWhatNeedsADaemonSaysSo(t *testing.T) {
	c := New(nil, nil, nil, nil)
	r := solved(t, c, llb.Scratch().File(llb.Mkfile("/x", 0o644, []byte("x"))).Run(llb.Args([]string{"/bin/pip"})).Root())
	if c.NeedsDaemon() {
		t.Error("nothing was read yet")
	}
	if err := r.Evaluate(t.Context()); !errors.Is(err, ErrNeedsDaemon) || !strings.Contains(err.Error(), "pip") || !c.NeedsDaemon() {
		t.Errorf("got %v", err)
	}
	for name, st := range map[string]llb.State{
		"a download":   llb.HTTP("https://example.com/x"),
		"a repository": llb.Git("https://example.com/x.git", "main"),
	} {
		if err := solved(t, c, st).Evaluate(t.Context()); !errors.Is(err, ErrNeedsDaemon) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAnImageMayHaveALayerSeveralTimes(t *testing.T) {
	l := layerOf(t, "x=1")
	ref, images, _ := push(t, l, l, l, l, l, l, l, l)
	if got := readAll(t, solved(t, New(nil, nil, images(), nil), llb.Image(ref)), "x"); got != "1" {
		t.Errorf("got %q", got)
	}
}

func TestADigestThatIsNoneIsRefused(t *testing.T) {
	_, images, _ := push(t, layerOf(t, "x=1"))
	for _, d := range []digest.Digest{"", "nothing", "sha256:../../etc/passwd", "md5:00"} {
		desc := ocispecs.Descriptor{Digest: d}
		if _, err := images().layer(t.Context(), nil, desc); err == nil {
			t.Errorf("a layer %q", d)
		}
		if _, err := images().blob(t.Context(), nil, desc); err == nil {
			t.Errorf("a blob %q", d)
		}
	}
}

// A caller that gave up must not spoil the answer for those who ask later.
func TestACallerThatGivesUpDoesNotCancelTheImageForTheNext(t *testing.T) {
	ref, images, _ := push(t, layerOf(t, "a=1"))
	c := New(nil, nil, images(), nil)
	def, err := llb.Image(ref).Marshal(t.Context(), llb.Platform(amd64))
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	res, err := c.Solve(gone, client.SolveRequest{Definition: def.ToPB()})
	if err == nil {
		var r client.Reference
		if r, err = res.SingleRef(); err == nil {
			_, err = r.ReadFile(gone, client.ReadRequest{Filename: "/a"})
		}
	}
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("who gave up got %v", err)
	}
	if got := readAll(t, solved(t, c, llb.Image(ref)), "/a"); got != "1" {
		t.Errorf("the next caller got %q", got)
	}
}

package lab

import (
	"context"
	"strings"
	"testing"

	bkclient "github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"
)

// server is a build of an image that serves the folder /srv.
func server(ctx context.Context, c gwclient.Client) (*gwclient.Result, error) {
	const image = `{"architecture":"amd64","os":"linux","config":{"User":"65532:65532","WorkingDir":"/srv","Env":["PATH=/usr/local/bin:/usr/bin:/bin"],` +
		`"Cmd":["python3","-m","http.server","8000"]},"rootfs":{"type":"layers"}}`
	def, err := llb.Image("docker.io/library/python:3.13-slim").
		File(llb.Mkdir("/srv/files", 0o755).Mkfile("/srv/files/hello", 0o644, []byte("hello from the lab"))).
		Marshal(ctx, llb.LinuxAmd64)
	if err != nil {
		return nil, err
	}
	result, err := c.Solve(ctx, gwclient.SolveRequest{Definition: def.ToPB()})
	if err != nil {
		return nil, err
	}
	result.AddMeta(exptypes.ExporterImageConfigKey, []byte(image))
	return result, nil
}

func TestAnImageIsPushedReadBackAndRunReadOnly(t *testing.T) {
	l := Need(t)
	ref := l.Image("lab-test/server:1")
	result, err := l.Build(t.Context(), Build{Func: server, Exports: []bkclient.ExportEntry{ToRegistry(ref)}})
	if err != nil {
		t.Fatal(err, result.Log())
	}
	image, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	if image.Digest == "" || image.Config.Config.User != "65532:65532" || len(image.Layers) < 2 || image.Size() < 1<<20 {
		t.Errorf("%+v", image.Config)
	}
	if data, err := image.Read("/srv/files/hello"); err != nil || string(data) != "hello from the lab" {
		t.Errorf("%q %v", data, err)
	}
	if _, err := image.Lookup("/usr/bin/gcc"); err == nil {
		t.Error("the slim image has a compiler")
	}
	running := l.Start(t, Container{Image: ref, ReadOnly: true, Port: 8000})
	status, body, err := running.Get(t.Context(), "/files/hello")
	if err != nil || status != 200 || body != "hello from the lab" {
		t.Fatalf("%d %q %v", status, body, err)
	}
	if out, err := running.Exec(t.Context(), "id", "-u"); err != nil || strings.TrimSpace(out) != "65532" {
		t.Errorf("%q %v", out, err)
	}
	if _, err := running.Exec(t.Context(), "touch", "/srv/x"); err == nil {
		t.Error("the root file system can be written")
	}
}

func TestTheIndexServesWhatPipInstalls(t *testing.T) {
	l := Need(t)
	scope := l.Packages.Scope(t.Name())
	install := func(ctx context.Context, c gwclient.Client) (*gwclient.Result, error) {
		def, err := llb.Image("docker.io/library/python:3.13").
			Run(llb.Args([]string{"pip", "install", "--index-url", scope.URL(), "lab-pure[native]", "lab-data", "lab-sdist"}), llb.IgnoreCache).
			Run(llb.Args([]string{"python", "-c",
				"import lab_c, lab_cpp, lab_data, lab_sdist; print(lab_c.total([1, 2]), lab_cpp.convolve([[1, 2]], [[3]]), lab_data.rows())"}),
				llb.WithCustomName("use them")).
			Root().Marshal(ctx, llb.LinuxAmd64)
		if err != nil {
			return nil, err
		}
		return c.Solve(ctx, gwclient.SolveRequest{Evaluate: true, Definition: def.ToPB()})
	}
	result, err := l.Build(t.Context(), Build{Func: install})
	if err != nil {
		t.Fatal(err, result.Log())
	}
	if used := named(result, "use them"); len(used) != 1 || used[0].Log != "3.0 [[3.0, 6.0]] 1\n" {
		t.Errorf("%+v", used)
	}
	requests, err := scope.Requests()
	if err != nil || len(requests) == 0 {
		t.Errorf("%v %v", requests, err)
	}
}

package lab

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	bkclient "github.com/moby/buildkit/client"
)

// OnEngine returns the lab with one of its other engines, by name, instead of its own. If that is a Docker Engine, it
// also runs the containers.
func (l *Lab) OnEngine(t testing.TB, name string) *Lab {
	t.Helper()
	engine, ok := l.Engines[name]
	if !ok {
		t.Fatalf("the lab runs no engine %s: run `make lab-engines`", name)
	}
	other := *l
	other.Engine = &engine
	other.Buildkit = engine.Address
	if engine.Docker {
		other.Buildkit, other.State.Docker = "", engine.Address
	}
	client, err := engine.NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	if _, err := client.ListWorkers(t.Context()); err != nil {
		t.Fatalf("the engine %s does not answer (run `make lab-engines`): %v", name, err)
	}
	other.Client = client
	return &other
}

// NewClient makes a client of the engine's BuildKit.
func (e Engine) NewClient(ctx context.Context) (*bkclient.Client, error) {
	if e.TLS != "" {
		return bkclient.New(ctx, e.Address, bkclient.WithServerConfig("", filepath.Join(e.TLS, "ca.pem")),
			bkclient.WithCredentials(filepath.Join(e.TLS, "cert.pem"), filepath.Join(e.TLS, "key.pem")))
	}
	if !e.Docker {
		return bkclient.New(ctx, e.Address)
	}
	return bkclient.New(ctx, "",
		bkclient.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return e.hijack(ctx, "/grpc", "h2c", nil)
		}),
		bkclient.WithSessionDialer(func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			return e.hijack(ctx, "/session", proto, meta)
		}))
}

// hijack turns a request to the Docker Engine's API into a connection, as the docker client does for a build.
func (e Engine) hijack(ctx context.Context, path, proto string, meta map[string][]string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", strings.TrimPrefix(e.Address, "unix://"))
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://docker"+path, nil)
	if err != nil {
		return nil, err
	}
	maps.Copy(request.Header, meta)
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Upgrade", proto)
	if err := request.Write(conn); err != nil {
		conn.Close()
		return nil, err
	}
	r := bufio.NewReader(conn)
	response, err := http.ReadResponse(r, request)
	if err != nil {
		conn.Close()
		return nil, err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		conn.Close()
		return nil, fmt.Errorf("the Docker Engine answers %s to %s", response.Status, path)
	}
	return &buffered{conn, r}, nil
}

// buffered is a connection whose first bytes are already read, together with the answer.
type buffered struct {
	net.Conn
	r *bufio.Reader
}

func (b *buffered) Read(p []byte) (int, error) { return b.r.Read(p) }

// adapt changes exports into what the engine has: one with a graph driver keeps an image under its own exporter and
// pushes by its API. The second result names the images to push.
func (e *Engine) adapt(exports []bkclient.ExportEntry) (adapted []bkclient.ExportEntry, images []string) {
	for _, export := range exports {
		if e.Graph && export.Type == bkclient.ExporterImage {
			name := export.Attrs["name"]
			if export.Attrs["push"] == "true" {
				images = append(images, name)
			}
			export = bkclient.ExportEntry{Type: "moby", Attrs: map[string]string{"name": name}}
		}
		adapted = append(adapted, export)
	}
	return adapted, images
}

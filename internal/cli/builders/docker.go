package builders

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/moby/buildkit/client"

	"github.com/moult-build/moult/internal/engines"
)

// docker connects to the BuildKit of a Docker Engine.
func docker(ctx context.Context) (*Builder, error) {
	e, err := findEngine(ctx)
	if err != nil {
		return nil, err
	}
	version, err := e.version(ctx)
	if err != nil {
		return nil, fmt.Errorf("no Docker Engine answers at %s: %w", e.host, err)
	}
	if major, err := strconv.Atoi(strings.SplitN(version, ".", 2)[0]); err == nil && major < engines.OldestDocker {
		return nil, fmt.Errorf("the Docker Engine at %s is %s, and Moult needs %d or later", e.host, version, engines.OldestDocker)
	}
	c, err := client.New(ctx, "",
		client.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return e.hijack(ctx, "/grpc", nil) }),
		client.WithSessionDialer(func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			return e.hijack(ctx, "/session", meta)
		}))
	if err == nil {
		err = answers(c, func() error { _, err := c.ListWorkers(ctx); return err })
	}
	if err != nil {
		return nil, fmt.Errorf("the BuildKit of the Docker Engine at %s does not answer: %w", e.host, err)
	}
	return &Builder{Client: c, Name: "Docker Engine " + version, InDocker: true}, nil
}

// engine is a Docker Engine's API.
type engine struct {
	host string
	dial func(context.Context) (net.Conn, error)
}

// findEngine finds the engine's address: that of DOCKER_HOST, or else that of
// the docker command's current context, or else the default socket.
func findEngine(ctx context.Context) (engine, error) {
	host := os.Getenv("DOCKER_HOST")
	if host == "" {
		if out, err := exec.CommandContext(ctx, "docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}").Output(); err == nil {
			host = strings.TrimSpace(string(out))
		}
	}
	if host == "" {
		host = "unix:///var/run/docker.sock"
	}
	scheme, addr, ok := strings.Cut(host, "://")
	if !ok {
		return engine{}, fmt.Errorf("DOCKER_HOST %q has no scheme", host)
	}
	e := engine{host: host}
	switch scheme {
	case "unix":
		e.dial = func(ctx context.Context) (net.Conn, error) { return (&net.Dialer{}).DialContext(ctx, "unix", addr) }
	case "tcp":
		config, err := engineTLS()
		if err != nil {
			return engine{}, err
		}
		e.dial = func(ctx context.Context) (net.Conn, error) {
			if config != nil {
				return (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", addr)
			}
			return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		}
	case "ssh":
		// The docker command on the other machine passes the requests to its engine.
		e.dial = func(context.Context) (net.Conn, error) {
			target := "ssh://" + addr
			args := []string{}
			target = strings.TrimPrefix(target, "ssh://")
			if machine, port, ok := strings.Cut(target, ":"); ok {
				args, target = append(args, "-p", strings.TrimSuffix(port, "/")), machine
			}
			// ssh stays in the terminal's process group, because it may ask for a
			// passphrase.
			return startConn(exec.Command("ssh", append(args, "--", strings.TrimSuffix(target, "/"), "docker", "system", "dial-stdio")...))
		}
	default:
		return engine{}, fmt.Errorf("the Docker Engine at %s cannot be reached: %s is not unix, tcp or ssh", host, scheme)
	}
	return e, nil
}

// engineTLS returns the configuration for DOCKER_TLS_VERIFY and
// DOCKER_CERT_PATH; nil if they are not set.
func engineTLS() (*tls.Config, error) {
	if os.Getenv("DOCKER_TLS_VERIFY") == "" {
		return nil, nil
	}
	dir := os.Getenv("DOCKER_CERT_PATH")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(home, ".docker")
	}
	pool, err := authorities(filepath.Join(dir, "ca.pem"))
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	if err != nil {
		return nil, fmt.Errorf("the certificate for the Docker Engine: %w", err)
	}
	return &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// client is an HTTP client of the engine's API.
func (e engine) client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return e.dial(ctx) },
		DisableKeepAlives: true,
	}}
}

func (e engine) version(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://docker/version", nil)
	if err != nil {
		return "", err
	}
	response, err := e.client().Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", errors.New(response.Status)
	}
	var v struct{ Version string }
	if err := json.NewDecoder(response.Body).Decode(&v); err != nil {
		return "", err
	}
	return v.Version, nil
}

// hijack asks the engine to use a connection for gRPC from now on.
func (e engine) hijack(ctx context.Context, path string, meta map[string][]string) (net.Conn, error) {
	c, err := e.dial(ctx)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://docker"+path, nil)
	if err != nil {
		c.Close()
		return nil, err
	}
	request.Header = http.Header{}
	for name, values := range meta {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Upgrade", "h2c")
	if err := request.Write(c); err != nil {
		c.Close()
		return nil, err
	}
	r := bufio.NewReader(c)
	response, err := http.ReadResponse(r, request)
	if err != nil {
		c.Close()
		return nil, err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		c.Close()
		return nil, fmt.Errorf("%s answered %s", path, response.Status)
	}
	return &buffered{Conn: c, r: r}, nil
}

// buffered is a connection whose next bytes are already read into a buffer.
type buffered struct {
	net.Conn
	r *bufio.Reader
}

func (b *buffered) Read(p []byte) (int, error) { return b.r.Read(p) }

// Load sends an image in the form of `docker save` to a Docker Engine. It
// returns the message of the engine.
func Load(ctx context.Context, image io.Reader) (string, error) {
	e, err := findEngine(ctx)
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://docker/images/load?quiet=1", image)
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-tar")
	response, err := e.client().Do(request)
	if err != nil {
		return "", fmt.Errorf("loading the image into the Docker Engine at %s: %w", e.host, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
		return "", fmt.Errorf("loading the image into the Docker Engine at %s: %s: %s", e.host, response.Status, text)
	}
	var said strings.Builder
	for decoder := json.NewDecoder(response.Body); ; {
		var line struct{ Stream, Error string }
		if err := decoder.Decode(&line); err == io.EOF {
			return strings.TrimSpace(said.String()), nil
		} else if err != nil {
			return "", err
		}
		if line.Error != "" {
			return "", errors.New(line.Error)
		}
		said.WriteString(line.Stream)
	}
}

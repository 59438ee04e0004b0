package daemons

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// choosePlaces chooses ports, sockets and names once. Later runs use the same ones, so that a shell that has read
// .lab/env stays correct.
func (l *lab) choosePlaces() error {
	if l.state.Registry == "" {
		port, err := freePort()
		if err != nil {
			return err
		}
		l.state.Registry = fmt.Sprintf("127.0.0.1:%d", port)
	}
	if l.state.Index == "" {
		port, err := freePort()
		if err != nil {
			return err
		}
		l.state.Index = fmt.Sprintf("http://127.0.0.1:%d", port)
	}
	for _, socket := range []struct{ name, path string }{
		{"buildkitd", l.socket("buildkitd")}, {"docker", l.socket("docker")}, {"containerd", l.socket("containerd")},
	} {
		// sun_path of a UNIX socket holds 108 bytes.
		if len(socket.path) > 107 {
			return fmt.Errorf("the path of the socket %s is longer than the system allows; move the checkout to a shorter path", socket.path)
		}
	}
	l.state.Buildkit = "unix://" + l.socket("buildkitd")
	l.state.Docker = "unix://" + l.socket("docker")
	if l.state.Bridge == "" {
		sum := sha256.Sum256([]byte(l.checkout))
		l.state.Bridge = "moult" + hex.EncodeToString(sum[:4])
	}
	if l.state.Subnet == "" {
		subnet, err := freeSubnet()
		if err != nil {
			return err
		}
		l.state.Subnet = subnet
	}
	return l.state.Write()
}

func (l *lab) socket(name string) string { return filepath.Join(l.run, name+".sock") }

// freePort returns a free port of the loopback.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("unexpected address %v", listener.Addr())
	}
	return address.Port, nil
}

// freeSubnet finds a private /24 network without an interface of the machine. It is written with its gateway:
// 10.213.7.1/24.
func freeSubnet() (string, error) {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return "", err
	}
	for third := range 250 {
		gateway := net.IPv4(10, 213, byte(third+1), 1)
		taken := false
		for _, a := range addresses {
			other, ok := a.(*net.IPNet)
			if !ok {
				continue
			}
			mine := &net.IPNet{IP: gateway.Mask(net.CIDRMask(24, 32)), Mask: net.CIDRMask(24, 32)}
			taken = taken || other.Contains(gateway) || mine.Contains(other.IP)
		}
		if !taken {
			return gateway.String() + "/24", nil
		}
	}
	return "", fmt.Errorf("no free network in 10.213.0.0/16")
}

// authorities returns the bundle of a machine that trusts an additional certificate authority, which the containers of
// a build do not know. The authority is below /usr/local/share/ca-certificates, or in the bundle of the variable that
// TLS libraries read.
func authorities() string {
	const system = "/etc/ssl/certs/ca-certificates.crt"
	bundle := os.Getenv("SSL_CERT_FILE")
	own, err := filepath.Glob("/usr/local/share/ca-certificates/*.crt")
	if err == nil && len(own) > 0 && bundle == "" {
		bundle = system
	}
	if bundle == "" {
		return ""
	}
	if info, err := os.Stat(bundle); err != nil || info.IsDir() {
		return ""
	}
	return bundle
}

// publicIndexURL is the index that builds use by default.
const publicIndexURL = "https://pypi.org/simple/pip/"

// publicIndex reports whether the public package index answers within a few seconds.
func publicIndex(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, publicIndexURL, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

package daemons

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	labapi "github.com/moult-build/moult/internal/dev/lab"
)

// overTLS is a BuildKit on a port, which asks its clients for a certificate.
type overTLS struct{}

func (overTLS) start(ctx context.Context, l *lab) error {
	config := labapi.BuildkitConfig(l.state.Registry)
	dir, file, err := l.newestFolder("tls", config)
	if err != nil {
		return err
	}
	engine := l.state.Engines["tls"]
	if engine.Address == "" {
		port, err := freePort()
		if err != nil {
			return err
		}
		engine = labapi.Engine{Address: fmt.Sprintf("tcp://127.0.0.1:%d", port), TLS: dir}
		if err := makeCertificates(dir); err != nil {
			return err
		}
	}
	argv := labapi.BuildkitCommand(filepath.Join(l.bin, "buildkitd"), file, filepath.Join(dir, "root"), engine.Address)
	for n, arg := range argv {
		if arg == "--otel-socket-path" {
			argv[n+1] = l.socket("bk-tls") + ".otel"
		}
	}
	argv = append(argv, "--tlscacert", filepath.Join(dir, "ca.pem"), "--tlscert", filepath.Join(dir, "cert.pem"), "--tlskey", filepath.Join(dir, "key.pem"))
	if err := l.startNewest(ctx, "tls", config, argv, engineAnswers(engine)); err != nil {
		return err
	}
	l.state.Engines["tls"] = engine
	return nil
}

func (overTLS) stop(_ context.Context, l *lab) error { return l.stop("bk-tls") }

// makeCertificates writes an authority and one certificate of it, for the daemon and its clients.
func makeCertificates(dir string) error {
	authority, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "the lab"}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"}, NotBefore: root.NotBefore, NotAfter: root.NotAfter,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	ca, err := x509.CreateCertificate(rand.Reader, root, root, authority.Public(), authority)
	if err != nil {
		return err
	}
	cert, err := x509.CreateCertificate(rand.Reader, leaf, root, key.Public(), authority)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	for _, file := range []struct {
		name, kind string
		content    []byte
	}{{"ca.pem", "CERTIFICATE", ca}, {"cert.pem", "CERTIFICATE", cert}, {"key.pem", "PRIVATE KEY", secret}} {
		text := pem.EncodeToMemory(&pem.Block{Type: file.kind, Bytes: file.content})
		if err := os.WriteFile(filepath.Join(dir, file.name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

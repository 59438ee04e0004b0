package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moult-build/moult/internal/step/protocol"
)

// systemBundles are the places where Linux distributions keep the bundle of
// certificate authorities, Debian's first.
var systemBundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

// trustVariables are the environment variables for another bundle of
// certificate authorities.
var trustVariables = []string{
	"SSL_CERT_FILE",       // OpenSSL, Go, uv
	"PIP_CERT",            // pip
	"REQUESTS_CA_BUNDLE",  // requests
	"CURL_CA_BUNDLE",      // curl
	"GIT_SSL_CAINFO",      // git
	"CARGO_HTTP_CAINFO",   // cargo
	"NODE_EXTRA_CA_CERTS", // Node
	"AWS_CA_BUNDLE",       // boto3
}

// trust makes the step's programs trust the certificate authorities of the
// build's secret, if there is one, in addition to those of the image. The
// bundle is written to the folder tmp (a tmpfs), never into the image. The
// returned variables are to be added to the step's environment.
func trust(secret, tmp string) ([]string, error) {
	pem, err := os.ReadFile(secret)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the secret %q: %w", protocol.CertificateSecret, err)
	}
	bundle := append(pem, '\n')
	for _, p := range systemBundles {
		if system, err := os.ReadFile(p); err == nil {
			bundle = append(bundle, system...)
			break
		}
	}
	file := filepath.Join(tmp, "ca-certificates.pem")
	if err := os.WriteFile(file, bundle, 0o644); err != nil {
		return nil, err
	}
	apt := filepath.Join(tmp, "apt.conf")
	if err := os.WriteFile(apt, fmt.Appendf(nil, "Acquire::https::CaInfo %q;\n", file), 0o644); err != nil {
		return nil, err
	}
	env := []string{"APT_CONFIG=" + apt}
	for _, name := range trustVariables {
		env = append(env, name+"="+file)
	}
	return env, nil
}

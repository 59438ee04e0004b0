package builders

import (
	"crypto/x509"
	"fmt"
	"os"
)

// authorities reads certificate authorities from a PEM file.
func authorities(name string) (*x509.CertPool, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(content) {
		return nil, fmt.Errorf("%s holds no certificate", name)
	}
	return pool, nil
}

package stores

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/moult-build/moult/internal/dev/bench/service"
)

// The account of Azurite is the one that it always has; its key is public.
const (
	azuriteAccount = "devstoreaccount1"
	azuriteKey     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
	minioUser      = "moult-bench"
	minioPassword  = "moult-bench-password"
	bucket         = "cache"
)

// minio runs MinIO's server. A folder in its data is a bucket.
func (s *Store) minio(ctx context.Context, dir, program string) error {
	data := filepath.Join(dir, "data")
	if err := os.MkdirAll(filepath.Join(data, bucket), 0o755); err != nil {
		return err
	}
	address, err := service.FreeAddress()
	if err != nil {
		return err
	}
	environment := []string{"MINIO_ROOT_USER=" + minioUser, "MINIO_ROOT_PASSWORD=" + minioPassword, "MINIO_BROWSER=off", "HOME=" + dir}
	if err := s.run(ctx, dir, environment, address, program, "server", "--quiet", "--address", address, data); err != nil {
		return err
	}
	front, err := s.counted(forward(address), func(r *http.Request) bool {
		// An object is one PUT, or several of its parts with a POST at the end.
		parts := r.URL.Query().Has("uploadId")
		return r.Method == http.MethodPut && !parts || r.Method == http.MethodPost && parts
	})
	s.both(map[string]string{
		"bucket": bucket, "region": "us-east-1", "endpoint_url": "http://" + front, "use_path_style": "true",
		"access_key_id": minioUser, "secret_access_key": minioPassword, "name": "cache",
	})
	return err
}

// azurite runs Azurite's blob service.
func (s *Store) azurite(ctx context.Context, dir, program string) error {
	address, err := service.FreeAddress()
	if err != nil {
		return err
	}
	host, port, _ := net.SplitHostPort(address)
	if err := s.run(ctx, dir, nil, address, program, "--silent", "--skipApiVersionCheck", "--disableTelemetry",
		"--location", dir, "--blobHost", host, "--blobPort", port); err != nil {
		return err
	}
	front, err := s.counted(forward(address), func(r *http.Request) bool {
		comp := r.URL.Query().Get("comp")
		container := r.URL.Query().Get("restype") == "container"
		return r.Method == http.MethodPut && !container && (comp == "" || comp == "blocklist")
	})
	s.both(map[string]string{
		"account_url": "http://" + front + "/" + azuriteAccount, "account_name": azuriteAccount, "secret_access_key": azuriteKey,
		"container": bucket, "name": "cache",
	})
	return err
}

// run starts a service and waits until it answers.
func (s *Store) run(ctx context.Context, dir string, environment []string, address string, argv ...string) error {
	if argv[0] == "" {
		return fmt.Errorf("the program of the store %s is missing: `make bench-stores` brings it", s.Kind)
	}
	_, end, err := service.Run(dir, "store", argv, environment)
	if err != nil {
		return err
	}
	s.ended.Add(end)
	err = service.Eventually(ctx, time.Minute, s.Kind, func() error {
		response, err := http.Get("http://" + address + "/")
		if err == nil {
			err = response.Body.Close()
		}
		return err
	})
	if err != nil {
		text, _ := os.ReadFile(filepath.Join(dir, "store.log"))
		return fmt.Errorf("%w\n%s", err, strings.TrimSpace(string(text)))
	}
	return nil
}

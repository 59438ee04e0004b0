// Package stores runs the services in which a BuildKit can keep its cache, other than a registry's own, and counts what it
// asks of them: --cache-to type=gha, type=s3, type=azblob and type=local. The input is the kind and a folder for the data;
// the output are the attributes of --cache-to and --cache-from, and counts of requests, blobs and bytes.
package stores

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"path/filepath"

	"github.com/moult-build/moult/internal/dev/bench/service"
)

// Count is what a store was asked for.
type Count struct {
	// Requests is the number of requests; 0 for a folder, which has none.
	Requests int64
	// Blobs is the number of objects that were written, Sent their size in bytes, and Received the size of what was read.
	Blobs, Sent, Received int64
}

// Minus returns the difference from an earlier count.
func (c Count) Minus(earlier Count) Count {
	return Count{c.Requests - earlier.Requests, c.Blobs - earlier.Blobs, c.Sent - earlier.Sent, c.Received - earlier.Received}
}

// Store is a running store.
type Store struct {
	// Kind is the type of --cache-to.
	Kind string
	// To and From are the attributes of --cache-to, without mode, and of --cache-from.
	To, From map[string]string

	count func() (Count, error)
	ended service.Ends
}

// Kinds are the kinds that Start knows, in the order of tables.
var Kinds = []string{"registry", "local", "gha", "s3", "azblob"}

// Programs are the programs of the stores that are services of others.
type Programs struct {
	// Minio is the path of MinIO's server, Azurite that of Azurite's blob service.
	Minio, Azurite string
}

// Start runs a store whose data is in an empty folder. registry is host:port of a registry, for the kind of that name. The
// caller ends it.
func Start(ctx context.Context, kind, dir, registry string, programs Programs) (_ *Store, err error) {
	s := &Store{Kind: kind}
	defer func() {
		if err != nil {
			_ = s.End()
		}
	}()
	switch kind {
	case "local":
		s.both(nil)
		s.To["dest"], s.From["src"] = dir, dir
		s.count = func() (Count, error) { return folder(dir) }
		return s, nil
	case "registry":
		address, err := s.counted(forward(registry), func(r *http.Request) bool {
			return r.Method == http.MethodPut
		})
		s.both(map[string]string{"ref": address + "/cache:latest"})
		return s, err
	case "gha":
		service, err := newActions(dir)
		if err != nil {
			return nil, err
		}
		address, err := s.counted(service, finished)
		url := "http://" + address + "/"
		s.both(map[string]string{"url": url, "url_v2": url, "version": "2", "token": actionsToken})
		return s, err
	case "s3":
		return s, s.minio(ctx, dir, programs.Minio)
	case "azblob":
		return s, s.azurite(ctx, dir, programs.Azurite)
	}
	return nil, fmt.Errorf("there is no store of the kind %q", kind)
}

// both sets the attributes that --cache-to and --cache-from have in common.
func (s *Store) both(attributes map[string]string) {
	s.To, s.From = map[string]string{}, map[string]string{}
	maps.Copy(s.To, attributes)
	maps.Copy(s.From, attributes)
}

// Count returns what the store was asked for until now.
func (s *Store) Count() (Count, error) { return s.count() }

// folder counts the blobs of a cache in a folder, which has the layout of an OCI image.
func folder(dir string) (c Count, err error) {
	err = filepath.WalkDir(filepath.Join(dir, "blobs"), func(_ string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // nothing was stored yet
		}
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			c.Blobs++
			c.Sent += info.Size()
		}
		return err
	})
	return c, err
}

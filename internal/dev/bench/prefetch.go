package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/moult-build/moult/internal/dev/bench/proxy"
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/source"
)

// prefetch has the proxy fetch what all contestants will ask for: each locked package's wheel, its metadata and its page
// in the index, for the application and for all its changes.
func prefetch(ctx context.Context, p *proxy.Proxy, o Options, app Application) error {
	folder := filepath.Join(o.Root, app.folders[len(app.folders)-1])
	locks := []string{filepath.Join(folder, "uv.lock")}
	for _, change := range []Change{Upgrade, Add, Remove, Other} {
		name := filepath.Join(folder, "variants", string(change), "uv.lock")
		if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		locks = append(locks, name)
	}
	client := p.Client()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	seen := map[string]bool{}
	get := func(url, accept string) {
		if seen[url+accept] {
			return
		}
		seen[url+accept] = true
		group.Go(func() error { return fetch(ctx, client, url, accept, io.Discard) })
	}
	for _, name := range locks {
		wheels, err := lockedWheels(name)
		if err != nil {
			return err
		}
		for _, w := range wheels {
			get(w.URL, "")
			get(w.URL+".metadata", "")
			for _, accept := range []string{
				"application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01",
				"application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01",
			} {
				get("https://pypi.org/simple/"+w.Package+"/", accept)
			}
		}
	}
	return group.Wait()
}

// wheel is a file that an application is installed from.
type wheel struct {
	Package, URL, Filename string
	// Size in bytes, where the lock tells it.
	Size int64
}

// lockedWheels are the wheels that a lock means for the machine that the images are for.
func lockedWheels(name string) ([]wheel, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	l, err := lock.Read(&source.File{Name: path.Base(name), Data: data}, lock.Options{Open: func(string) ([]byte, error) { return nil, fs.ErrNotExist }})
	if err != nil {
		return nil, err
	}
	env := target()
	chosen, err := lock.Select(l, lock.Selection{}, env.Markers())
	if err != nil {
		return nil, err
	}
	var wheels []wheel
	for _, c := range chosen {
		if c.Package.Source.Kind != lock.FromIndex {
			continue
		}
		choice, err := c.Package.Choose(env.Tags())
		if err != nil {
			return nil, err
		}
		if choice.Artifact == nil || !choice.Wheel {
			continue
		}
		a := choice.Artifact
		wheels = append(wheels, wheel{Package: c.Package.Name, URL: a.URL, Filename: a.Filename, Size: a.Size})
	}
	return wheels, nil
}

// target is the environment of the images: CPython on Debian, on this kind of machine.
func target() environment.Environment {
	return environment.Environment{
		Platform: environment.Platform{OS: "linux", Arch: runtime.GOARCH},
		Python:   environment.Python{Major: 3, Minor: 13},
		Libc:     environment.Libc{Family: "glibc", Major: 2, Minor: 41},
	}
}

// fetch gets a file through a client.
func fetch(ctx context.Context, client *http.Client, url, accept string, into io.Writer) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if accept != "" {
		request.Header.Set("Accept", accept)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 500 {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	_, err = io.Copy(into, response.Body)
	return err
}

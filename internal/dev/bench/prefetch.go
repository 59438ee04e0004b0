package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/moult-build/moult/internal/dev/bench/proxy"
	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

// prefetch makes the proxy fetch the files that all contestants need: each locked package's wheel, its metadata and its
// page in the index, for the application and for all its changes.
func prefetch(ctx context.Context, p *proxy.Proxy, o Options, app Application) error {
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
	for _, change := range []Change{None, Upgrade, Add, Remove, Other} {
		if !app.has(change) {
			continue
		}
		wheels, err := app.wheels(o.Root, change)
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

// wheel is the wheel of a package of an application.
type wheel struct {
	Package, URL, Filename string
	// Size is in bytes; 0 if the lock does not have it.
	Size int64
}

// wheels are those that the application has in the images after a change.
func (a Application) wheels(root string, change Change) ([]wheel, error) {
	dir, err := os.MkdirTemp("", "moult-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := a.prepare(root, dir, Contestant{}, change, ""); err != nil {
		return nil, err
	}
	return lockedWheels(dir)
}

// lockedWheels are the wheels that a locked project has in the images, which are for this kind of machine.
func lockedWheels(folder string) ([]wheel, error) {
	_, d, err := worldtest.Decide(context.Background(), worldtest.Files(os.DirFS(folder)), "pyproject.toml", project.Options{}, worldtest.World{Arch: runtime.GOARCH})
	if err != nil {
		return nil, fmt.Errorf("planning %s: %w", folder, err)
	}
	var wheels []wheel
	for _, p := range d.Plan.Packages {
		if w := p.Download(); w != nil {
			wheels = append(wheels, wheel{Package: p.Name, URL: w.URL, Filename: w.Filename, Size: p.Size})
		}
	}
	return wheels, nil
}

// fetch downloads a file with a client.
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

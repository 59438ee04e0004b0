package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	bkclient "github.com/moby/buildkit/client"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/auth/authprovider"
	"github.com/moby/buildkit/session/secrets/secretsprovider"
	"github.com/moby/buildkit/session/sshforward/sshprovider"
	"github.com/moby/buildkit/util/progress/progressui"
	digest "github.com/opencontainers/go-digest"
	"github.com/tonistiigi/fsutil"
)

// Build describes one build. Func runs the frontend in the test's own process; without it, Frontend names one of the
// daemon's (gateway.v0 with Opts["source"] runs a frontend's image, dockerfile.v0 follows a # syntax= line).
type Build struct {
	Func     gwclient.BuildFunc
	Frontend string
	// Opts are the frontend's options in BuildKit's spelling: "filename", "target", "platform", "build-arg:NAME",
	// "label:NAME", "context:NAME", "no-cache", "requestid", ...
	Opts map[string]string
	// Context is the folder of the build context, mounted as the local sources "context" and "dockerfile".
	Context string
	// Locals are further local sources by name, or replace the two.
	Locals map[string]string
	// Secrets by id. The machine's own certificate authorities are added under the id ca-certificates, unless a
	// secret of that name is here or WithoutCA is set.
	Secrets   map[string][]byte
	WithoutCA bool
	// SSH is the path of an agent's socket or a key file, given to the build as the default agent. None if empty.
	SSH string
	// Exports say where the result goes; see ToFolder, ToLayout, ToRegistry. None leaves it in the daemon's cache.
	Exports []bkclient.ExportEntry
	// CacheImports and CacheExports as in buildctl's --import-cache and --export-cache.
	CacheImports, CacheExports []bkclient.CacheOptionsEntry
	// Entitlements the build may use, e.g. network.host.
	Entitlements []string
	// Progress gets the progress as buildctl prints it where there is no terminal.
	Progress io.Writer
}

// Result is the result of a build, with its progress.
type Result struct {
	// Vertexes are in the order of their first report.
	Vertexes []Vertex
	// Warnings are in the order of their reports.
	Warnings []Warning
	// Response is the exporters' response, e.g. "containerimage.digest".
	Response map[string]string
	// Took is the time from the request to the answer.
	Took time.Duration
}

// Vertex is one vertex of the graph in the progress.
type Vertex struct {
	Digest    digest.Digest
	Name      string
	Inputs    []digest.Digest
	Cached    bool // or run for another build that began before
	Completed bool
	Error     string
	// Group is the name of the progress group, if the vertex is in one.
	Group string
	// Took is the time between its start and its end; zero if it was cached or did not run.
	Took time.Duration
	// Started is its start by the daemon's clock; zero if it did not run.
	Started time.Time
	// Log is the output of the step on stdout and stderr.
	Log string
	// Operation is the operation of the vertex. It is nil for BuildKit's own vertices, and for all vertices of a frontend
	// that is not Build.Func.
	Operation *Operation
	// Foreign says that the operation is of another build's definition: both did the same at the same time, and the daemon
	// shows the vertex of the other one, also beside this build's own.
	Foreign bool
	// Lookup is the source whose metadata the frontend has requested, if the vertex is such a request.
	Lookup string
}

// Warning is one of the frontend's warnings. Line counts from 1; it is 0 if there is none.
type Warning struct {
	Short, Detail, URL, File string
	Line                     int
}

// Build runs a build and collects its progress. It returns the Result even if the build fails.
func (l *Lab) Build(ctx context.Context, b Build) (*Result, error) {
	locals := map[string]string{}
	if b.Context != "" {
		locals["context"], locals["dockerfile"] = b.Context, b.Context
	}
	maps.Copy(locals, b.Locals)
	mounts := map[string]fsutil.FS{}
	for name, dir := range locals {
		fs, err := fsutil.NewFS(dir)
		if err != nil {
			return nil, fmt.Errorf("local source %s: %w", name, err)
		}
		mounts[name] = fs
	}
	secrets := map[string][]byte{}
	if l.CA != "" && !b.WithoutCA {
		bundle, err := os.ReadFile(l.CA)
		if err != nil {
			return nil, err
		}
		secrets["ca-certificates"] = bundle
	}
	maps.Copy(secrets, b.Secrets)
	attach := []session.Attachable{
		secretsprovider.FromMap(secrets),
		authprovider.NewDockerAuthProvider(authprovider.DockerAuthProviderConfig{}),
	}
	if b.SSH != "" {
		provider, err := sshprovider.NewSSHAgentProvider([]sshprovider.AgentConfig{{ID: "default", Paths: []string{b.SSH}}})
		if err != nil {
			return nil, err
		}
		attach = append(attach, provider)
	}
	opts := maps.Clone(b.Opts)
	if opts == nil {
		opts = map[string]string{}
	}
	exports := b.Exports
	var images []string
	if l.Engine != nil {
		exports, images = l.Engine.adapt(exports)
		if l.Engine.Docker {
			// Its containers have a network of their own, where 127.0.0.1 is not the lab.
			opts["force-network-mode"] = "host"
			b.Entitlements = append(slices.Clone(b.Entitlements), "network.host")
		}
	}
	options := bkclient.SolveOpt{
		Frontend: b.Frontend, FrontendAttrs: opts, LocalMounts: mounts, Session: attach,
		Exports: exports, CacheImports: b.CacheImports, CacheExports: b.CacheExports, AllowedEntitlements: b.Entitlements,
	}
	status := make(chan *bkclient.SolveStatus)
	collected := make(chan *Result)
	began := time.Now()
	shown, display := showPlain(b.Progress, status)
	go func() { collected <- collect(shown, began) }()
	var response *bkclient.SolveResponse
	var err error
	seen := newOperations()
	if b.Func != nil {
		response, err = l.Client.Build(ctx, options, "moult-lab", seen.recorded(b.Func), status)
	} else {
		response, err = l.Client.Solve(ctx, nil, options, status)
	}
	took := time.Since(began)
	// The client always closes the channel.
	result := <-collected
	result.Took = took
	err = errors.Join(err, display())
	seen.attach(result)
	if response != nil {
		result.Response = response.ExporterResponse
	}
	for _, image := range images {
		if err == nil {
			_, err = l.Docker(ctx, "push", image)
		}
	}
	return result, err
}

// showPlain prints the progress of a build, unless to is nil. It returns the progress, and a function that waits for the
// end of the printing.
func showPlain(to io.Writer, status <-chan *bkclient.SolveStatus) (<-chan *bkclient.SolveStatus, func() error) {
	if to == nil {
		return status, func() error { return nil }
	}
	shown, both, done := make(chan *bkclient.SolveStatus), make(chan *bkclient.SolveStatus), make(chan error, 1)
	go func() {
		display, err := progressui.NewDisplay(to, progressui.PlainMode)
		if err == nil {
			_, err = display.UpdateFrom(context.Background(), both)
		}
		done <- err
	}()
	go func() {
		defer close(shown)
		defer close(both)
		for update := range status {
			both <- update
			shown <- update
		}
	}()
	return shown, func() error { return <-done }
}

// collect reads the progress of a build to its end. began is the start of the build. If a daemon runs a step for
// another build at the same time, it reports this step for both builds. So a step that started before the build counts
// as cached.
func collect(status <-chan *bkclient.SolveStatus, began time.Time) *Result {
	result := &Result{}
	place := map[digest.Digest]int{}
	logs := map[digest.Digest]*bytes.Buffer{}
	for update := range status {
		for _, v := range update.Vertexes {
			i, ok := place[v.Digest]
			if !ok {
				i = len(result.Vertexes)
				place[v.Digest] = i
				result.Vertexes = append(result.Vertexes, Vertex{Digest: v.Digest})
			}
			to := &result.Vertexes[i]
			to.Name, to.Inputs, to.Error = v.Name, v.Inputs, v.Error
			to.Cached = v.Cached || v.Started != nil && v.Started.Before(began)
			to.Completed = v.Completed != nil
			if v.ProgressGroup != nil {
				to.Group = v.ProgressGroup.Name
			}
			if v.Started != nil {
				to.Started = *v.Started
			}
			if v.Started != nil && v.Completed != nil {
				to.Took = v.Completed.Sub(*v.Started)
			}
		}
		for _, entry := range update.Logs {
			if logs[entry.Vertex] == nil {
				logs[entry.Vertex] = &bytes.Buffer{}
			}
			logs[entry.Vertex].Write(entry.Data)
		}
		for _, w := range update.Warnings {
			warning := Warning{Short: string(w.Short), Detail: string(bytes.Join(w.Detail, []byte("\n"))), URL: w.URL}
			if w.SourceInfo != nil {
				warning.File = w.SourceInfo.Filename
			}
			if len(w.Range) > 0 && w.Range[0].Start != nil {
				warning.Line = int(w.Range[0].Start.Line)
			}
			result.Warnings = append(result.Warnings, warning)
		}
	}
	for d, log := range logs {
		if i, ok := place[d]; ok {
			result.Vertexes[i].Log = log.String()
		}
	}
	return result
}

// Ran lists the vertices that were completed and not taken from the cache, in order.
func (r *Result) Ran() []Vertex {
	return slices.DeleteFunc(slices.Clone(r.Vertexes), func(v Vertex) bool { return !v.Completed || v.Cached })
}

// Log returns the output of all steps, each after its name, for the message of a failed test.
func (r *Result) Log() string {
	var b strings.Builder
	for _, v := range r.Vertexes {
		how := ""
		if v.Cached {
			how = " CACHED"
		}
		fmt.Fprintf(&b, "=> %s%s %.2fs\n", v.Name, how, v.Took.Seconds())
		for line := range strings.Lines(v.Log) {
			b.WriteString("   " + strings.TrimRight(line, "\n") + "\n")
		}
		if v.Error != "" {
			b.WriteString("   ERROR " + v.Error + "\n")
		}
	}
	return b.String()
}

// ToFolder exports the result's files into a folder of this machine.
func ToFolder(dir string) bkclient.ExportEntry {
	return bkclient.ExportEntry{Type: bkclient.ExporterLocal, OutputDir: dir}
}

// ToLayout exports the image as an OCI layout into a folder of this machine; ReadLayout reads it.
// Attributes are given as "name=value", e.g. "rewrite-timestamp=true".
func ToLayout(dir string, attributes ...string) bkclient.ExportEntry {
	attrs := pairs(attributes)
	attrs["tar"] = "false"
	return bkclient.ExportEntry{Type: bkclient.ExporterOCI, Attrs: attrs, OutputDir: dir}
}

// ToRegistry pushes the image under a reference with a registry in it (see Lab.Image).
func ToRegistry(ref string, attributes ...string) bkclient.ExportEntry {
	attrs := pairs(attributes)
	attrs["name"], attrs["push"] = ref, "true"
	return bkclient.ExportEntry{Type: bkclient.ExporterImage, Attrs: attrs}
}

func pairs(list []string) map[string]string {
	attrs := map[string]string{}
	for _, pair := range slices.Sorted(slices.Values(list)) {
		name, value, _ := strings.Cut(pair, "=")
		attrs[name] = value
	}
	return attrs
}

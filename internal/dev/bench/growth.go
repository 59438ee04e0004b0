package bench

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/moult-build/moult/frontend"
)

// The measures of growth: the first build of a project with generated packages, a build with nothing changed, and a
// build with one package upgraded.
const (
	GrowFirst   = "grow-first"
	GrowNothing = "grow-nothing"
	GrowUpgrade = "grow-upgrade"
)

var growing = []string{GrowFirst, GrowNothing, GrowUpgrade}

// growthApp is the name of the generated project in the results.
const growthApp = "growth"

// growers are the contestants whose growth is measured.
var growers = []string{Baseline, "uv", "moult"}

// madeUp is the host of the generated packages, which exists only in the proxy.
const madeUp = "packages.bench.invalid"

// hosts returns the handlers for hosts that exist only in the proxy.
func hosts() map[string]http.Handler {
	return map[string]http.Handler{madeUp: http.HandlerFunc(servePackages)}
}

func packageName(n int) string { return fmt.Sprintf("pkg-%03d", n) }

// madeVersions are the versions of each generated package.
var madeVersions = []string{"1.0", "1.1"}

func wheelName(name, version string) string {
	return strings.ReplaceAll(name, "-", "_") + "-" + version + "-py3-none-any.whl"
}

// servePackages is the index of the generated packages.
func servePackages(w http.ResponseWriter, r *http.Request) {
	folder, rest, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
	switch folder {
	case "simple":
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Cache-Control", "max-age=600, public")
		for _, version := range madeVersions {
			file := wheelName(rest, version)
			sum := sha256.Sum256(madeWheel(rest, version))
			fmt.Fprintf(w, "<a href=\"/files/%s#sha256=%x\">%s</a><br>\n", file, sum, file)
		}
	case "files":
		parts := strings.Split(rest, "-")
		if len(parts) != 5 || !strings.HasSuffix(rest, ".whl") {
			http.NotFound(w, r)
			return
		}
		data := madeWheel(strings.ReplaceAll(parts[0], "_", "-"), parts[1])
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Cache-Control", "max-age=365000000, immutable, public")
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		_, _ = w.Write(data)
	default:
		http.NotFound(w, r)
	}
}

// modules is the number of modules of a generated package, functions the number of functions in each. Small real
// packages have about as many.
const (
	modules   = 15
	functions = 25
)

var madeWheels sync.Map

// madeWheel returns the wheel of a generated package. The same name and version give the same bytes.
func madeWheel(name, version string) []byte {
	key := wheelName(name, version)
	if data, ok := madeWheels.Load(key); ok {
		return data.([]byte)
	}
	top := strings.ReplaceAll(name, "-", "_")
	info := top + "-" + version + ".dist-info/"
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	var record strings.Builder
	add := func(path, content string) {
		// Writing to a buffer never fails.
		if f, err := archive.Create(path); err == nil {
			_, _ = f.Write([]byte(content))
		}
		fmt.Fprintf(&record, "%s,,\n", path)
	}
	add(top+"/__init__.py", fmt.Sprintf("\"\"\"A made-up package.\"\"\"\n\n__version__ = %q\n", version))
	for m := range modules {
		var code strings.Builder
		for f := range functions {
			fmt.Fprintf(&code, "def function_%d(first, second=%d):\n    \"\"\"Adds up in the manner of %s.\"\"\"\n", f, f*m, name)
			fmt.Fprintf(&code, "    total = [first * n + second for n in range(%d)]\n    return {\"sum\": sum(total), \"name\": %q}\n\n\n", f+2, name)
		}
		add(fmt.Sprintf("%s/module_%d.py", top, m), code.String())
	}
	add(info+"METADATA", fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", name, version))
	add(info+"WHEEL", "Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
	fmt.Fprintf(&record, "%sRECORD,,\n", info)
	if f, err := archive.Create(info + "RECORD"); err == nil {
		_, _ = f.Write([]byte(record.String()))
	}
	_ = archive.Close()
	data, _ := madeWheels.LoadOrStore(key, b.Bytes())
	return data.([]byte)
}

// madeProject writes a project with count generated packages into a folder. The middle one has the given version.
func madeProject(dir string, count int, version string) error {
	if err := empty(dir); err != nil {
		return err
	}
	index := "https://" + madeUp + "/simple/"
	var project, dependencies, locked, wanted, specified, requirements strings.Builder
	fmt.Fprintf(&requirements, "--index-url %s\n", index)
	for n := range count {
		name, v := packageName(n), madeVersions[0]
		if n == count/2 {
			v = version
		}
		data := madeWheel(name, v)
		sum := sha256.Sum256(data)
		fmt.Fprintf(&dependencies, "    %q,\n", name)
		fmt.Fprintf(&wanted, "    { name = %q },\n", name)
		fmt.Fprintf(&specified, "    { name = %q },\n", name)
		fmt.Fprintf(&requirements, "%s==%s --hash=sha256:%x\n", name, v, sum)
		fmt.Fprintf(&locked, "[[package]]\nname = %q\nversion = %q\nsource = { registry = %q }\nwheels = [\n", name, v, index)
		fmt.Fprintf(&locked, "    { url = %q, hash = \"sha256:%x\", size = %d },\n]\n\n", "https://"+madeUp+"/files/"+wheelName(name, v), sum, len(data))
	}
	fmt.Fprintf(&project, "[project]\nname = \"growth\"\nversion = \"1.0.0\"\nrequires-python = \">=3.13,<3.14\"\ndependencies = [\n%s]\n\n", dependencies.String())
	fmt.Fprintf(&project, "[[tool.uv.index]]\nurl = %q\ndefault = true\n\n[tool.moult]\ncmd = [\"python\", \"main.py\"]\n", index)
	lock := "version = 1\nrevision = 3\nrequires-python = \"==3.13.*\"\n\n" +
		"[[package]]\nname = \"growth\"\nversion = \"1.0.0\"\nsource = { virtual = \".\" }\ndependencies = [\n" + wanted.String() +
		"]\n\n[package.metadata]\nrequires-dist = [\n" + specified.String() + "]\n\n" + locked.String()
	var errs []error
	for name, content := range map[string]string{
		"pyproject.toml": project.String(), "uv.lock": strings.TrimSuffix(lock, "\n"), "requirements.txt": requirements.String(),
		"main.py": "import pkg_000\n\nprint(pkg_000.__version__)\n",
	} {
		errs = append(errs, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	return errors.Join(errs...)
}

// grow measures the growth for one number of packages.
func (r *runner) grow(ctx context.Context, w *world, j job) error {
	d, err := w.startDaemon(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = d.end() }()
	if err := d.pull(ctx, w, j.contestant.bases(r.lab, j.app)); err != nil {
		return err
	}
	dir := filepath.Join(w.dir, "context")
	if err := madeProject(dir, j.packages, madeVersions[0]); err != nil {
		return err
	}
	var size int64
	if j.contestant.isMoult() {
		if size, err = r.graph(ctx, w, d, j, dir); err != nil {
			return err
		}
	}
	first, err := r.build(ctx, w, d, j, dir, "first", nil)
	if err != nil {
		return err
	}
	first.Fresh, first.LLB = len(first.layers), size
	r.put(j, GrowFirst, first.Sample)
	var warm built
	for n := range repeats {
		b, err := r.build(ctx, w, d, j, dir, "nothing"+strconv.Itoa(n), nil)
		if err != nil {
			return err
		}
		if n == 0 || b.Seconds < warm.Seconds {
			warm = b
		}
	}
	warm.LLB = size
	r.put(j, GrowNothing, warm.Sample)
	if err := madeProject(dir, j.packages, madeVersions[1]); err != nil {
		return err
	}
	b, err := r.build(ctx, w, d, j, dir, "upgrade", nil)
	if err != nil {
		return err
	}
	b.Pushed, b.Fresh, b.Reused = b.since(first.image)
	r.put(j, GrowUpgrade, b.Sample)
	return nil
}

// errSeen stops a build after its graph was measured.
var errSeen = errors.New("the graph was seen")

// watched is a gateway that measures the graphs of solve requests, and stops at the graph that installs packages.
type watched struct {
	client.Client
	packages int
	size     int64
}

func (c *watched) Solve(ctx context.Context, req client.SolveRequest) (*client.Result, error) {
	if def := req.Definition; def != nil && len(def.Def) > c.packages {
		c.size = int64(def.SizeVT())
		return nil, errSeen
	}
	return c.Client.Solve(ctx, req)
}

// graph returns the size of Moult's graph, as it is sent to the daemon, in bytes. The frontend runs in this process, so
// that the graph can be measured; nothing is installed. The programs are those of the frontend's image (make frontend),
// because a step has to look into the base before there is a graph.
func (r *runner) graph(ctx context.Context, w *world, d *daemon, j job, dir string) (int64, error) {
	const programs = "programs"
	var seen watched
	b, err := j.contestant.build(w, j.app, dir)
	if err != nil {
		return 0, err
	}
	b.Frontend = ""
	b.Locals = map[string]string{programs: filepath.Join(r.lab.Dir, "frontend", runtime.GOARCH, "out", "moult", "bin")}
	b.Func = func(ctx context.Context, c client.Client) (*client.Result, error) {
		seen = watched{Client: c, packages: j.packages}
		return frontend.New(frontend.FromLocal(programs)).Build(ctx, &seen)
	}
	_, err = d.Build(ctx, b)
	if seen.size == 0 {
		return 0, fmt.Errorf("the graph was not seen: %w", err)
	}
	return seen.size, nil
}

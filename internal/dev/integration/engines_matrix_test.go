package integration

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// engine is a daemon that the rows of the matrix build on, with the clients
// that its users have.
type engine struct {
	*lab.Lab
	name string // as in a tag
	// newest is set for the daemon that the others are compared with.
	newest bool
	// config is the folder of the docker client's configuration.
	config string
	// refused is why the engine did not do what a row asked for, though the test passed.
	refused string
}

func (e *engine) docker() bool { return e.Engine != nil && e.Engine.Docker }
func (e *engine) graph() bool  { return e.docker() && e.Engine.Graph }

// debians is a plugin of the docker client in the Debian release that a Docker Engine runs in, which is Debian 13 for
// all others.
func (e *engine) debians(plugin string) string {
	root := filepath.Join(e.Dir, "engines", "roots", "trixie")
	if e.docker() {
		root = e.Engine.Root
	}
	return filepath.Join(root, "usr", "libexec", "docker", "cli-plugins", plugin)
}

// builder is the name of the engine's builder for buildx.
func (e *engine) builder() string {
	switch {
	case e.docker():
		return "default"
	case e.Engine != nil && e.Engine.Builder != "":
		return e.Engine.Builder
	}
	return "engine"
}

// newEngine gives a client to an engine.
func newEngine(t *testing.T, l *lab.Lab, name string, newest bool) *engine {
	t.Helper()
	return newEngineBy(t, l, name, newest, filepath.Join(l.Dir, "bin", "buildx"))
}

// newEngineBy is newEngine with another docker buildx than the lab's.
func newEngineBy(t *testing.T, l *lab.Lab, name string, newest bool, buildx string) *engine {
	t.Helper()
	e := &engine{Lab: l, name: name, newest: newest, config: t.TempDir()}
	plugins := filepath.Join(e.config, "cli-plugins")
	if err := os.MkdirAll(plugins, 0o755); err != nil {
		t.Fatal(err)
	}
	for plugin, program := range map[string]string{
		"docker-buildx":  buildx,
		"docker-compose": e.debians("docker-compose"),
	} {
		if err := os.Symlink(program, filepath.Join(plugins, plugin)); err != nil {
			t.Fatal(err)
		}
	}
	switch builder := e.builder(); builder {
	case "default":
	case "engine":
		argv := []string{"docker", "buildx", "create", "--name", "engine", "--driver", "remote"}
		if e.Engine != nil && e.Engine.TLS != "" {
			argv = append(argv, "--driver-opt", "cacert="+e.Engine.TLS+"/ca.pem,cert="+e.Engine.TLS+"/cert.pem,key="+e.Engine.TLS+"/key.pem")
		}
		e.must(t, "", append(argv, l.Buildkit)...)
	default:
		// The lab has made it; the clients of the tests have a configuration of their own.
		content, err := os.ReadFile(filepath.Join(l.Dir, "docker", "buildx", "instances", builder))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(e.config, "buildx", "instances", builder), string(content))
	}
	return e
}

// command runs a program as a user of the engine does, and gives what it prints
// on stdout, and on both.
func (e *engine) command(t *testing.T, dir string, argv ...string) (stdout, all string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+e.State.Docker, "DOCKER_CONFIG="+e.config, "BUILDX_BUILDER="+e.builder(), "BUILDKIT_HOST=", "BUILDKIT_PROGRESS=plain")
	var out, both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &both
	err = cmd.Run()
	return out.String(), out.String() + both.String(), err
}

// must is command for what has to succeed.
func (e *engine) must(t *testing.T, dir string, argv ...string) string {
	t.Helper()
	stdout, all, err := e.command(t, dir, argv...)
	if err != nil {
		t.Fatalf("%q: %v\n%s", argv, err, all)
	}
	return stdout
}

// build runs docker buildx build over a project's pyproject.toml.
func (e *engine) build(t *testing.T, dir string, args ...string) string {
	t.Helper()
	return e.must(t, dir, e.buildArgs(args...)...)
}

func (e *engine) buildArgs(args ...string) []string {
	argv := []string{"docker", "buildx", "build", "-f", "pyproject.toml", "--provenance=false"}
	if e.CA != "" {
		argv = append(argv, "--secret", "id=ca-certificates,src="+e.CA)
	}
	return append(append(argv, args...), ".")
}

// syntax is a project whose first line names the frontend's image.
func (e *engine) syntax(t *testing.T, dir string) string {
	t.Helper()
	edit(t, filepath.Join(dir, "pyproject.toml"), "registry.example.com/moult:1", e.Image("moult:dev"))
	return dir
}

// tree tells of an image's files as lines by their paths.
func tree(files map[string]lab.File) map[string]string {
	lines := map[string]string{}
	for p, f := range files {
		lines[p] = fmt.Sprintf("%v %d:%d %d bytes %s %s", f.Mode, f.UID, f.GID, f.Size, f.Link, f.ModTime.UTC())
	}
	return lines
}

// pushed reads the files of an image from the registry.
func (e *engine) pushed(t *testing.T, ref, platform string) map[string]string {
	t.Helper()
	img, err := e.ReadImage(t.Context(), ref, platform)
	return treeOf(t, img, err)
}

func treeOf(t *testing.T, img *lab.Image, err error) map[string]string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	files, err := img.Files()
	if err != nil {
		t.Fatal(err)
	}
	return tree(files)
}

// answers runs an image on the engine and asks it for a page. A BuildKit runs
// no containers; the lab's Docker Engine does it then.
func (e *engine) answers(t *testing.T, image, path string) {
	t.Helper()
	get(t, serve(t, e.Lab, image, nil), path)
}

// row is something that every engine has to do.
type row struct {
	name string
	// run gives what has to be the same on all engines.
	run func(t *testing.T, e *engine) map[string]string
	// missing says why an engine has nothing like it; empty where it has.
	missing func(e *engine) string
}

// always are the rows that `make test` tries on two old engines.
var always = []row{
	{name: "hello runs read-only", run: func(t *testing.T, e *engine) map[string]string {
		_, files := imageOf(t, e.Lab, moult(t, example(t, "hello")), "engine-hello:"+e.name)
		e.answers(t, e.Image("engine-hello:"+e.name), "/")
		return tree(files)
	}},
	{name: "digits-api (a lock, a C++ extension) runs read-only", run: func(t *testing.T, e *engine) map[string]string {
		_, files := imageOf(t, e.Lab, moult(t, example(t, "digits-api")), "engine-digits:"+e.name)
		e.answers(t, e.Image("engine-digits:"+e.name), "/example?digit=3")
		return tree(files)
	}},
	{name: "patterns and modes, checkout with umask 077", run: func(t *testing.T, e *engine) map[string]string {
		dir := project(t, patterns)
		private(t, dir)
		_, files := imageOf(t, e.Lab, moult(t, dir), "engine-patterns:"+e.name)
		return tree(files)
	}},
	{name: "a dependency that does not exist: error at its line", run: func(t *testing.T, e *engine) map[string]string {
		_, err := e.Build(t.Context(), moult(t, project(t, unlocked(e.Lab, `"lab-pure", "lab-nowhere"`))))
		if err == nil || !strings.Contains(err.Error(), "pyproject.toml:") || !strings.Contains(err.Error(), "lab-nowhere") {
			t.Errorf("the error is %v", err)
		}
		return nil
	}, missing: stepsReachNoIndex},
}

// stepsReachNoIndex is why rows whose steps ask the lab's package index are not run
// behind a proxy.
func stepsReachNoIndex(e *engine) string {
	if e.name == "proxy-network" {
		return indexBehindProxy
	}
	return ""
}

// registryTakesNoCache is why an engine cannot write a cache to the lab's registry.
func registryTakesNoCache(e *engine) string {
	if e.name == "v0.11.6" {
		return "BuildKit v0.11 knows only the older form of a cache, which the lab's registry refuses: an inline cache and a folder work."
	}
	return stepsReachNoIndex(e)
}

const indexBehindProxy = "The lab's package index is at 127.0.0.1, where no proxy is asked and a step behind one finds nothing."

// oldEngines are those that `make test` starts.
var oldEngines = []string{"v0.13.2", "docker-trixie"}

// everyEngine are the lab's own daemon and those that `make test` starts, by name.
func everyEngine(t *testing.T) map[string]*lab.Lab {
	t.Helper()
	l := lab.Need(t)
	all := map[string]*lab.Lab{"newest": l}
	for _, name := range oldEngines {
		all[name] = l.OnEngine(t, name)
	}
	return all
}

// TestEngines builds on other engines what the newest BuildKit builds, and
// compares the results. Under MOULT_ENGINES, which names engines, it runs all
// rows on them and writes the page.
func TestEngines(t *testing.T) {
	l := lab.Need(t)
	rows, names := always, oldEngines
	whole := os.Getenv("MOULT_ENGINES")
	if whole != "" {
		rows, names = slices.Concat(always, matrix), strings.Fields(whole)
	}
	newest := newEngine(t, l, "newest", true)
	expected := map[string]map[string]string{}
	for _, row := range rows {
		t.Run(row.name+" on the newest", func(t *testing.T) { expected[row.name] = row.run(t, newest) })
	}
	for _, name := range names {
		e := newEngine(t, l.OnEngine(t, name), name, false)
		results := newColumn(t, newest, e)
		for _, row := range rows {
			if cell := row.on(t, e, expected[row.name]); cell != "" {
				results.Cells[row.name] = cell
			}
		}
		if whole != "" {
			e.prune(t)
			// A run that is broken off has told something.
			results.write(t, name)
		}
	}
}

// on runs a row on an engine and gives the cell of the table; none if -run has
// left the row out.
func (r row) on(t *testing.T, e *engine, expected map[string]string) string {
	t.Helper()
	if r.missing != nil && r.missing(e) != "" {
		return r.missing(e)
	}
	e.refused = ""
	ran := false
	ok := t.Run(r.name+" on "+e.name, func(t *testing.T) {
		ran = true
		if found := r.run(t, e); e.refused == "" {
			sameLines(t, expected, found)
		}
	})
	switch {
	case !ran:
		return ""
	case ok && e.refused != "":
		return e.refused
	case ok:
		return passed
	default:
		return failed
	}
}

// sameLines compares what two builds gave: images' files, or what a row gave on
// two engines.
func sameLines(t *testing.T, expected, other map[string]string) {
	t.Helper()
	different := 0
	for _, key := range slices.Sorted(maps.Keys(expected)) {
		if line, ok := other[key]; !ok {
			t.Errorf("%s is missing", key)
		} else if line != expected[key] {
			t.Errorf("%s is\n%s\nand was expected as\n%s", key, line, expected[key])
		} else {
			continue
		}
		if different++; different > 20 {
			t.Fatal("and more")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(other)) {
		if _, ok := expected[key]; !ok {
			t.Errorf("%s was not expected", key)
		}
	}
}

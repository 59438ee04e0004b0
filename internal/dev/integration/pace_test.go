package integration

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moult-build/moult/frontend"
	"github.com/moult-build/moult/internal/dev/lab"
)

// manyWheels is a project with twelve packages, each large enough for a layer of its
// own and with a word of the test's, so that no other test's are in the cache. serve
// answers for the files; nil serves them as they are.
func manyWheels(t *testing.T, word string, serve func(w http.ResponseWriter, name string, content []byte)) (dir string) {
	t.Helper()
	wheels := map[string][]byte{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := path.Base(r.URL.Path)
		if serve != nil {
			serve(w, name, wheels[name])
			return
		}
		_, _ = w.Write(wheels[name])
	}))
	t.Cleanup(server.Close)
	lock := "lock-version = \"1.0\"\ncreated-by = \"x\"\n"
	for n := range 12 {
		name := fmt.Sprintf("many%02d", n)
		file, content := wheelOf(t, name, map[string]string{name + ".py": "x = '" + word + strings.Repeat("x", 300<<10+n<<10) + "'\n"})
		wheels[file] = content
		lock += fmt.Sprintf("[[packages]]\nname = %q\nversion = \"1.0\"\nwheels = [{ name = %q, size = %d, url = %q, hashes = { sha256 = %q } }]\n",
			name, file, len(content), server.URL+"/"+file, sum(content))
	}
	return project(t, map[string]string{
		"main.py":     "import many00\n",
		"pylock.toml": lock,
		"pyproject.toml": "[project]\nname = \"x\"\nversion = \"1\"\nrequires-python = \">=3.13\"\n" +
			"[tool.moult]\npython = \"3.13\"\nlock = \"pylock.toml\"\ncmd = [\"python\", \"main.py\"]\n",
	})
}

// installations are the steps that installed a package.
func installations(r *lab.Result) []lab.Vertex {
	return slices.DeleteFunc(slices.Clone(r.Ran()), func(v lab.Vertex) bool { return !strings.HasPrefix(does(v), "wheels many") })
}

func TestPackagesOfAFirstBuildAreInstalledAFewAtATime(t *testing.T) {
	t.Parallel()
	l := lab.Need(t).Fresh(t)
	dir := manyWheels(t, "few", nil)
	build := func(opts ...string) (*lab.Result, *requests) {
		r := &requests{}
		b := moult(t, dir, opts...)
		b.Func = counted(frontend.New(frontend.FromLocal(toolsLocal)).Slots(2).Build, r)
		return mustBuild(t, l, b), r
	}
	for _, opts := range [][]string{nil, {"no-cache="}} {
		result, _ := build(opts...)
		all := installations(result)
		if len(all) != 12 {
			t.Errorf("%q: %d of 12 packages were installed by steps of their own", opts, len(all))
		}
		for _, v := range all {
			together := 0
			for _, other := range all {
				if !v.Started.Before(other.Started) && v.Started.Before(other.Started.Add(other.Took)) {
					together++
				}
			}
			if together > 2 {
				t.Errorf("%q: %d packages were being installed when %s began", opts, together, v.Name)
			}
		}
	}
	// A build that has them in its cache asks for a few of them.
	result, warm := build()
	if n := len(installations(result)); n > 0 {
		t.Errorf("%d packages were installed again", n)
	}
	if warm.solves > 10 {
		t.Errorf("with nothing changed %d graphs were sent", warm.solves)
	}
}

// The image's own request explains what is wrong with the packages.
func TestPackagesOfManyThatCannotBeInstalledAreAnErrorAtTheirLine(t *testing.T) {
	t.Parallel()
	l := lab.Need(t).Fresh(t)
	for _, test := range []struct {
		says, wrong string // the prefix of the files that are wrong
		status      int
		want        string
	}{
		{"one has other bytes", "many03", 0, "does not match its hash"},
		{"one is gone", "many03", http.StatusNotFound, "answers 404"},
		{"all are gone", "many", http.StatusNotFound, "answers 404"},
		{"the server is busy", "many", http.StatusServiceUnavailable, "answers 503"},
	} {
		t.Run(test.says, func(t *testing.T) {
			dir := manyWheels(t, test.says, func(w http.ResponseWriter, name string, content []byte) {
				switch {
				case !strings.HasPrefix(name, test.wrong):
				case test.status != 0:
					w.WriteHeader(test.status)
					return
				default:
					content = append(slices.Clone(content), "more"...)
				}
				_, _ = w.Write(content)
			})
			_, err := l.Build(t.Context(), moult(t, dir))
			if err == nil {
				t.Fatal("built")
			}
			for _, part := range []string{"pylock.toml:", test.wrong, test.want} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error does not say %q: %v", part, err)
				}
			}
		})
	}
}

// A server that does not like so many requests answers some of them later.
func TestManyPackagesComeFromAServerThatRefusesSomeRequests(t *testing.T) {
	t.Parallel()
	l := lab.Need(t).Fresh(t)
	var requests atomic.Int32
	dir := manyWheels(t, "busy", func(w http.ResponseWriter, _ string, content []byte) {
		if requests.Add(1) < 8 {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = w.Write(content)
	})
	mustBuild(t, l, moult(t, dir))
}

// A server that stops to send holds up the other packages no longer than one package.
func TestADownloadOfManyThatStallsIsMadeAgain(t *testing.T) {
	t.Parallel()
	l := lab.Need(t).Fresh(t)
	var stalled atomic.Int32
	dir := manyWheels(t, "stalls", func(w http.ResponseWriter, name string, content []byte) {
		if strings.HasPrefix(name, "many03") && stalled.Add(1) == 1 {
			_, _ = w.Write(content[:1000])
			_ = http.NewResponseController(w).Flush()
			<-t.Context().Done()
			return
		}
		_, _ = w.Write(content)
	})
	b := moult(t, dir)
	b.Func = frontend.New(frontend.FromLocal(toolsLocal)).StallAfter(3 * time.Second).Build
	mustBuild(t, l, b)
	if stalled.Load() < 2 {
		t.Error("the stalled download was not made again")
	}
}

package integration

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"

	"github.com/moult-build/moult/frontend"
	"github.com/moult-build/moult/internal/dev/lab"
	"github.com/moult-build/moult/internal/dev/lab/index"
)

func TestWhatAnIndexDoesNotHaveIsAnErrorAtItsLine(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	for _, test := range []struct {
		says, target string
		fault        index.Fault
		line         string // the error's place
		want         []string
	}{
		{"a package that is gone", "lab-data", index.Fault{Hidden: true}, "poetry.lock:", []string{"lab-data 1.0", "does not have", "poetry lock"}},
		{"an index that is down", "*", index.Fault{Status: 503}, "pyproject.toml:", []string{"503"}},
		{"a file that is gone", "lab_data-1.0-py3-none-any.whl", index.Fault{Hidden: true}, "poetry.lock:", []string{"lab-data 1.0", "no file"}},
	} {
		t.Run(test.says, func(t *testing.T) {
			c := l.Packages.Scope(t.Name())
			if err := c.Fail(test.target, test.fault); err != nil {
				t.Fatal(err)
			}
			_, err := l.Build(t.Context(), moult(t, locked(t, l, c, "1.0", "poetry")))
			if err == nil {
				t.Fatal("built")
			}
			for _, part := range append(test.want, test.line) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error does not say %q: %v", part, err)
				}
			}
		})
	}
}

func TestAFileThatCannotBeFetchedIsAnErrorAtItsLine(t *testing.T) {
	t.Parallel()
	l := lab.Need(t).Fresh(t)
	for _, test := range []struct {
		says   string
		fault  index.Fault
		secret bool
		want   string
	}{
		// BuildKit checks the content alone; a step asks for the status.
		{"gone", index.Fault{Status: 404}, false, "answers 404"},
		{"other bytes", index.Fault{Corrupt: true}, false, "does not match its hash"},
		{"gone, with a password", index.Fault{Status: 404}, true, "404"},
		{"other bytes, with a password", index.Fault{Corrupt: true}, true, "does not match its hash"},
	} {
		t.Run(test.says, func(t *testing.T) {
			c := l.Packages.Scope(t.Name())
			if err := c.Fail("lab_data-1.0-py3-none-any.whl", test.fault); err != nil {
				t.Fatal(err)
			}
			dir := locked(t, l, c, "1.0", "uv")
			b := moult(t, dir)
			if test.secret {
				edit(t, filepath.Join(dir, "pyproject.toml"), `simple/" }]`, `simple/", secret = "lab-index" }]`)
				b.Secrets = map[string][]byte{"lab-index": []byte("someone:something")}
			}
			_, err := l.Build(t.Context(), b)
			if err == nil {
				t.Fatal("built")
			}
			for _, part := range []string{"uv.lock:", "lab_data-1.0-py3-none-any.whl", test.want} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error does not say %q: %v", part, err)
				}
			}
			t.Log(err)
		})
	}
}

// A file that BuildKit itself fetches, from a server that fails for a moment in
// each of the manners that servers have.
func TestAFileThatFailsForAMomentIsFetchedAgain(t *testing.T) {
	t.Parallel()
	l := lab.Need(t).Fresh(t)
	for name, fault := range map[string]index.Fault{
		"503":      {Status: 503, Times: 3},
		"429":      {Status: 429, Times: 2},
		"a reset":  {CutAfter: 1, Times: 2},
		"cut body": {CutAfter: 300, Times: 2},
	} {
		t.Run(name, func(t *testing.T) {
			c := l.Packages.Scope(t.Name())
			dir := locked(t, l, c, "1.0", "uv")
			if err := c.Fail("lab_data-1.0-py3-none-any.whl", fault); err != nil {
				t.Fatal(err)
			}
			forget(t, c)
			b := moult(t, dir)
			b.Opts["no-cache"] = ""
			mustBuild(t, l, b)
			t.Log(fetched(t, c))
		})
	}
}

func TestAServerThatStaysBusyIsNotToldAsAnExchangedFile(t *testing.T) {
	t.Parallel()
	l := lab.Need(t).Fresh(t)
	c := l.Packages.Scope(t.Name())
	dir := locked(t, l, c, "1.0", "uv")
	if err := c.Fail("lab_data-1.0-py3-none-any.whl", index.Fault{Status: 503}); err != nil {
		t.Fatal(err)
	}
	_, err := l.Build(t.Context(), moult(t, dir))
	if err == nil {
		t.Fatal("built")
	}
	if grpcerrors.Code(err) != codes.Unavailable {
		t.Errorf("the status is %s", grpcerrors.Code(err))
	}
	for _, part := range []string{"uv.lock:", "lab_data-1.0-py3-none-any.whl", "answers 503", "build again"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q: %v", part, err)
		}
	}
	if strings.Contains(err.Error(), "was replaced") {
		t.Errorf("it is told as an exchanged file: %v", err)
	}
}

func TestAnIndexThatFailsForAMomentIsAskedAgain(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	c := l.Packages.Scope(t.Name())
	if err := c.Fail("lab-data", index.Fault{Status: 503, Times: 2}); err != nil {
		t.Fatal(err)
	}
	// A lock of its own, so that no earlier test's answer is remembered.
	b := moult(t, locked(t, l, c, "1.0", "poetry"), "no-cache=")
	mustBuild(t, l, b)
}

func TestALockThatDoesNotMatchItsProjectNamesTheCommandThatRefreshesIt(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	for format, test := range map[string]struct{ place, refresh string }{
		"uv":           {"pyproject.toml:6:", "uv lock"},
		"pylock":       {"pyproject.toml:6:", "uv export"},
		"poetry":       {"poetry.lock:", "poetry lock"},
		"pdm":          {"pdm.lock:", "pdm lock"},
		"pipenv":       {"Pipfile.lock:", "pipenv lock"},
		"requirements": {"pyproject.toml:6:", "uv pip compile"},
	} {
		t.Run(format, func(t *testing.T) {
			c := l.Packages.Scope("stale")
			dir := locked(t, l, c, "1.0", format)
			file, changed := "pyproject.toml", "lab-steps==1.1"
			from := "lab-steps==1.0"
			if format == "pipenv" {
				file, from, changed = "Pipfile", `lab-steps = "==1.0"`, `lab-steps = "==1.1"`
			}
			edit(t, filepath.Join(dir, file), from, changed)
			build := "pyproject.toml"
			if format == "pipenv" {
				build = "moult.toml"
			}
			_, err := l.Build(t.Context(), moult(t, dir, "filename="+build))
			if err == nil {
				t.Fatal("a stale lock was built from")
			}
			for _, part := range []string{test.place, test.refresh, "does not match"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error does not say %q: %v", part, err)
				}
			}
		})
	}
}

// BuildKit waits for ever for a server that sends a part and then nothing. A
// download that is slow and goes on is not ended.
func TestADownloadOfBuildKitsThatStallsIsMadeAgain(t *testing.T) {
	t.Parallel()
	l := lab.Need(t).Fresh(t)
	for name, slow := range map[string]bool{"stalled": false, "slow": true} {
		t.Run(name, func(t *testing.T) {
			// Another file each time: the other case may have been first, and its file is in the cache.
			file, content := wheelOf(t, "late", map[string]string{"late.py": "x = '" + strings.Repeat(name, 10<<10) + "'\n"})
			var requests atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if requests.Add(1) > 1 {
					if slow { // the second download never is the first to end
						<-r.Context().Done()
						return
					}
					_, _ = w.Write(content)
					return
				}
				w.Header().Set("Content-Length", strconv.Itoa(len(content)))
				_, _ = w.Write(content[:1000])
				_ = http.NewResponseController(w).Flush()
				if !slow {
					<-r.Context().Done()
					return
				}
				time.Sleep(8 * time.Second)
				_, _ = w.Write(content[1000:])
			}))
			t.Cleanup(server.Close)
			b := moult(t, project(t, map[string]string{
				"main.py":        "import late\n",
				"pyproject.toml": "[project]\nname = \"x\"\nversion = \"1\"\nrequires-python = \">=3.13\"\n[tool.moult]\npython = \"3.13\"\nlock = \"pylock.toml\"\ncmd = [\"python\", \"main.py\"]\n",
				"pylock.toml": "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"late\"\nversion = \"1.0\"\n[[packages.wheels]]\nname = \"" + file +
					"\"\nurl = \"" + server.URL + "/" + file + "\"\nhashes = {sha256 = \"" + fmt.Sprintf("%x", sha256.Sum256(content)) + "\"}\n",
			}))
			b.Func = frontend.New(frontend.FromLocal(toolsLocal)).StallAfter(2 * time.Second).Build
			begin := time.Now()
			mustBuild(t, l, b)
			t.Logf("%s, %d requests", time.Since(begin), requests.Load())
			if !slow && requests.Load() < 2 {
				t.Error("the stalled download was not made again")
			}
		})
	}
}

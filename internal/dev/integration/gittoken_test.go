package integration

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"

	"github.com/moult-build/moult/internal/dev/lab"
)

// withToken lets only requests with git's token through.
func withToken(handler http.Handler, token string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "x-access-token" || password != token {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	})
}

// A host with a port has a token of its own: GIT_AUTH_TOKEN.HOST:PORT. pip fetches
// a requirement without a lock, BuildKit one of a lock.
func TestTheTokenOfAGitHostWithAPortIsUsed(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	handler, commit := repositoryHandler(t, sourceTree("from_git"))
	server := httptest.NewTLSServer(withToken(handler, "s3cret-token"))
	t.Cleanup(server.Close)
	plain := httptest.NewServer(withToken(handler, "s3cret-token"))
	t.Cleanup(plain.Close)
	build := func(l *lab.Lab, b lab.Build, address string, token string) error {
		b.Secrets = map[string][]byte{
			"GIT_AUTH_TOKEN." + strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://"): []byte(token),
			"ca-certificates": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}),
		}
		_, err := l.Build(t.Context(), b)
		return err
	}

	t.Run("without a lock", func(t *testing.T) {
		b := moult(t, project(t, unlocked(l, `"from-git @ git+`+server.URL+`/repo.git@`+commit+`"`)))
		if err := build(l, b, server.URL, "another"); err == nil {
			t.Error("another token was enough")
		}
		if err := build(l, b, server.URL, "s3cret-token"); err != nil {
			t.Error(err)
		}
	})
	for engine, l := range everyEngine(t) {
		t.Run("with a lock on "+engine, func(t *testing.T) {
			b := moult(t, project(t, lockedToGit(plain.URL+"/repo.git", commit)))
			if err := build(l, b, plain.URL, "s3cret-token"); err != nil {
				t.Error(err)
			}
		})
	}
}

// lockedToGit is a project with a lock that names a repository's commit.
func lockedToGit(url, commit string) map[string]string {
	return map[string]string{
		"main.py": "import from_git\n",
		"uv.lock": "version = 1\nrevision = 3\nrequires-python = \">=3.13\"\n\n" +
			"[[package]]\nname = \"from-git\"\nversion = \"1.0\"\nsource = { git = \"" + url + "?rev=" + commit + "#" + commit + "\" }\n\n" +
			"[[package]]\nname = \"tokens\"\nversion = \"1.0\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"from-git\" }]\n",
		"pyproject.toml": "# syntax=registry.example.com/moult:1\n[project]\nname = \"tokens\"\nversion = \"1.0\"\nrequires-python = \">=3.13\"\ndependencies = [\"from-git\"]\n\n" +
			"[tool.moult]\npython = \"3.13\"\ncmd = [\"python\", \"main.py\"]\n\n" +
			"[tool.uv]\npackage = false\n\n[tool.uv.sources]\nfrom-git = { git = \"" + url + "\", rev = \"" + commit + "\" }\n",
	}
}

func TestAGitSourceThatCannotBeFetchedIsAnErrorAtItsLine(t *testing.T) {
	t.Parallel()
	engines := everyEngine(t)
	handler, commit := repositoryHandler(t, sourceTree("from_git"))
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	refusing := httptest.NewServer(withToken(handler, "s3cret-token"))
	t.Cleanup(refusing.Close)
	for name, test := range map[string]struct{ url, commit, want string }{
		"a repository that does not exist": {server.URL + "/gone.git", commit, "check the address"},
		"a commit that does not exist":     {server.URL + "/repo.git", strings.Repeat("0123456789", 4), "lock again"},
		"a host that wants a token":        {refusing.URL + "/repo.git", commit, "--secret id=GIT_AUTH_TOKEN." + strings.TrimPrefix(refusing.URL, "http://")},
		"a host that is down":              {"http://127.0.0.1:1/repo.git", commit, "build again"},
	} {
		for engine, l := range engines {
			t.Run(name+" on "+engine, func(t *testing.T) {
				_, err := l.Build(t.Context(), moult(t, project(t, lockedToGit(test.url, test.commit))))
				if err == nil || !strings.Contains(err.Error(), "pyproject.toml:6:") || strings.Contains(err.Error(), "\n") ||
					!strings.Contains(err.Error(), "from-git cannot be fetched from "+test.url) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v", err)
				}
				if later := grpcerrors.Code(err) == codes.Unavailable; later != (test.want == "build again") {
					t.Errorf("the status is %s", grpcerrors.Code(err))
				}
			})
		}
	}
}

// The repository has no tag, so that git would give another version.
func TestALockedGitRequirementWhoseBackendAsksGitGetsTheVersionOfTheLock(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	handler, commit := repositoryHandler(t, scmTree())
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	files := lockedToGit(server.URL+"/repo.git", commit)
	files["uv.lock"] = strings.Replace(files["uv.lock"], `"from-git"`+"\nversion = \"1.0\"", `"from-git"`+"\nversion = \"4.5.6\"", 1)
	files["main.py"] = "import from_git, importlib.metadata\nprint(importlib.metadata.version('from-git'))\n"
	b, ref := push(l, moult(t, project(t, files)), "git-version:test")
	mustBuild(t, l, b)
	if got := output(t, l, ref); got != "4.5.6\n" {
		t.Errorf("printed %q", got)
	}
}

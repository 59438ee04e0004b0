package build

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moult-build/moult/internal/step/fetch"
	"github.com/moult-build/moult/internal/step/legacy"
	"github.com/moult-build/moult/internal/step/protocol"
)

func write(t *testing.T, name, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestWithoutTheSecretNothingChanges(t *testing.T) {
	env, err := trust(filepath.Join(t.TempDir(), "none"), t.TempDir())
	if err != nil || env != nil {
		t.Errorf("got %v, %v", env, err)
	}
}

func TestTheBundleOfTheSecretIsTrusted(t *testing.T) {
	tmp := t.TempDir()
	env, err := trust(write(t, filepath.Join(t.TempDir(), "ca"), "-----OURS-----"), tmp)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"PIP_CERT", "SSL_CERT_FILE", "GIT_SSL_CAINFO", "APT_CONFIG"} {
		file := lookup(env, name)
		if !strings.HasPrefix(file, tmp) {
			t.Errorf("%s is %q, not a file of the tmpfs", name, file)
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil || name != "APT_CONFIG" && !strings.HasPrefix(string(content), "-----OURS-----") {
			t.Errorf("%s holds %q, %v", name, content, err)
		}
	}
}

func TestCredentialsComeIntoTheURLOnly(t *testing.T) {
	dir := t.TempDir()
	for content, want := range map[string]string{
		"me:pass\n":   "https://me:pass@index.example.com/simple",
		"a-token":     "https://__token__:a-token@index.example.com/simple",
		"me:p@ss/w:d": "https://me:p%40ss%2Fw%3Ad@index.example.com/simple",
	} {
		secret := write(t, filepath.Join(dir, "secret"), content)
		index := Index{URL: "https://index.example.com/simple", Secret: secret}
		if got, err := index.withCredentials(); err != nil || got != want {
			t.Errorf("%q gives %q, %v", content, got, err)
		}
	}
	if _, err := (Index{URL: "https://x", Secret: filepath.Join(dir, "none")}).withCredentials(); err == nil {
		t.Error("a secret that is not there is no error")
	}
}

func TestTheFirstIndexIsTheMainOne(t *testing.T) {
	env, err := NewConsole(io.Discard).indexEnvironment([]Index{{URL: "https://a/simple"}, {URL: "https://b/simple"}, {URL: "https://c/simple"}})
	want := []string{"PIP_INDEX_URL=https://a/simple", "PIP_EXTRA_INDEX_URL=https://b/simple https://c/simple"}
	if err != nil || !slices.Equal(env, want) {
		t.Errorf("got %v, %v", env, err)
	}
}

func TestGitGetsTheTokenOfItsHost(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "")
	secrets := t.TempDir()
	write(t, filepath.Join(secrets, protocol.GitTokenSecret+"git.example.com"), "token\n")
	env, err := gitEnvironment(secrets, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	basic := base64.StdEncoding.EncodeToString([]byte("x-access-token:token"))
	for _, want := range []string{
		"GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_COUNT=1",
		"GIT_CONFIG_KEY_0=http.https://git.example.com/.extraheader",
		"GIT_CONFIG_VALUE_0=Authorization: Basic " + basic,
	} {
		if !slices.Contains(env, want) {
			t.Errorf("%q is missing in %q", want, env)
		}
	}
}

func TestTheConsoleKeepsTheEndForTheFrontend(t *testing.T) {
	var shown bytes.Buffer
	c := NewConsole(&shown)
	for range 3000 {
		if _, err := c.Write([]byte(strings.Repeat("x", 63) + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Write([]byte("the end")); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	if err := c.WriteFailure(out); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadFile(filepath.Join(out, protocol.Failure))
	if err != nil || len(left) != maxTail || !bytes.HasSuffix(left, []byte("the end")) {
		t.Errorf("%d bytes are left, %v", len(left), err)
	}
	if shown.Len() != 3000*64+len("the end") {
		t.Errorf("%d bytes are shown", shown.Len())
	}
	if err := c.WriteFailure(filepath.Join(out, "none")); err != nil {
		t.Errorf("a step without a result: %v", err)
	}
}

func TestASourceTreeTellsItsBackend(t *testing.T) {
	for content, want := range map[string]Backend{
		"[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n":           {Requires: []string{"hatchling"}, Backend: "hatchling.build"},
		"[build-system]\nrequires = [\"x\"]\nbuild-backend = \"b:api\"\nbackend-path = [\"tools\"]\n": {Requires: []string{"x"}, Backend: "b:api", Path: []string{"tools"}},
		"[project]\nname = \"x\"\n":                     {Requires: []string{"setuptools"}, Backend: legacy.Backend},
		"[build-system]\nrequires = [\"setuptools\"]\n": {Requires: []string{"setuptools"}, Backend: legacy.Backend},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "pyproject.toml"), content)
		got, err := readBackend(dir, "/usr/local/bin/python3.9")
		if err != nil || !slices.Equal(got.Requires, want.Requires) || got.Backend != want.Backend || !slices.Equal(got.Path, want.Path) {
			t.Errorf("%q gives %+v, %v", content, got, err)
		}
	}
	for python, want := range map[string][]string{
		"/usr/local/bin/python3.8": {"setuptools<58", "wheel<0.46"}, "python3.11": {"setuptools<66", "wheel<0.46"},
		"/usr/local/bin/python3.12": {"setuptools"}, "/opt/venv/bin/python": {"setuptools"},
	} {
		got, err := readBackend(t.TempDir(), python)
		if err != nil || !slices.Equal(got.Requires, want) || got.Backend != legacy.Backend {
			t.Errorf("a tree without pyproject.toml gives %+v with %s, %v", got, python, err)
		}
	}
}

func TestASubdirectoryStaysInItsTree(t *testing.T) {
	for _, bad := range []string{"../x", "a/../../x", "/etc"} {
		if dir, err := (Tree{Source: "/src", Subdirectory: bad}).open(t.Context(), nil, ""); err == nil && !strings.HasPrefix(dir, "/src/") {
			t.Errorf("%q is taken as %s", bad, dir)
		}
	}
	if dir, err := (Tree{Source: "/src", Subdirectory: "a/b"}).open(t.Context(), nil, ""); err != nil || dir != "/src/a/b" {
		t.Errorf("got %s, %v", dir, err)
	}
}

func TestADownloadIsTriedAgainAndChecked(t *testing.T) {
	content := []byte("a wheel")
	sum := sha256.Sum256(content)
	failures := 2
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "me" || password != "pass" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		if failures > 0 {
			failures--
			http.Error(w, "later", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write(content)
	}))
	defer server.Close()
	dir := t.TempDir()
	d := Download{
		From:     Index{URL: server.URL + "/a.whl", Secret: write(t, filepath.Join(dir, "secret"), "me:pass")},
		SHA256:   hex.EncodeToString(sum[:]),
		Filename: "a.whl", Out: filepath.Join(dir, "out"), Epoch: 315619200,
	}
	if err := os.MkdirAll(d.Out, 0o755); err != nil {
		t.Fatal(err)
	}
	get := func(d Download) error {
		limits := fetch.Defaults
		limits.Pause = time.Millisecond
		return d.with(t.Context(), fetch.New(nil, limits))
	}
	if err := get(d); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(d.Out, "a.whl"))
	if err != nil || !info.ModTime().Equal(time.Unix(d.Epoch, 0)) {
		t.Errorf("the file is %v, %v", info, err)
	}
	d.SHA256 = strings.Repeat("0", 64)
	if err := get(d); err == nil || !strings.Contains(err.Error(), "does not match its hash") {
		t.Errorf("other bytes give %v", err)
	}
	write(t, d.From.Secret, "me:wrong")
	if err := get(d); err == nil || !strings.Contains(err.Error(), "refuses the credentials") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("a wrong password gives %v", err)
	}
}

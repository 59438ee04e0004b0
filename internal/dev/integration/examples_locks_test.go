package integration

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// post expects an answer with status 200, of a server that has answered
// before.
func post(t *testing.T, r *lab.Running, path, body string) string {
	t.Helper()
	get(t, r, "/")
	resp, err := http.Post(r.URL+path, "text/plain", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d %s (%v)", path, resp.StatusCode, answer, err)
	}
	return string(answer)
}

func TestThePoetryExampleAnswers(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	r := serve(t, l, built(t, l, "poetry", "pyproject.toml"), nil)
	if body := get(t, r, "/?title=Der+Zauberberg"); body != "der-zauberberg\n" {
		t.Errorf("it answers %q", body)
	}
}

func TestThePDMExampleAnswers(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	r := serve(t, l, built(t, l, "pdm", "pyproject.toml"), nil)
	if body := get(t, r, "/?bytes=1048576"); body != "1.0 MiB\n" {
		t.Errorf("it answers %q", body)
	}
}

func TestThePipenvExampleAnswers(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	r := serve(t, l, built(t, l, "pipenv", "moult.toml"), nil)
	if body := post(t, r, "/html", "# Title"); !strings.Contains(body, "<h1>Title</h1>") {
		t.Errorf("it answers %q", body)
	}
}

func TestThePylockExampleAnswers(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	r := serve(t, l, built(t, l, "pylock", "pyproject.toml"), nil)
	if body := post(t, r, "/json", "a: [1, 2]"); !strings.Contains(body, `"a": [1, 2]`) {
		t.Errorf("it answers %q", body)
	}
}

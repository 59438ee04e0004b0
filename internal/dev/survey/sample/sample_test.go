package sample

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v84/github"
)

// item is one result as GitHub's documentation of "Search code" describes it.
func item(repository, path string, fork bool) map[string]any {
	return map[string]any{"name": filepath.Base(path), "path": path, "repository": map[string]any{
		"full_name": repository, "fork": fork, "html_url": "https://example.com/" + repository,
	}}
}

// search is a server with GitHub's search of code. Its first answer is that there were too many requests.
func search(t *testing.T, results map[string][]map[string]any, size int) (Drawer, *[]time.Duration) {
	t.Helper()
	busy := true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if busy {
			busy = false
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprint(w, `{"message": "slow down", "documentation_url": "https://docs.github.com/rest#secondary-rate-limits"}`)
			return
		}
		query := r.URL.Query()
		if r.URL.Path != "/search/code" || query.Get("per_page") != "100" || r.Header.Get("Authorization") != "Bearer secret" {
			t.Errorf("the request is %s, %s", r.URL, r.Header)
		}
		file, ok := strings.CutPrefix(strings.TrimSuffix(query.Get("q"), " path:/"), "filename:")
		if !ok {
			t.Errorf("the query is %q", query.Get("q"))
		}
		page, _ := strconv.Atoi(query.Get("page"))
		all := slices.Collect(slices.Chunk(results[file], size))
		if page < len(all) {
			w.Header().Set("Link", fmt.Sprintf(`<http://%s/search/code?page=%d>; rel="next"`, r.Host, page+1))
		}
		items := []map[string]any{}
		if page <= len(all) {
			items = all[page-1]
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"total_count": len(results[file]), "items": items})
	}))
	t.Cleanup(server.Close)
	client := github.NewClient(nil).WithAuthToken("secret")
	client.BaseURL, _ = url.Parse(server.URL + "/")
	var waited []time.Duration
	return Drawer{client, func(ctx context.Context, d time.Duration) error {
		waited = append(waited, d)
		return Sleep(ctx, d) // the client itself refuses to ask before
	}}, &waited
}

func TestASampleTakesEachKindInTurnAndFewOfOneOwner(t *testing.T) {
	results := map[string][]map[string]any{
		"uv.lock": {
			item("a/one", "uv.lock", false), item("a/two", "uv.lock", false), item("a/three", "uv.lock", false),
			item("b/fork", "uv.lock", true), item("c/below", "docs/uv.lock", false), item("d/four", "uv.lock", false),
		},
		"Pipfile": {item("a/one", "Pipfile", false), item("e/five", "Pipfile", false)},
	}
	d, waited := search(t, results, 2)
	drawn, err := d.Draw(t.Context(), 10, 1)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range drawn {
		names = append(names, r.File+" "+r.Name)
	}
	if want := []string{"uv.lock a/one", "Pipfile e/five", "uv.lock a/two", "uv.lock d/four"}; !slices.Equal(names, want) {
		t.Errorf("drawn: %q, want %q", names, want)
	}
	if drawn[0].URL != "https://example.com/a/one.git" {
		t.Errorf("it is cloned from %s", drawn[0].URL)
	}
	if !slices.Equal(*waited, []time.Duration{time.Second}) {
		t.Errorf("waited %v after the answer that says 1 s", *waited)
	}
	later, err := d.Draw(t.Context(), 10, 3)
	if err != nil || len(later) != 1 || later[0].Name != "d/four" {
		t.Errorf("from the third page: %v, %v", later, err)
	}
	if one, err := d.Draw(t.Context(), 1, 1); err != nil || len(one) != 1 {
		t.Errorf("one of them: %v, %v", one, err)
	}
	if _, err := d.Draw(t.Context(), 1, 11); err == nil {
		t.Error("an eleventh page was asked for")
	}
}

func TestACloneHasTheNewestCommitAndAFailedOneLeavesNothing(t *testing.T) {
	origin, dir := t.TempDir(), t.TempDir()
	for _, args := range [][]string{
		{"init", "--quiet"},
		{"-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--allow-empty", "-m", "first"},
	} {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = origin
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if err := Clone(t.Context(), Repository{Name: "a/one", URL: "file://" + origin}, dir); err != nil {
		t.Fatal(err)
	}
	if err := Clone(t.Context(), Repository{Name: "a/two", URL: "file://" + origin + "/gone"}, dir); err == nil || !strings.Contains(err.Error(), "a/two") {
		t.Errorf("the error is %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "a+one" {
		t.Errorf("the folder has %v, %v", entries, err)
	}
}

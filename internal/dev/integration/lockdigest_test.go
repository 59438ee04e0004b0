package integration

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	gwclient "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/moult-build/moult/internal/dev/lab"
)

// "moult lock" asks for the hash of a file at a URL. The server fails for a
// moment, and then sends the request to another origin, which must not get the
// first one's password.
func TestALockHasTheHashOfAFileAtAnAddressThatMoves(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	file, content := wheelOf(t, "moved", map[string]string{"moved.py": ""})
	var passwords, requests atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			passwords.Add(1)
		}
		_, _ = w.Write(content)
	}))
	t.Cleanup(other.Close)
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) <= 2 {
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusFound)
	}))
	t.Cleanup(first.Close)
	lockOf := func(address string) (string, error) {
		files := unlocked(l, `"moved @ `+address+"/"+file+`"`)
		b := moult(t, project(t, files), "requestid=frontend.lock")
		build, answer := b.Func, ""
		b.Func = func(ctx context.Context, c gwclient.Client) (*gwclient.Result, error) {
			res, err := build(ctx, c)
			if err == nil {
				answer = string(res.Metadata["result.txt"])
			}
			return res, err
		}
		_, err := l.Build(t.Context(), b)
		return answer, err
	}
	text, err := lockOf(first.URL)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%x", sha256.Sum256(content)); !strings.Contains(text, want) || !strings.Contains(text, first.URL+"/"+file) {
		t.Errorf("the lock has no %s of %s:\n%s", want, first.URL, text)
	}
	text, err = lockOf(strings.Replace(first.URL, "://", "://me:s3cret@", 1))
	t.Log(text, err)
	if strings.Contains(text, "s3cret") || err != nil && strings.Contains(err.Error(), "s3cret") {
		t.Error("the password is shown")
	}
	if passwords.Load() > 0 {
		t.Error("the other origin got the password")
	}
}

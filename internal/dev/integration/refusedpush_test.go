package integration

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moult-build/moult/internal/dev/lab"
)

// refusing is a registry that answers every upload with a status.
func refusing(t *testing.T, status int) (host string, uploads *atomic.Int32) {
	t.Helper()
	uploads = &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/v2/":
			return
		case r.Method == http.MethodPost:
			uploads.Add(1)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(map[string]any{"errors": []map[string]string{{"code": "DENIED", "message": "refused for the test"}}})
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://"), uploads
}

// A registry that refuses a push ends the build with its status, and harms
// nothing: the same build can be pushed elsewhere right after.
func TestARegistryThatRefusesAPushIsOneError(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, strange(""))
	for _, status := range []int{401, 403, 413, 429, 500, 507} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			host, uploads := refusing(t, status)
			b := moult(t, dir)
			b.Exports = append(b.Exports, lab.ToRegistry(host+"/refused:test", "registry.insecure=true"))
			start := time.Now()
			_, err := l.Build(t.Context(), b)
			t.Logf("after %s and %d uploads: %v", time.Since(start).Round(time.Millisecond), uploads.Load(), err)
			if err == nil || uploads.Load() == 0 {
				t.Fatalf("it was pushed: %v", err)
			}
			if said := err.Error(); !strings.Contains(said, host) || strings.Contains(said, "\n") ||
				!strings.Contains(said, strconv.Itoa(status)) && !strings.Contains(said, http.StatusText(status)) && !strings.Contains(said, "refused for the test") {
				t.Errorf("the error does not say who refuses it, and how: %v", err)
			}
			again, _ := push(l, moult(t, dir), "refused:test")
			mustBuild(t, l, again)
		})
	}
}

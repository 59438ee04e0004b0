package builders

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestADockerEngineThatIsTooOldIsRefusedByItsVersion(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"Version":"23.0.6"}`)
	}))
	t.Cleanup(server.Close)
	host := strings.Replace(server.URL, "http://", "tcp://", 1)
	t.Setenv("DOCKER_HOST", host)
	b, err := docker(t.Context())
	if err == nil {
		b.Close()
		t.Fatal("it is a builder")
	}
	if want := "the Docker Engine at " + host + " is 23.0.6, and Moult needs 24 or later"; !strings.Contains(err.Error(), want) {
		t.Errorf("it says %v", err)
	}
}

package integration

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

func TestPipReadsConstraintsAtAnAddress(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("iniconfig<2\n")) }))
	t.Cleanup(server.Close)
	b := moult(t, project(t, map[string]string{
		"moult.toml":       "python = \"3.13\"\ncmd = [\"python\", \"-c\", \"import importlib.metadata; print(importlib.metadata.version('iniconfig'))\"]\n",
		"requirements.txt": "iniconfig\n-c " + server.URL + "/c.txt\n",
	}), "filename=moult.toml")
	prints(t, l, b, "constraints:test", "1.1.1")
}

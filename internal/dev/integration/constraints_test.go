package integration

import (
	"net"
	"net/http"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

func TestPipReadsConstraintsAtAnAddress(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("iniconfig<2\n")) })}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	b := moult(t, project(t, map[string]string{
		"moult.toml":       "python = \"3.13\"\ncmd = [\"python\", \"-c\", \"import importlib.metadata; print(importlib.metadata.version('iniconfig'))\"]\n",
		"requirements.txt": "iniconfig\n-c http://" + listener.Addr().String() + "/c.txt\n",
	}), "filename=moult.toml")
	prints(t, l, b, "constraints:test", "1.1.1")
}

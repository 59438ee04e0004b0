//go:build bases

package integration

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

func TestABaseOnMuslRunsWheelsForIt(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	const named = "python:3.13-alpine"
	images := map[string]string{named: base(t, l, "musl")}
	ref := helloOn(t, l, "base = \""+named+"\"\n", images, "musl-hello:test")
	if body := get(t, serve(t, l, ref, nil), "/"); !strings.HasPrefix(body, "Hello from Python 3.13.") {
		t.Errorf("it answers %q", body)
	}
	// From a lock. The base has no packages of Alpine.
	dir := example(t, "alpine")
	file := filepath.Join(dir, "pyproject.toml")
	edit(t, file, "init = true                      # tini, which apk installs\n", "")
	edit(t, file, "[tool.moult.apk]\nrun = [\"libstdc++\", \"tzdata\"]\n", "")
	edit(t, file, "user = {name = \"web\", uid = 1000}\n", "")
	ref = builtOn(t, l, dir, images, "musl-alpine:test")
	r := serve(t, l, ref, nil)
	get(t, r, "/") // once it answers
	if body := answerTo(t, http.MethodPost, r.URL+"/", "[1, 2, 3, 4]"); !strings.Contains(body, "2.5") {
		t.Errorf("it answers %q", body)
	}
	_, files := readImage(t, l, ref)
	extensions := 0
	for p := range files {
		if strings.HasPrefix(p, "/opt/venv/") && strings.Contains(p, ".cpython-") && strings.HasSuffix(p, ".so") {
			extensions++
			if !strings.Contains(p, "-linux-musl") {
				t.Errorf("%s is not for musl", p)
			}
		}
	}
	if extensions == 0 {
		t.Error("the environment has no extension")
	}
}

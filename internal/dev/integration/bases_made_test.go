//go:build bases

package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// These files are compiled with the tag bases, by `make test-bases`: what they build on takes half an hour to make, once.

// helloOn and digitsOn build an example with a base, and with images of the lab in place of others by their names. They
// give the image.
func helloOn(t *testing.T, l *lab.Lab, keys string, images map[string]string, name string) string {
	t.Helper()
	dir := example(t, "hello")
	file := filepath.Join(dir, "pyproject.toml")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, string(content)+"\n[tool.moult]\n"+keys)
	return builtOn(t, l, dir, images, name)
}

func digitsOn(t *testing.T, l *lab.Lab, keys string, images map[string]string, name string) string {
	t.Helper()
	dir := example(t, "digits-api")
	edit(t, filepath.Join(dir, "pyproject.toml"), "python = \"3.13\"\n", keys)
	return builtOn(t, l, dir, images, name)
}

func builtOn(t *testing.T, l *lab.Lab, dir string, images map[string]string, name string) string {
	t.Helper()
	b := moult(t, dir)
	for named, image := range images {
		b = inPlaceOf(b, named, image)
	}
	b, ref := push(l, b, name)
	mustBuild(t, l, b)
	isFitToShip(t, l, ref)
	return ref
}

func TestADistrolessBaseRunsTheExamples(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	const named = "gcr.io/distroless/python3-debian13"
	images := map[string]string{named: base(t, l, "distroless")}
	keys := "base = \"" + named + "\"\n"
	if body := get(t, serve(t, l, helloOn(t, l, keys, images, "distroless-hello:test"), nil), "/"); !strings.Contains(body, "ello") {
		t.Errorf("it answers %q", body)
	}
	ref := digitsOn(t, l, keys, images, "distroless-digits:test")
	recognises(t, serve(t, l, ref, nil))
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, shell := range []string{"/bin/sh", "/usr/bin/dash", "/usr/bin/dpkg", "/usr/bin/apt-get"} {
		if _, err := img.Lookup(shell); err == nil {
			t.Errorf("the base is none without a shell: it has %s", shell)
		}
	}
}

func TestACUDABaseRunsTheExamples(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	const named = "nvidia/cuda:12.6.3-base-ubuntu24.04"
	images := map[string]string{named: base(t, l, "cudart"), "python:3.11-slim-bookworm": l.Image("library/python:3.11-slim")}
	keys := "base = \"" + named + "\"\npython = {version = \"3.11\", from = \"python:3.11-slim-bookworm\"}\n"
	get(t, serve(t, l, helloOn(t, l, keys, images, "cuda-hello:test"), nil), "/")
	ref := digitsOn(t, l, keys, images, "cuda-digits:test")
	recognises(t, serve(t, l, ref, nil))
	out := output(t, l, ref, "python", "-c", "import ctypes; n = ctypes.c_int(); print(ctypes.CDLL('libcudart.so.12').cudaRuntimeGetVersion(ctypes.byref(n)), n.value)")
	if !strings.HasPrefix(out, "0 12") {
		t.Errorf("CUDA's runtime says %q", out)
	}
}

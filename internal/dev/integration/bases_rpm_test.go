//go:build bases

package integration

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// redHat are the images that stand in for Red Hat's by their names.
func redHat(t *testing.T, l *lab.Lab) map[string]string {
	t.Helper()
	return map[string]string{
		"registry.access.redhat.com/ubi10/ubi":        baseOf(t, l, "redhat", "redhat"),
		"registry.access.redhat.com/ubi10/python-313": baseOf(t, l, "redhat", "redhat-python"),
	}
}

func TestARedHatBaseRunsTheExamples(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	images := redHat(t, l)
	keys := "base = \"registry.access.redhat.com/ubi10/ubi\"\n"
	get(t, serve(t, l, helloOn(t, l, keys, images, "redhat-hello:test"), nil), "/")
	recognises(t, serve(t, l, digitsOn(t, l, keys, images, "redhat-digits:test"), nil))
}

// rpmRepository serves the repository of rpm packages that is not in the base.
func rpmRepository(t *testing.T, l *lab.Lab) (url, key string) {
	t.Helper()
	img, err := l.ReadImage(t.Context(), baseOf(t, l, "redhat", "extra"), "")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, err := img.Read("/extra" + r.URL.Path)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(content) // the client tells of what is missing
	}))
	t.Cleanup(server.Close)
	content, err := img.Read("/extra/key.asc")
	if err != nil {
		t.Fatal(err)
	}
	return server.URL, string(content)
}

// withRPMs has an extension that is compiled with a header of a package, and packages of two repositories.
func withRPMs(url, key, base string) map[string]string {
	return map[string]string{
		"pyproject.toml": `# syntax=registry.example.com/moult:1
[project]
name = "answer"
version = "1.0"
requires-python = ">=3.13,<3.14"

[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[tool.moult]
base = "` + base + `"
cmd = ["python", "-c", "import lab_answer, subprocess; print(lab_answer.answer(), open('/usr/share/lab-extra/text').read().strip(), subprocess.check_output(['lab-tool'], text=True))"]

[tool.moult.dnf]
build = ["lab-devel"]
run = ["lab-tool", "lab-lib", "lab-extra"]

[[tool.moult.dnf.repositories]]
url = "` + url + `"
key = "key.asc"
`,
		"key.asc":  key,
		"setup.py": "from setuptools import Extension, setup\nsetup(ext_modules=[Extension('lab_answer', ['answer.c'], libraries=['lab'], library_dirs=['/usr/lib64'])])\n",
		"answer.c": `#include <Python.h>
#include <lab.h>
static PyObject *answer(PyObject *self, PyObject *args) { return PyLong_FromLong(lab_answer()); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "lab_answer", "", -1, methods};
PyMODINIT_FUNC PyInit_lab_answer(void) { return PyModule_Create(&module); }
`,
	}
}

func TestPackagesAreInstalledByDnf(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	url, key := rpmRepository(t, l)
	const named = "registry.access.redhat.com/ubi10/ubi"
	ref := installsRPMs(t, l, project(t, withRPMs(url, key, named)), redHat(t, l), "dnf:test")
	if out := output(t, l, ref, "rpm", "-qa", "gpg-pubkey*"); out != "" {
		t.Errorf("the keys of repositories are left in the database: %s", out)
	}
}

// installsRPMs builds withRPMs, runs it and looks for what must not be in the image.
func installsRPMs(t *testing.T, l *lab.Lab, dir string, images map[string]string, name string) string {
	t.Helper()
	ref := builtOn(t, l, dir, images, name)
	if out := output(t, l, ref); !strings.Contains(out, "42 extra installed as 1") {
		t.Errorf("it prints %q", out)
	}
	_, files := readImage(t, l, ref)
	for _, p := range []string{"/usr/share/lab/weak", "/usr/share/doc/lab/README", "/usr/include/lab.h"} {
		if _, ok := files[p]; ok {
			t.Errorf("the image holds %s", p)
		}
	}
	for p, f := range files {
		if f.Mode.IsRegular() && (strings.HasPrefix(p, "/var/log/dnf") || strings.HasPrefix(p, "/var/cache/dnf/") || strings.HasPrefix(p, "/var/cache/libdnf5/") ||
			strings.Contains(p, "history.sqlite") || strings.HasPrefix(p, "/moult")) {
			t.Errorf("the installation left %s", p)
		}
	}
	return ref
}

func TestPackagesAreInstalledByMicrodnf(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	url, key := rpmRepository(t, l)
	const named = "registry.access.redhat.com/ubi10/ubi-minimal"
	images := redHat(t, l)
	images[named] = baseOf(t, l, "redhat", "minimal")
	installsRPMs(t, l, project(t, withRPMs(url, key, named)), images, "microdnf:test")
}

package environment

import (
	"testing"

	"github.com/moult-build/moult/internal/environment/recorded"
)

func TestWhatIsFoundInTheImagesThatPeopleUse(t *testing.T) {
	for name, want := range map[string]struct{ interpreter, library, libc, distribution, manager string }{
		"python:3.13-alpine": {"/usr/local/bin/python3.13", "/usr/local/lib/python3.13", "musl 1.2", "alpine 3.22.2", Apk},
		"alpine-python":      {"/usr/bin/python3.12", "/usr/lib/python3.12", "musl 1.2", "alpine 3.22.2", Apk},
		"registry.access.redhat.com/ubi9/ubi-minimal": {"/usr/bin/python3.12", "/usr/lib64/python3.12", "glibc 2.34", "rhel 9.6", Dnf},
		"registry.access.redhat.com/ubi9/python-312":  {"/usr/bin/python3.12", "/usr/lib64/python3.12", "glibc 2.34", "rhel 9.6", Dnf},
		"python:3.13-slim-bookworm":                   {"/usr/local/bin/python3.13", "/usr/local/lib/python3.13", "glibc 2.36", "debian 12", Apt},
		"gcr.io/distroless/python3-debian13":          {"/usr/bin/python3.13", "/usr/lib/python3.13", "glibc 2.41", "debian 13", ""},
		"dhi.io/python:3.13":                          {"/opt/python/bin/python3.13", "/opt/python/lib/python3.13", "glibc 2.41", "debian 13", ""},
		"cgr.dev/chainguard/python:latest":            {"/usr/bin/python3.13", "/usr/lib/python3.13", "no known C library", "chainguard 20230214", ""},
		"nvidia/cuda:12.6.3-base-ubuntu24.04":         {"", "", "glibc 2.39", "ubuntu 24.04", Apt},
	} {
		img := recorded.Images[name]
		e, err := Detect(t.Context(), img, amd64, img.Env, Wanted{Manager: true})
		if _, none := err.(*NoPythonError); err != nil && (!none || want.interpreter != "") {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if e.Python.Interpreter != want.interpreter || e.Python.Library != want.library || e.Libc.String() != want.libc ||
			e.Distribution.String() != want.distribution || e.Manager != want.manager {
			t.Errorf("%s is %+v", name, e)
		}
	}
	if len(recorded.Images) != 9 {
		t.Error("a description is not tested")
	}
}

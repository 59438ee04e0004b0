package recorded

import (
	"slices"
	"testing"
)

func TestAnOfficialImageHasThePatchVersionOfItsTag(t *testing.T) {
	for ref, want := range map[string]string{
		"python:3.12-slim":                            "PYTHON_VERSION=3.12.9",
		"python:3.12.4-slim":                          "PYTHON_VERSION=3.12.4",
		"docker.io/library/python:3.9.7-slim-buster":  "PYTHON_VERSION=3.9.7",
		"docker.io/library/python:3.12.4@sha256:abcd": "PYTHON_VERSION=3.12.4",
	} {
		if env := Find(ref, "amd64").Env; !slices.Contains(env, want) {
			t.Errorf("%s has %q, not %s", ref, env, want)
		}
	}
}

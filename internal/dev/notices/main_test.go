package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestTheNoticesAreThoseOfTheModulesCompiledIn(t *testing.T) {
	const root = "../../.."
	all, err := modules(root)
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := write(&want, all); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(root + "/THIRD_PARTY_NOTICES")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Error("THIRD_PARTY_NOTICES is out of date: run go run ./internal/dev/notices > THIRD_PARTY_NOTICES")
	}
	if !strings.Contains(string(got), "\ngithub.com/moby/buildkit v") {
		t.Error("BuildKit is not named")
	}
}

func TestAModuleWithoutALicenceCannotBeShipped(t *testing.T) {
	var b bytes.Buffer
	if err := write(&b, []module{{"example.com/x", "v1", t.TempDir()}}); err == nil || !strings.Contains(err.Error(), "example.com/x v1 has no licence") {
		t.Errorf("the error is %v", err)
	}
}

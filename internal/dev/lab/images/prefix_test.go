package images

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// prefix makes a folder in which a Python seems to be installed.
func prefix(t *testing.T, headers, release string) string {
	t.Helper()
	dir := t.TempDir()
	folder := filepath.Join(dir, "include", headers)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	header := "/* Version as a string */\n#define PY_VERSION      \t\"" + release + "\"\n"
	if err := os.WriteFile(filepath.Join(folder, "patchlevel.h"), []byte(header), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestAPythonOfThisMachineHasImagesLikeTheOfficialOnes(t *testing.T) {
	dir := prefix(t, "python3.7m", "3.7.16")
	list, err := OfPythons("3.13", "3.7="+dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 4 {
		t.Fatalf("%d images", len(list))
	}
	slim, full := list[2], list[3]
	if want := []string{"3.7-slim", "3.7-slim-bookworm", "3.7.16-slim", "3.7.16-slim-bookworm"}; !slices.Equal(slim.Tags, want) {
		t.Errorf("%q", slim.Tags)
	}
	if want := []string{"3.7", "3.7-bookworm", "3.7.16", "3.7.16-bookworm"}; !slices.Equal(full.Tags, want) {
		t.Errorf("%q", full.Tags)
	}
	for _, r := range []Recipe{slim, full} {
		if slices.ContainsFunc(r.Include, func(name string) bool { return strings.HasPrefix(name, "python3") }) {
			t.Errorf("%s has Debian's Python too: %q", r.Name, r.Include)
		}
		if !slices.Contains(r.Include, "libssl3") || slices.Contains(r.Include, "gcc") != (r.Kind == "full") {
			t.Errorf("%s has %q", r.Name, r.Include)
		}
		if env := r.config(r.Release).Env; !slices.Contains(env, "PYTHON_VERSION=3.7.16") {
			t.Errorf("%q", env)
		}
	}
	if !slices.Contains(list[0].Include, "python3") || list[0].Prefix != "" {
		t.Errorf("the image of Debian's Python has changed: %+v", list[0])
	}
}

func TestTheImageOfAPrefixIsMadeAgainForAnotherRelease(t *testing.T) {
	before, after := fromPrefix("3.10", "/opt/python", "3.10.1", "slim"), fromPrefix("3.10", "/opt/python", "3.10.2", "slim")
	if before.Hash() == after.Hash() {
		t.Error("it is not")
	}
}

func TestAFolderWithoutThisPythonIsNoPrefix(t *testing.T) {
	dir := prefix(t, "python3.10", "3.10.13")
	for _, wanted := range []string{"3.1=" + dir, "3.9=" + dir, "3.10=", "3.10=" + filepath.Join(dir, "none")} {
		if _, err := OfPythons(wanted); err == nil || !strings.Contains(err.Error(), "prefix") {
			t.Errorf("%s: %v", wanted, err)
		}
	}
	if _, err := OfPythons("3.10"); err == nil || !strings.Contains(err.Error(), "3.10=PREFIX") {
		t.Errorf("%v", err)
	}
	if left := Debians([]string{"3.13", "3.10=" + dir}); !slices.Equal(left, []string{"3.13"}) {
		t.Error(left)
	}
}

func TestEachScriptOfARecipeExists(t *testing.T) {
	for _, r := range append(All("1.26.8"), fromPrefix("3.10", "/opt/python", "3.10.1", "slim"), fromPrefix("3.10", "/opt/python", "3.10.1", "full")) {
		for _, name := range r.scripts() {
			if _, err := scriptFiles.ReadFile(name); err != nil {
				t.Errorf("%s: %v", r.Name, err)
			}
		}
	}
}

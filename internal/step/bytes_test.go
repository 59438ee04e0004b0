package step

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// build is how a file of this repository compiles the programs.
type build struct {
	flags string
	env   []string
}

// builds reads the commands of the Makefile and the Dockerfile, without their
// output.
func builds(t *testing.T) []build {
	t.Helper()
	var found []build
	for _, file := range []string{"Makefile", "Dockerfile.frontend"} {
		content, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(content), "\\\n", " ")
		// Flags that the machine has set must not hide those that are missing here.
		env := []string{"CGO_ENABLED=0", "GOFLAGS=-mod=readonly"}
		if m := regexp.MustCompile(`GOFLAGS="([^"]*)"`).FindStringSubmatch(text); m != nil {
			env[1] += " " + m[1]
		}
		flags := regexp.MustCompile(`(?m)^PROGRAM_FLAGS = (.*)$`).FindStringSubmatch(text)
		for _, m := range building.FindAllStringSubmatch(text, -1) {
			args := regexp.MustCompile(`-o \S+|\./cmd/\S+`).ReplaceAllString(m[1], "")
			if flags != nil {
				args = strings.ReplaceAll(args, "$(PROGRAM_FLAGS)", flags[1])
			}
			b := build{strings.TrimSpace(strings.ReplaceAll(args, "$(VERSION)", "$VERSION")), env}
			if !slices.ContainsFunc(found, func(o build) bool { return o.flags == b.flags && slices.Equal(o.env, b.env) }) {
				found = append(found, b)
			}
		}
	}
	return found
}

// compile gives the bytes of both programs, compiled from a folder.
func (b build) compile(t *testing.T, from, version string) map[string][]byte {
	t.Helper()
	out := t.TempDir()
	cmd := exec.Command("sh", "-c", "go build "+b.flags+` -o "$OUT/" ./cmd/moult-install ./cmd/moult-build`)
	cmd.Dir = from
	cmd.Env = append(append(os.Environ(), b.env...), "VERSION="+version, "OUT="+out, "PWD="+from)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", b.flags, err, text)
	}
	programs := map[string][]byte{}
	for name := range mayImport {
		content, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		programs[name] = content
	}
	return programs
}

// copySource copies the code of this module, without what only tests read.
func copySource(t *testing.T) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "another folder")
	if err := os.Mkdir(to, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, top := range []string{"go.mod", "go.sum", "cmd", "frontend", "internal", "llb"} {
		err := filepath.WalkDir("../../"+top, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			target := filepath.Join(to, strings.TrimPrefix(path, "../../"))
			switch {
			case d.IsDir() && slices.Contains([]string{"testdata", "bin", "dev", "node_modules"}, d.Name()):
				return filepath.SkipDir
			case d.IsDir():
				return os.MkdirAll(target, 0o755)
			case !d.Type().IsRegular() || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(target, content, 0o644)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// addCode changes what a package compiles to.
func addCode(t *testing.T, source, pkg string) {
	t.Helper()
	code := "package " + filepath.Base(pkg) + "\n\nfunc init() { println(\"" + pkg + " has changed\") }\n"
	if err := os.WriteFile(filepath.Join(source, pkg, "changed.go"), []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestVersionsThatDifferOutsideTheProgramsHaveTheSameBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped by -short: links the programs several times")
	}
	here, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	next := copySource(t)
	for _, pkg := range []string{"frontend", "llb", "internal/lock", "internal/plan", "internal/project", "internal/toml"} {
		addCode(t, next, pkg)
	}
	all := builds(t)
	first := all[0].compile(t, here, "1.0.0")
	for _, b := range all {
		for name, content := range b.compile(t, next, "2.0.0") {
			if !bytes.Equal(content, first[name]) {
				t.Errorf("%s of the next version, built with %s and %s, has other bytes: every step would run again", name, b.env, b.flags)
			}
		}
	}
	// What is compared are the programs: a change inside them shows.
	addCode(t, next, "internal/step/protocol")
	for name, content := range all[0].compile(t, next, "2.0.0") {
		if bytes.Equal(content, first[name]) {
			t.Errorf("%s is the same after a change of its own code", name)
		}
	}
}

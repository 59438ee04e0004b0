// Package step has no code of its own: its tests hold the programs of all
// steps to what their bytes may depend on, because every step's key holds them.
package step

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/moult-build/moult/"

// mayImport are the packages of this module that a program may contain. A
// change of any of them runs every step of the program again, on every machine.
var mayImport = map[string][]string{
	"moult-install": {
		"internal/check/compiled", "internal/check/conflict", "internal/check/libraries", "internal/check/modules", "internal/environment/loader",
		"internal/pypkg/pep440", "internal/pypkg/pep503", "internal/pypkg/wheel",
		"internal/step/digest", "internal/step/install", "internal/step/install/bytecode", "internal/step/install/commands", "internal/step/takenpython",
		"internal/step/protocol", "internal/step/signals", "internal/step/whiteout",
	},
	"moult-build": {
		"internal/environment/loader", "internal/environment/osrelease",
		"internal/pypkg/artifact", "internal/pypkg/indexpage", "internal/pypkg/pep440", "internal/pypkg/pep503",
		"internal/pypkg/pep508", "internal/pypkg/stdlib", "internal/pypkg/tags", "internal/pypkg/wheel",
		"internal/step/accounts", "internal/step/build", "internal/step/confine", "internal/step/digest", "internal/step/fetch", "internal/step/indexfiles", "internal/step/homefiles",
		"internal/step/install", "internal/step/legacy", "internal/step/takenpython", "internal/step/protocol", "internal/step/signals", "internal/step/whiteout",
	},
}

func goTool(t *testing.T, env []string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestTheProgramsContainWhatAStepNeeds(t *testing.T) {
	for program, may := range mayImport {
		for _, pkg := range strings.Fields(goTool(t, nil, "list", "-deps", module+"cmd/"+program)) {
			name, ours := strings.CutPrefix(pkg, module)
			if ours && name != "cmd/"+program && !slices.Contains(may, name) {
				t.Errorf("%s contains %s: each of its changes would run all steps again", program, name)
			}
		}
	}
}

// moult-build's code is its own: who writes its command lines has package
// protocol for that.
func TestNobodyElseContainsTheProgramsCode(t *testing.T) {
	for _, pkg := range strings.Fields(goTool(t, nil, "list", "-deps", module+"llb", module+"frontend")) {
		if name := strings.TrimPrefix(pkg, module); name == "internal/step/build" || name == "internal/step/install/commands" {
			t.Errorf("llb or frontend contain %s", name)
		}
	}
}

func TestWhatWritesAndReadsStepsNeedsNoLinux(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped by -short: compiles for another system")
	}
	goTool(t, []string{"GOOS=darwin", "CGO_ENABLED=0"}, "vet",
		module+"frontend", module+"llb", module+"internal/plan/...", module+"internal/step/protocol/...")
}

// building is a command that compiles one of the programs.
var building = regexp.MustCompile(`go build ([^&;|]*)\./cmd/moult-(?:install|build)`)

func TestEveryVersionCompilesTheSamePrograms(t *testing.T) {
	found := 0
	for _, file := range []string{"Makefile", "Dockerfile.frontend"} {
		content, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(content), "\\\n", " ")
		flags := regexp.MustCompile(`(?m)^PROGRAM_FLAGS = (.*)$`).FindStringSubmatch(text)
		for _, m := range building.FindAllStringSubmatch(text, -1) {
			found++
			args := m[1]
			if flags != nil {
				args = strings.ReplaceAll(args, "$(PROGRAM_FLAGS)", flags[1])
			}
			if !strings.Contains(args, "-buildid=") || strings.Contains(args, "-X") || strings.Contains(strings.ToUpper(args), "VERSION") {
				t.Errorf("%s compiles the programs with %q", file, args)
			}
		}
	}
	if found != 3 {
		t.Errorf("the programs are compiled in %d places", found)
	}
}

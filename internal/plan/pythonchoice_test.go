package plan

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// lockedAs is a project with a pylock.toml of packages that have files of these
// names.
func lockedAs(t *testing.T, pyproject string, files ...string) (*project.Project, *lock.Lock) {
	t.Helper()
	var b strings.Builder
	b.WriteString("lock-version = \"1.0\"\ncreated-by = \"x\"\n")
	at := ""
	for _, f := range files {
		name, _, _ := strings.Cut(f, "-")
		if name != at {
			b.WriteString("[[packages]]\nname = \"" + name + "\"\nversion = \"1.0\"\n")
			at = name
		}
		table := "[[packages.wheels]]"
		if strings.HasSuffix(f, ".tar.gz") {
			table = "[packages.sdist]"
		}
		b.WriteString(table + "\nurl = \"https://example.com/" + f + "\"\nhashes = {sha256 = \"" + strings.Repeat("0", 64) + "\"}\n")
	}
	fsys := fstest.MapFS{"pyproject.toml": {Data: []byte(pyproject)}}
	p, err := project.Read(project.FS(fsys), "pyproject.toml", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := lock.Read(&source.File{Name: "pylock.toml", Data: []byte(b.String())}, lock.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p, l
}

func TestTheLockChoosesTheNewestPythonThatItHasWheelsFor(t *testing.T) {
	const (
		open  = "[project]\nname = \"a\"\nrequires-python = \">=3.11\"\n"
		pure  = "pure-1.0-py3-none-any.whl"
		sdist = "c-1.0.tar.gz"
	)
	c := func(tag string) string { return "c-1.0-" + tag + "-manylinux_2_17_x86_64.whl" }
	tests := []struct {
		name, pyproject string
		files           []string
		minor, reason   string
	}{
		{"all is pure", open, []string{pure}, "3.15", "the newest for which every package in pylock.toml has a wheel"},
		{"one is compiled", open, []string{sdist, c("cp312-cp312"), c("cp313-cp313"), pure}, "3.13", "the newest for which every package in pylock.toml has a wheel; c has none for 3.15"},
		{"one is compiled for the stable interface", open, []string{c("cp311-abi3")}, "3.15", ""},
		{"requires-python forbids the newest", "[project]\nname = \"a\"\nrequires-python = \">=3.11,<3.13\"\n", []string{c("cp312-cp312"), c("cp313-cp313")}, "3.12", ""},
		{"a package without any wheel counts for none", open, []string{sdist, "d-1.0-cp314-cp314-manylinux_2_17_x86_64.whl"}, "3.14", ""},
		{"none has all", open, []string{c("cp312-cp312"), sdist, "d-1.0-cp313-cp313-manylinux_2_17_x86_64.whl"}, "3.13", "the newest for which the fewest packages in pylock.toml have to be compiled; c has none for 3.15"},
		{"wheels for another platform", open, []string{"c-1.0-cp313-cp313-macosx_11_0_arm64.whl", "c-1.0-cp312-cp312-manylinux_2_17_x86_64.whl"}, "3.12", ""},
		{"the build file says it", open + "[tool.moult]\npython = \"3.12\"\n", []string{pure}, "", ""},
		{"a base of its own decides", open + "[tool.moult]\nbase = \"x\"\n", []string{pure}, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, l := lockedAs(t, test.pyproject, test.files...)
			python, ok := PythonForLock(p, l, lock.Selection{}, environment.Platform{})
			if ok != (test.minor != "") || python.Minor != test.minor || test.reason != "" && !strings.HasPrefix(python.Reason, test.reason) {
				t.Errorf("%v %s: %s", ok, python.Minor, python.Reason)
			}
		})
	}
}

func TestAPatchVersionIsThatOfTheBase(t *testing.T) {
	for text, want := range map[string]string{"3.13.2": "python:3.13.2-slim", "3.13": "python:3.13-slim"} {
		p, _ := lockedAs(t, "[tool.moult]\npython = \""+text+"\"\n", "pure-1.0-py3-none-any.whl")
		python, err := project.ChoosePython(p)
		if got := Base(p, python); err != nil || got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
}

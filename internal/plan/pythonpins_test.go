package plan

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/step/indexfiles"
)

// pinned is a project of these files, with its requirements and its usual Python.
func pinned(t *testing.T, files map[string]string) (*project.Project, project.Python, *project.Requested) {
	t.Helper()
	fsys, name := fstest.MapFS{}, "pyproject.toml"
	for file, content := range files {
		fsys[file] = &fstest.MapFile{Data: []byte(content)}
		if file == "moult.toml" {
			name = file
		}
	}
	p, err := project.Read(project.FS(fsys), name, project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	req, err := project.Requirements(p, project.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	python, err := project.ChoosePython(p)
	if err != nil {
		t.Fatal(err)
	}
	return p, python, req
}

func TestOnlyPinnedRequirementsOfAnOpenPythonAreAskedFor(t *testing.T) {
	const pins = "c==1.0\nd>=2\ne==1.*\ng~=1.2.0\nh~=1.2\nf @ https://example.com/f-1.0-py3-none-any.whl\n"
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"pins", map[string]string{"moult.toml": "", "requirements.txt": pins}, "c 1.0, g 1.2.0"},
		{"a named Python", map[string]string{"moult.toml": "python = \"3.13\"\n", "requirements.txt": pins}, ""},
		{"a file of another tool", map[string]string{"moult.toml": "", "requirements.txt": pins, "runtime.txt": "python-3.12.1\n"}, ""},
		{"a base", map[string]string{"moult.toml": "base = \"x\"\n", "requirements.txt": pins}, ""},
		{"one release that is allowed", map[string]string{"pyproject.toml": "[project]\nname = \"a\"\nrequires-python = \"==3.12.*\"\ndependencies = [\"c==1\"]\n"}, ""},
		{"no index", map[string]string{"moult.toml": "", "requirements.txt": "--no-index\n" + pins}, ""},
	} {
		p, python, req := pinned(t, test.files)
		var got []string
		for _, pkg := range PinnedRequest(p, python, req).Packages {
			got = append(got, pkg.Name+" "+pkg.Version)
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestPinnedRequirementsChooseTheNewestPythonThatHasTheirWheels(t *testing.T) {
	c := func(tag string) string { return "c-1.0-" + tag + "-manylinux_2_17_x86_64.whl" }
	for _, test := range []struct {
		name, requirements string
		files              []indexfiles.File
		minor, reason      string
	}{
		{"nothing is compiled", "c==1.0\n", []indexfiles.File{{Filename: "c-1.0-py3-none-any.whl"}}, "", ""},
		{"nothing has a wheel", "c==1.0\n", []indexfiles.File{{Filename: "c-1.0.tar.gz"}}, "", ""},
		{"the newest has one", "c==1.0\n", []indexfiles.File{{Filename: c("cp311-cp311")}, {Filename: c("cp314-cp314")}}, "", ""},
		{"an older one has one", "c==1.0\n", []indexfiles.File{{Filename: c("cp310-cp310")}, {Filename: c("cp311-cp311")}, {Filename: "c-1.0.tar.gz"}}, "3.11",
			"the newest for which every pinned requirement has a wheel; c==1.0 has none for 3.14"},
		{"the stable interface", "c==1.0\n", []indexfiles.File{{Filename: c("cp37-abi3")}}, "", ""},
		{"a version that is not for newer ones", "c==1.0\n", []indexfiles.File{{Filename: "c-1.0-py3-none-any.whl", RequiresPython: ">=3.8,<3.13"}}, "3.12", ""},
		{"a marker that leaves it out", "c==1.0; python_version < '3.13'\n", []indexfiles.File{{Filename: c("cp311-cp311")}}, "", ""},
		{"one that no release has", "c==1.0\nd==1\n", []indexfiles.File{{Filename: c("cp312-cp312")}}, "3.12", ""},
		{"one that is older than the newest Pythons", "c==1.0\n", []indexfiles.File{{Filename: "c-1.0-py3-none-any.whl", Uploaded: "2024-04-01"}}, "3.12",
			"the newest that was out when the youngest pinned requirement was, on 2024-04-01"},
		{"one that is older, with wheels for a later one too", "c==1.0\n", []indexfiles.File{{Filename: c("cp312-cp312"), Uploaded: "2024-04-01"}, {Filename: c("cp313-cp313"), Uploaded: "2024-11-01"}}, "3.12", ""},
		{"one that is older, and has wheels only for others", "c==1.0\n", []indexfiles.File{{Filename: c("cp310-cp310"), Uploaded: "2024-04-01"}}, "3.10",
			"the newest for which every pinned requirement has a wheel; c==1.0 has none for 3.12"},
		{"one that is older than all", "c==1.0\n", []indexfiles.File{{Filename: "c-1.0-py3-none-any.whl", Uploaded: "2015-04-01"}}, "3.7", ""},
		{"one that is older beside others without a version", "c==1.0\nd\n", []indexfiles.File{{Filename: "c-1.0-py3-none-any.whl", Uploaded: "2024-04-01"}}, "", ""},
		{"the first of some versions", "c~=1.0.0\n", []indexfiles.File{{Filename: c("cp311-cp311")}, {Filename: "c-1.0.tar.gz"}}, "3.11", "c~=1.0.0 has none for 3.14"},
		{"wheels for another platform", "c==1.0\n", []indexfiles.File{{Filename: c("cp312-cp312")}, {Filename: "c-1.0-cp313-cp313-win_amd64.whl"}}, "3.12", ""},
	} {
		p, python, req := pinned(t, map[string]string{"moult.toml": "", "requirements.txt": test.requirements})
		answer := indexfiles.Answer{"c": test.files, "d": {{Filename: "d-1-cp36-cp36m-manylinux1_x86_64.whl"}, {Filename: "d-1.tar.gz"}}}
		got, ok := PythonForPins(p, python, req, answer, environment.Platform{OS: "linux", Arch: "amd64"})
		if ok != (test.minor != "") || got.Minor != test.minor || !strings.Contains(got.Reason, test.reason) {
			t.Errorf("%s: %v %s (%s)", test.name, ok, got.Minor, got.Reason)
		}
	}
}

func TestThePythonForPinsNamesNoRequirementWhereTheNewestHasAll(t *testing.T) {
	p, python, req := pinned(t, map[string]string{"moult.toml": "", "requirements.txt": "c==1.0\n"})
	python.Minor, python.Y = "3.12", 12 // another reason had told it
	answer := indexfiles.Answer{"c": {{Filename: "c-1.0-py3-none-any.whl"}}}
	got, ok := PythonForPins(p, python, req, answer, environment.Platform{OS: "linux", Arch: "amd64"})
	if want := "the newest for which every pinned requirement has a wheel"; !ok || got.Reason != want {
		t.Errorf("%v %s: %q, want %q", ok, got.Minor, got.Reason, want)
	}
}

package project

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/source"
)

func TestThePythonIsChosen(t *testing.T) {
	tests := []struct {
		name, files, minor, full string
		why                      PythonReason
	}{
		{"by default the newest that is a year old", "[project]\nname = \"a\"", "3.14", "", PythonByDefault},
		{"by requires-python the newest it allows", "[project]\nname = \"a\"\nrequires-python = \">=3.10,!=3.14.*,<3.15\"", "3.13", "", PythonByRange},
		{"by ~=3.11 any 3", "[project]\nname = \"a\"\nrequires-python = \"~=3.11\"", "3.14", "", PythonByRange},
		{"by ~=3.11.0 only 3.11", "[project]\nname = \"a\"\nrequires-python = \"~=3.11.0\"", "3.11", "", PythonByRange},
		{"by ==3.12.*", "[project]\nname = \"a\"\nrequires-python = \"==3.12.*\"", "3.12", "", PythonByRange},
		{"by ==3.12.4 this patch version", "[project]\nname = \"a\"\nrequires-python = \"==3.12.4\"", "3.12", "3.12.4", PythonByRange},
		{"by ==3.12, which is its first patch version", "[project]\nname = \"a\"\nrequires-python = \"==3.12\"", "3.12", "3.12.0", PythonByRange},
		{"by a lower patch version any above", "[project]\nname = \"a\"\nrequires-python = \">=3.12.4,<3.13\"", "3.12", "", PythonByRange},
		{"by .python-version and requires-python its patch version", "[project]\nname = \"a\"\nrequires-python = \"==3.12.4\"\n-- .python-version --\n3.12\n", "3.12", "3.12.4", PythonByFile},
		{"by <4", "[project]\nname = \"a\"\nrequires-python = \">=3.9,<4\"", "3.14", "", PythonByRange},
		{"by requires-python one that is not a year old yet", "[project]\nname = \"a\"\nrequires-python = \">=3.15\"", "3.15", "", PythonByRange},
		{"by runtime.txt", "-- moult.toml --\n-- runtime.txt --\npython-3.12.4\n", "3.12", "", PythonByHint},
		{"by .tool-versions", "-- moult.toml --\n-- .tool-versions --\nnodejs 20\npython 3.12.4\n", "3.12", "", PythonByHint},
		{"by mise.toml", "-- moult.toml --\n-- mise.toml --\n[tools]\npython = \"3.11\"\n", "3.11", "", PythonByHint},
		{"by the Dockerfile's last stage", "-- moult.toml --\n-- Dockerfile --\nARG V=3.12\nFROM python:3.11 AS build\nFROM python:${V}-slim\n", "3.12", "", PythonByHint},
		{"by the container for development", "-- moult.toml --\n-- .devcontainer/devcontainer.json --\n{\n  // \"image\": \"python:3.9\",\n  \"image\": \"mcr.microsoft.com/devcontainers/python:1-3.11-bullseye\"\n}\n", "3.11", "", PythonByDevelopment},
		{"by the Dockerfile of the container for development", "-- moult.toml --\n-- .devcontainer/devcontainer.json --\n{\"build\": {}}\n-- .devcontainer/Dockerfile --\nFROM mcr.microsoft.com/devcontainers/python:3.11\n", "3.11", "", PythonByDevelopment},
		{"by the Dockerfile before the container for development", "-- moult.toml --\n-- Dockerfile --\nFROM python:3.12\n-- .devcontainer/devcontainer.json --\n{\n\"image\": \"python:3.11\"\n}\n", "3.12", "", PythonByHint},
		{"by the Dockerfile of a service", "-- moult.toml --\n-- bot.Dockerfile --\nFROM python:3.11-slim\n", "3.11", "", PythonByHint},
		{"by the Dockerfile in a folder", "-- moult.toml --\n-- docker/Dockerfile --\nFROM python:3.11-slim\n", "3.11", "", PythonByHint},
		{"by the Dockerfile in small letters", "-- moult.toml --\n-- dockerfile --\nFROM python:3.11-slim\n", "3.11", "", PythonByHint},
		{"by the first Dockerfile that has a Python", "-- moult.toml --\n-- Dockerfile --\nFROM node:22\n-- Dockerfile.prod --\nFROM python:3.11-slim\n", "3.11", "", PythonByHint},
		{"by an image with uv", "-- moult.toml --\n-- Dockerfile --\nFROM ghcr.io/astral-sh/uv:python3.12-bookworm-slim\n", "3.12", "", PythonByHint},
		{"not by a hint that requires-python does not allow", "[project]\nname = \"a\"\nrequires-python = \">=3.13,<3.15\"\n-- runtime.txt --\npython-3.12.4\n", "3.14", "", PythonByRange},
		{"by the oldest, where a hint is older", "-- moult.toml --\n-- runtime.txt --\npython-3.6.4\n", "3.7", "", PythonByHint},
		{"not by a hint for Python 2", "-- moult.toml --\n-- runtime.txt --\npython-2.7.18\n", "3.14", "", PythonByDefault},
		{"by runtime.txt with any patch version", "-- moult.toml --\n-- runtime.txt --\n\nPython-3.11.x\n", "3.11", "", PythonByHint},
		{"by runtime.txt with a version alone", "-- moult.toml --\n-- runtime.txt --\n3.12\n", "3.12", "", PythonByHint},
		{"by .python-version before a hint", "-- moult.toml --\n-- .python-version --\n3.13\n-- runtime.txt --\npython-3.12.4\n", "3.13", "", PythonByFile},
		{"by the key", "[tool.moult]\npython = \"3.11\"\n-- .python-version --\n3.12", "3.11", "", PythonByKey},
		{"by the key with a patch version", "[tool.moult]\npython = \"3.11.9\"", "3.11", "3.11.9", PythonByKey},
		{"by .python-version", "[project]\nname = \"a\"\nrequires-python = \">=3.10\"\n-- .python-version --\n3.12.4\n", "3.12", "3.12.4", PythonByFile},
		{"by a bare 3 the newest that is a year old", "[tool.moult]\npython = \"3\"", "3.14", "", PythonByKey},
		{"whatever .python-version holds if the key is there", "[tool.moult]\npython = \"3.11\"\n-- .python-version --\npypy3.10", "3.11", "", PythonByKey},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ChoosePython(mustRead(t, test.files))
			if err != nil || got.Minor != test.minor || got.Full != test.full || got.Why != test.why {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestPythonVersionFilesOfEveryForm(t *testing.T) {
	for text, want := range map[string]string{
		"3.13": "3.13", "3.13.2\n": "3.13.2", "\n# ours\n\n3.12 # because\n3.11\n": "3.12", "3.12 3.11": "3.12", "cpython-3.13": "3.13", "cpython@3.13": "3.13",
		"cpython3.13": "3.13", "python3.13": "3.13", "Python-3.12.1": "3.12.1", "cpython-3.12.3-linux-x86_64-gnu": "3.12.3", "3.12\r\n": "3.12", "\ufeff3.12": "3.12", "": "", "# none": "",
	} {
		got, _, err := parsePythonVersionFile(&source.File{Name: ".python-version", Data: []byte(text)})
		if err != nil || got == nil && want != "" || got != nil && got.Text != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"pypy3.10", "3.13-dev", "v3.12", "python-x", ">=3.12", "2.7.18", "4.0", "3.99", "3.13.2.1", "graalpy-24", "3.14.0a1"} {
		if got, _, err := parsePythonVersionFile(&source.File{Name: ".python-version", Data: []byte(text)}); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestTheNameOfAVirtualEnvironmentInPythonVersionIsNoVersion(t *testing.T) {
	const named = "[project]\nname = \"a\"\nrequires-python = \">=3.9\"\n-- .python-version --\n"
	for _, test := range []struct {
		files, minor, reason string
		why                  PythonReason
	}{
		{named + "shop\n", "3.14", "the newest that is a year old, because many packages have no wheels for a younger one; .python-version says shop, which is no version", PythonByRange},
		{named + "system", "3.14", "the newest that is a year old, because many packages have no wheels for a younger one; .python-version says system, which is no version", PythonByRange},
		{named + "shop\n-- Dockerfile --\nFROM python:3.10-slim\n", "3.10", "from Dockerfile; .python-version says shop, which is no version", PythonByHint},
		{named + "shop-3.11.4\n", "3.11", "from the name shop-3.11.4 in .python-version", PythonByFile},
		{named + "3.12.1/envs/shop\n", "3.12", "from .python-version, which says 3.12.1; a patch version is written as python = \"3.12.1\"", PythonByFile},
		{named + "shop-3.6.4\n", "3.14", "the newest that is a year old, because many packages have no wheels for a younger one; .python-version says shop-3.6.4, which is no version", PythonByRange},
	} {
		got, err := ChoosePython(mustRead(t, test.files))
		if err != nil || got.Minor != test.minor || got.Reason != test.reason || got.Why != test.why {
			t.Errorf("%s: %+v, %v", test.files, got, err)
		}
	}
}

func TestAFreeThreadedPythonIsRefusedWithoutAnImageThatHasIt(t *testing.T) {
	for files, want := range map[string]string{
		"[tool.moult]\npython = \"3.14t\"\n":                                                   `2:10: "3.14t" is a free-threaded Python, which the official images do not have; write "3.14", or name an image that has python3.14t as the base`,
		"[tool.moult]\npython = \"3.12t\"\nbase = \"a/b\"\n":                                   `2:10: Python 3.12 has no free-threaded variant, the first is 3.13t; write "3.12"`,
		"[project]\nname = \"a\"\n-- .python-version --\ncpython-3.13.5t-macos-aarch64-none\n": `.python-version:1:1: "cpython-3.13.5t-macos-aarch64-none" is a free-threaded Python, which the official images do not have; write "3.13.5", or name`,
		"[project]\nname = \"a\"\n-- .python-version --\n3.14+freethreaded\n":                  `.python-version:1:1: "3.14+freethreaded" is a free-threaded Python, which the official images do not have; write "3.14", or name`,
	} {
		if _, err := readTree(files); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}

func TestAFreeThreadedPythonIsThatOfTheImageThatTheBuildFileNames(t *testing.T) {
	for _, files := range []string{
		"[tool.moult]\npython = \"3.14t\"\nbase = \"a/b\"\n",
		"[tool.moult]\nbase = \"a/b\"\n-- .python-version --\n3.14t\n",
		"[tool.moult]\nbase = \"a/b\"\npython = {version = \"3.14+freethreaded\", from = \"c/d\"}\n",
	} {
		if got, err := ChoosePython(mustRead(t, files)); err != nil || got.Minor != "3.14" || !got.FreeThreaded {
			t.Errorf("%s: %+v, %v", files, got, err)
		}
	}
	if got, err := ChoosePython(mustRead(t, "[tool.moult]\npython = \"3.14\"\nbase = \"a/b\"\n")); err != nil || got.FreeThreaded {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTheOldestPythonStandsForOneThatIsTooOld(t *testing.T) {
	const pipfile = "-- Pipfile --\n[packages]\n[requires]\npython_version = \"3.6\"\n"
	for files, want := range map[string]string{
		"-- moult.toml --\n" + pipfile: "the oldest that can be built for, because Pipfile says 3.6",
		"-- moult.toml --\n" + strings.Replace(pipfile, "python_version = \"3.6", "python_full_version = \"3.5.2", 1): "the oldest that can be built for, because Pipfile says 3.5",
		"[project]\nname = \"a\"\nrequires-python = \">=3.6\"\n-- .python-version --\n3.6.0\n":                        "the oldest that can be built for, because .python-version says 3.6",
	} {
		got, err := ChoosePython(mustRead(t, files))
		if err != nil || got.Minor != "3.7" || got.Reason != want || got.Why != PythonByFile {
			t.Errorf("%s: %+v, %v", files, got, err)
		}
	}
	for files, want := range map[string]string{
		"[tool.moult]\npython = \"3.6\"\n":                               `pyproject.toml:2:10: there is no Python 3.6 that can be built for; known are 3.7 to 3.15; if the code`,
		"-- moult.toml --\n" + strings.Replace(pipfile, "3.6", "3.1", 1): `Pipfile:3:18: there is no Python 3.1 that can be built for; known are 3.7 to 3.15`,
		"-- moult.toml --\n" + strings.Replace(pipfile, "3.6", "2.7", 1): `Pipfile:3:18: Python 2.7 is Python 2; Moult builds for Python 3.7 and newer`,
	} {
		if _, err := readTree(files); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	_, err := ChoosePython(mustRead(t, "[project]\nname = \"a\"\nrequires-python = \">=3.8\"\n-- .python-version --\n3.6.0\n"))
	want := `.python-version:1:1: there is no Python 3.6 that can be built for; known are 3.7 to 3.15; if the code runs with Python 3.7, write python = "3.7" in the build file, which precedes other files`
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
	if got, err := ChoosePython(mustRead(t, "-- moult.toml --\npython = \"3.7\"\n"+pipfile)); err != nil || got.Minor != "3.7" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAnImageHasThePatchVersionThatAProjectInsistsOn(t *testing.T) {
	for files, want := range map[string]string{
		"[project]\nname = \"a\"\nrequires-python = \"==3.12.4\"":                              "3.12.4",
		"[project]\nname = \"a\"\nrequires-python = \"==3.12.4\"\n-- .python-version --\n3.12": "3.12.4",
		"[tool.moult]\npython = \"3.11.9\"":                                                    "3.11.9",
		"[project]\nname = \"a\"\n-- .python-version --\n3.12.4":                               "",
		"[project]\nname = \"a\"\nrequires-python = \">=3.12.4\"":                              "",
	} {
		if got, err := ChoosePython(mustRead(t, files)); err != nil || got.Exact() != want {
			t.Errorf("%s: %q, %v", files, got.Exact(), err)
		}
	}
}

func TestReleasesEndInOrder(t *testing.T) {
	for i, release := range Releases {
		if i > 0 && (release.EndOfLife <= Releases[i-1].EndOfLife || release.Released <= Releases[i-1].Released || release.Y != Releases[i-1].Y+1) {
			t.Errorf("%+v", release)
		}
	}
	if p := (Python{EndOfLife: "2026-10-31"}); !p.PastEndOfLife("2026-11-01") || p.PastEndOfLife("2026-10-31") {
		t.Error("PastEndOfLife")
	}
}

func FuzzPythonVersionFile(f *testing.F) {
	for _, seed := range []string{"3.13", "cpython-3.12.3-linux-x86_64-gnu\n3.11", "# x\n pypy3.10", "\ufeff3", "3.013.002"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, _, err := parsePythonVersionFile(&source.File{Name: ".python-version", Data: data})
		if err == nil && got != nil {
			if got.Pos.Line < 1 || got.Pos.Col < 1 {
				t.Errorf("%q stands at %v", data, got.Pos)
			}
			again, err := parsePython(source.At[string]{V: got.Text, Pos: got.Pos})
			if err != nil || again.Text != got.Text {
				t.Errorf("%q: %q is read as %+v, %v", data, got.Text, again, err)
			}
		}
	})
}

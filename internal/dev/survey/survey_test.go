package survey

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestASurveyCountsWhatIsPlannedAndWhatIsRefused(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"api/pyproject.toml":      "[project]\nname = \"api\"\nversion = \"1\"\ndependencies = [\"fastapi\", \"uvicorn\"]\n",
		"api/main.py":             "from fastapi import FastAPI\napp = FastAPI()\n",
		"tools/requirements.txt":  "six\n",
		"tools/a.py":              "print(1)\n",
		"tools/b.py":              "print(1)\n",
		"docker/requirements.txt": "six\n",
		"docker/a.py":             "print(1)\n",
		"docker/b.py":             "print(1)\n",
		"docker/Dockerfile":       "FROM python:3.13-slim\nCOPY . .\nCMD [\"sleep\", \"1\"]\n",
		"lib/pyproject.toml":      "[project]\nname = \"lib\"\nversion = \"1\"\n",
		"broken/pyproject.toml":   "[project\n",
	})
	all, err := Run(t.Context(), Options{Dir: dir})
	if err != nil || len(all) != 5 {
		t.Fatalf("%d results, %v", len(all), err)
	}
	got := map[string]Result{}
	for _, r := range all {
		got[r.Name] = r
	}
	if r := got["api"]; strings.Join(r.Plan.Command, " ") != "uvicorn main:app --host 0.0.0.0 --port 8000" || !r.Initialised.Planned {
		t.Errorf("%+v", r)
	}
	if r := got["tools"]; r.Plan.Planned || !strings.Contains(r.Plan.Refusal, "a.py, b.py") || strings.Join(r.Initialised.Command, " ") != "python a.py" {
		t.Errorf("%+v", r)
	}
	if r := got["docker"]; r.Plan.Planned || strings.Join(r.Initialised.Command, " ") != "sleep 1" {
		t.Errorf("%+v", r)
	}
	if r := got["lib"]; !r.Plan.Nothing {
		t.Errorf("%+v", r)
	}
	var table strings.Builder
	Table(&table, all)
	for _, want := range []string{
		"5 projects, of which 4 have something to start.",
		"| planned with the syntax line alone | 1 | 25 % |", "| planned after `moult init` | 3 | 75 % |", "| a panic | 0 | 0 % |",
		"| there is no command to run, and several files can be started | 2 |",
	} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("no %q in\n%s", want, table.String())
		}
	}
	for _, name := range []string{"tools/moult.toml", "docker/moult.toml"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("the survey wrote %s", name)
		}
	}
}

func TestTheCopyOfAProjectHasItsTagsAndNotItsHistory(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"lib/pyproject.toml": "[project]\nname = \"lib\"\ndynamic = [\"version\"]\nscripts.lib = \"lib:main\"\n[build-system]\nrequires = [\"setuptools\", \"setuptools-scm\"]\nbuild-backend = \"setuptools.build_meta\"\n[tool.setuptools_scm]\n",
		"lib/lib.py":         "def main(): pass\n",
		"lib/.git/HEAD":      strings.Repeat("a", 40) + "\n", "lib/.git/refs/tags/v1.2": strings.Repeat("a", 40) + "\n",
		"lib/.git/objects/pack/one.pack": "x",
	})
	all, err := Run(t.Context(), Options{Dir: dir})
	if err != nil || len(all) != 1 || !all[0].Plan.Planned {
		t.Errorf("%+v, %v", all, err)
	}
	to := t.TempDir()
	if err := copyTree(filepath.Join(dir, "lib"), to); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(to, ".git/objects/pack")); err == nil {
		t.Error("its history was copied")
	}
}

func TestWhatAContainerThatEndedHasBeen(t *testing.T) {
	for _, test := range []struct {
		code, logs string
		want       Outcome
	}{
		{"0", "done", Ended},
		{"2", "usage: tool [-h] FILE", Usage},
		{"1", "Traceback\nModuleNotFoundError: No module named 'x'", Fails},
		{"1", "Traceback\nImportError: cannot import name 'x' from 'required'", Fails},
		{"1", "Traceback\nPermissionError: [Errno 13] Permission denied: '/app/config'", Fails},
		{"1", "Traceback\nKeyError: 'TOKEN' in os.environ", Wants},
		{"1", "UndefinedValueError: MODE not found. Declare it as envvar or define a \ndefault value.", Wants},
		{"1", "Traceback\nZeroDivisionError: division by zero", Fails},
	} {
		if got := ended(test.code, test.logs); got.Outcome != test.want {
			t.Errorf("%s %q: %+v", test.code, test.logs, got)
		}
	}
}

func TestABuildThatFailedForAPythonWithoutAnImageSaysNothingOfTheProject(t *testing.T) {
	for out, want := range map[string]Outcome{
		"#1 DONE\nERROR: moult.toml: the image python:3.7-slim: docker.io/library/python:3.7-slim: not found; Moult chose Python 3.7, the newest": NotTried,
		"ERROR: moult.toml: the image shop/base:1: docker.io/shop/base:1: not found":                                                              NotBuilt,
		"ERROR: requirements.txt:3: pip cannot find x; write it":                                                                                  NotBuilt,
	} {
		if got := notBuilt(out, 1); got.Outcome != want || got.Detail == "" {
			t.Errorf("%q: %+v", out, got)
		}
	}
}

func TestABuildsWarningsOfWhatAnImageLacksAreRecorded(t *testing.T) {
	out := "#5 WARN: NoLock: no lock (line 1)\n#5 WARN: MissingModule: main.py imports yaml (main.py:1)\n#9 WARN: MissingModule: main.py imports yaml (main.py:1)\n"
	if got := told("#5 WARN: MissingDisplay: main.py imports tkinter (main.py:1)\n"); len(got) != 1 {
		t.Errorf("%q", got)
	}
	if got := told(out); len(got) != 1 || got[0] != "MissingModule: main.py imports yaml (main.py:1)" {
		t.Errorf("%q", got)
	}
}

func TestVerdictsOfAPersonCount(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"verdicts": "# by hand\na right\nb wrong\nlib nothing # a library\nold broken\n", "bad": "a good\n", "short": "a\n"})
	said, err := Verdicts(filepath.Join(dir, "verdicts"))
	if err != nil || len(said) != 4 {
		t.Fatalf("%v, %v", said, err)
	}
	for _, name := range []string{"bad", "short"} {
		if _, err := Verdicts(filepath.Join(dir, name)); err == nil || !strings.Contains(err.Error(), name+":1: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	planned := Attempt{Planned: true}
	var table strings.Builder
	Table(&table, []Result{
		{Name: "a", Plan: planned, Verdict: said["a"]}, {Name: "b", Plan: planned, Verdict: said["b"]},
		{Name: "lib", Plan: Attempt{Refusal: "several"}, Verdict: said["lib"]}, {Name: "old", Plan: Attempt{Refusal: "stale"}, Verdict: said["old"]},
	})
	for _, want := range []string{
		"4 projects, of which 3 have something to start.", "| planned with the syntax line alone | 2 | 67 % |",
		"| planned with the right command | 1 | 33 % |", "| broken without Moult too, and told so | 1 | 33 % |",
	} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("no %q in\n%s", want, table.String())
		}
	}
}

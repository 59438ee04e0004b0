package lock

import (
	"errors"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/source"
)

// locks are the locks of one and the same project.
var locks = []struct{ file, h11 string }{
	{"uv/uv.lock", "0.16.0"},
	{"pylock-pdm/pylock.toml", "0.16.0"},
	{"poetry/poetry.lock", "0.16.0"},
	{"poetry1/poetry.lock", "0.14.0"},
	{"pdm/pdm.lock", "0.16.0"},
	{"pdm-urls/pdm.lock", "0.16.0"},
	{"pdm-graph/pdm.lock", "0.16.0"},
}

func TestEveryFormatGivesTheSamePackagesForOneProject(t *testing.T) {
	for _, c := range locks {
		folder, _, _ := strings.Cut(c.file, "/")
		l := readTestdata(t, c.file)
		project := readProject(t, folder)
		if folder == "poetry1" {
			project = poetryProject(t)
		}
		for _, want := range []struct {
			python         string
			extras, groups []string
			pins           string
		}{
			{"3.13.1", nil, nil, "idna psutil==5.9.8"},
			{"3.10.9", nil, nil, "exceptiongroup idna psutil==5.9.8 typing-extensions"},
			{"3.13.1", []string{"HTTP"}, nil, "h11==" + c.h11 + " idna psutil==5.9.8"},
			{"3.13.1", []string{"http", "crypto"}, nil, "h11==" + c.h11 + " idna itsdangerous psutil==5.9.8"},
		} {
			sel := Selection{Extras: want.extras, Groups: want.groups, Project: project}
			env := linux(want.python, "x86_64")
			chosen, err := Select(l, sel, env)
			if err != nil {
				t.Errorf("%s: %v", c.file, err)
				continue
			}
			if got := pins(chosen); !samePins(got, want.pins) {
				t.Errorf("%s for Python %s with %v: got %s, want %s", c.file, want.python, want.extras, got, want.pins)
			}
			if err := Check(l, project, sel, env, chosen); err != nil {
				t.Errorf("%s is said not to match: %v", c.file, err)
			}
		}
	}
}

// samePins compares names, and versions where the wanted pin gives one.
func samePins(got, want string) bool {
	g, w := strings.Fields(got), strings.Fields(want)
	if len(g) != len(w) {
		return false
	}
	for i := range g {
		name, _, _ := strings.Cut(g[i], "==")
		if g[i] != w[i] && name != w[i] {
			return false
		}
	}
	return true
}

func TestGroupsAreTakenWhenAskedFor(t *testing.T) {
	for _, file := range []string{"uv/uv.lock", "poetry/poetry.lock", "poetry1/poetry.lock", "pdm/pdm.lock", "pdm-graph/pdm.lock", "pipenv/Pipfile.lock"} {
		folder, _, _ := strings.Cut(file, "/")
		l := readTestdata(t, file)
		project := readProject(t, folder)
		if folder == "poetry1" {
			project = poetryProject(t)
		}
		sel := Selection{Groups: []string{"dev"}, Project: project}
		env := linux("3.11.7", "x86_64")
		chosen, err := Select(l, sel, env)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if got := pins(chosen); !samePins(got, "idna iniconfig psutil==5.9.8") {
			t.Errorf("%s: got %s", file, got)
		}
	}
}

func TestAnExtraOrGroupTheLockDoesNotHaveIsAnError(t *testing.T) {
	l := readTestdata(t, "uv/uv.lock")
	for _, c := range []struct {
		sel  Selection
		want string
	}{
		{Selection{Extras: []string{"htpp"}}, `uv.lock: the lock has no extra "htpp"; it has crypto, http`},
		{Selection{Groups: []string{"test"}}, `uv.lock: the lock has no dependency group "test"; it has dev`},
		{Selection{Member: "other"}, `uv.lock: the lock has no project "other"; it was made for sample; run: uv lock`},
	} {
		if _, err := Select(l, c.sel, linux("3.13.1", "x86_64")); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func TestALockForOtherInterpretersIsAnError(t *testing.T) {
	for _, file := range []string{"uv/uv.lock", "pylock-uv/pylock.toml", "poetry/poetry.lock", "pdm/pdm.lock"} {
		l := readTestdata(t, file)
		_, err := Select(l, Selection{}, linux("3.9.18", "x86_64"))
		var placed *source.Error
		if !errors.As(err, &placed) || !strings.Contains(err.Error(), "3.9.18") {
			t.Errorf("%s: got %v", file, err)
		}
		env := linux("3.12.1", "x86_64")
		env.PythonFullVersion = "" // the patch version need not be known
		if _, err := Select(l, Selection{}, env); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestExtrasThatExcludeEachOtherChooseTheFork(t *testing.T) {
	l := readTestdata(t, "uv-conflicts/uv.lock")
	env := linux("3.12.1", "x86_64")
	for _, c := range []struct {
		extras []string
		want   string
	}{
		{nil, "h11==0.14.0 idna member==0.1 sniffio"},
		{[]string{"new"}, "h11==0.14.0 idna member==0.1 sniffio"},
		{[]string{"old"}, "h11==0.13.0 idna member==0.1 sniffio"},
	} {
		chosen, err := Select(l, Selection{Extras: c.extras}, env)
		if err != nil {
			t.Errorf("%v: %v", c.extras, err)
			continue
		}
		if got := pins(chosen); !samePins(got, c.want) {
			t.Errorf("%v: got %s, want %s", c.extras, got, c.want)
		}
	}
	_, err := Select(l, Selection{AllExtras: true}, env)
	want := "uv.lock:5:5: the extra new of forked and the extra old of forked exclude each other; choose one of them"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestAWorkspaceMemberCanBeTheRoot(t *testing.T) {
	l := readTestdata(t, "uv-conflicts/uv.lock")
	chosen, err := Select(l, Selection{Member: "Member"}, linux("3.12.1", "x86_64"))
	if err != nil {
		t.Fatal(err)
	}
	if got := pins(chosen); !samePins(got, "h11==0.14.0 member==0.1 sniffio") {
		t.Errorf("got %s", got)
	}
	for _, c := range chosen {
		if c.Root != (c.Name == "member") {
			t.Errorf("%s is the root: %v", c.Name, c.Root)
		}
		if c.Root && (c.Source.Kind != FromDirectory || c.Source.Path != "member" || !c.Source.Editable || c.Source.Outside()) {
			t.Errorf("%+v", c.Source)
		}
	}
}

func TestTheBestFileOfAPackageIsChosen(t *testing.T) {
	for _, file := range []string{"uv/uv.lock", "pylock-uv/pylock.toml", "poetry/poetry.lock", "pdm/pdm.lock", "pdm-urls/pdm.lock"} {
		l := readTestdata(t, file)
		var psutil *Package
		for _, p := range l.Packages {
			if p.Name == "psutil" {
				psutil = p
			}
		}
		choice, err := psutil.Choose(supported(13, "x86_64", bookworm))
		if err != nil || !choice.Wheel || !strings.Contains(choice.Artifact.Filename, "cp36-abi3-manylinux") || choice.Artifact.Digest() == "" {
			t.Errorf("%s: %+v, %v", file, choice.Artifact, err)
		}
		choice, err = psutil.Choose(supported(13, "x86_64", alpine))
		if err != nil || choice.Wheel || choice.Artifact.Filename != "psutil-5.9.8.tar.gz" {
			t.Errorf("%s: %+v, %v", file, choice.Artifact, err)
		}
		psutil.NoSdist = true
		_, err = psutil.Choose(supported(13, "x86_64", alpine))
		if err == nil || !strings.Contains(err.Error(), "for Linux with glibc") {
			t.Errorf("%s: got %v", file, err)
		}
		psutil.NoSdist, psutil.NoWheel = false, true
		if choice, err = psutil.Choose(supported(13, "x86_64", bookworm)); err != nil || choice.Wheel {
			t.Errorf("%s: %+v, %v", file, choice, err)
		}
	}
}

func TestWithoutAWheelThatFitsTheErrorNamesTheReasons(t *testing.T) {
	l := readTestdata(t, "pylock-pip/pylock.toml")
	_, err := l.Packages[1].Choose(supported(13, "aarch64", bookworm))
	want := "pylock.toml:15:3: psutil 5.9.8 has no wheel for Python 3.13 on Linux aarch64 with glibc 2.36 and no sdist: its wheels are for Linux x86_64; " +
		"use a base image that one of them fits, or lock a version of psutil with a wheel for this one"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestFormatsTellWhetherTheirFilesMustBeLookedUp(t *testing.T) {
	for file, want := range map[string][2]bool{
		"uv/uv.lock":                    {false, false},
		"pylock-uv/pylock.toml":         {false, false},
		"pdm-urls/pdm.lock":             {false, false},
		"pdm/pdm.lock":                  {true, false},
		"poetry/poetry.lock":            {true, false},
		"requirements/requirements.txt": {true, true},
		"pipenv/Pipfile.lock":           {true, true},
	} {
		for _, p := range readTestdata(t, file).Packages {
			if p.Source.Kind != FromIndex {
				continue
			}
			need, names := p.NeedsIndex()
			if need != want[0] || names != want[1] {
				t.Errorf("%s: %s: %v, %v", file, p.Name, need, names)
			}
		}
	}
}

func TestTheFirstLockInOrderIsTaken(t *testing.T) {
	for _, c := range []struct{ names, want, others string }{
		{"README.md pyproject.toml requirements.txt", "", ""},
		{"uv.lock pylock.toml poetry.lock", "pylock.toml", "uv.lock poetry.lock"},
		{"uv.lock pylock.web.toml pylock.api.toml", "pylock.api.toml", "pylock.web.toml uv.lock"},
		{"Pipfile.lock pdm.lock poetry.lock", "poetry.lock", "pdm.lock Pipfile.lock"},
		{"sub/uv.lock Pipfile.lock", "Pipfile.lock", ""},
		{"pylock.a.b.toml xpylock.toml package-lock.json", "", ""},
	} {
		name, others := Detect(strings.Fields(c.names))
		if name != c.want || strings.Join(others, " ") != c.others {
			t.Errorf("%s: got %s, %v", c.names, name, others)
		}
	}
}

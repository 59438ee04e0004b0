package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

func TestDebianPackagesThatPythonPackagesNeedAreAdded(t *testing.T) {
	bookworm, trixie := environment.Distribution{ID: "debian", Version: "12"}, environment.Distribution{ID: "debian", Version: "13"}
	for _, test := range []struct {
		name         string
		distribution environment.Distribution
		base         string
		run          []string
		packages     []string
		requested    []string
		off          bool
		locale       string
		want         string
	}{
		{name: "a library", distribution: trixie, packages: []string{"psycopg2"}, want: "libpq5"},
		{name: "none for a wheel with its library", distribution: trixie, packages: []string{"psycopg2-binary"}},
		{name: "none where another package brings it", distribution: trixie, packages: []string{"psycopg", "psycopg-binary"}},
		{name: "by the names of the release", distribution: trixie, packages: []string{"opencv-python"}, want: "libgl1 libglib2.0-0t64"},
		{name: "the library of a package that is always compiled", distribution: trixie, packages: []string{"python-ldap"}, want: "libldap2"},
		{name: "the same of an older release", distribution: bookworm, packages: []string{"python-ldap"}, want: "libldap-2.5-0"},
		{name: "none by a name that another release may not have", distribution: environment.Distribution{ID: "debian", Version: "11"}, packages: []string{"python-ldap"}},
		{name: "by the names of an older release", distribution: bookworm, packages: []string{"opencv-python"}, want: "libgl1 libglib2.0-0"},
		{name: "each once, beside those of the build file", distribution: trixie, run: []string{"libpq5=17.2-1", "curl"}, packages: []string{"psycopg2", "opencv-python", "opencv-contrib-python"}, want: "curl libgl1 libglib2.0-0t64 libpq5=17.2-1"},
		{name: "a program for a direct requirement", distribution: trixie, packages: []string{"graphviz"}, requested: []string{"graphviz"}, want: "graphviz"},
		{name: "Java for what starts it", distribution: trixie, packages: []string{"pyspark", "tabula-py"}, requested: []string{"pyspark", "tabula-py"}, want: "default-jre-headless"},
		{name: "no second Java", distribution: trixie, run: []string{"openjdk-17-jre-headless"}, packages: []string{"pyspark"}, requested: []string{"pyspark"}, want: "openjdk-17-jre-headless"},
		{name: "no program for another package's requirement", distribution: trixie, packages: []string{"gitpython"}},
		{name: "the locale that the program sets", distribution: trixie, locale: "de_DE.UTF-8", want: "locales-all"},
		{name: "no second package of locales", distribution: trixie, run: []string{"locales"}, locale: "de_DE.UTF-8", want: "locales"},
		{name: "nor beside one of Ubuntu's", distribution: trixie, run: []string{"language-pack-de"}, locale: "de_DE.UTF-8", want: "language-pack-de"},
		{name: "no locale if they are switched off", distribution: trixie, run: []string{"curl"}, locale: "de_DE.UTF-8", off: true, want: "curl"},
		{name: "none if they are switched off", distribution: trixie, run: []string{"curl"}, packages: []string{"psycopg2"}, off: true, want: "curl"},
		{name: "none on another distribution", distribution: environment.Distribution{ID: "alpine", Version: "3.22"}, packages: []string{"psycopg2"}},
		{name: "none on a base that may have no package manager", distribution: trixie, base: "gcr.io/distroless/python3", packages: []string{"psycopg2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &project.Project{Program: project.Program{Locale: test.locale}}
			p.Settings.Apt = packagesOf(test.run...)
			if test.off {
				p.Settings.Apt.Automatic = &source.At[bool]{V: false}
			}
			if test.base != "" {
				at := named(test.base)
				p.Settings.Base = &at
			}
			in := Input{Project: p, Environment: environment.Environment{Distribution: test.distribution}, Requested: &project.Requested{}}
			for _, name := range test.requested {
				in.Requested.Lines = append(in.Requested.Lines, project.Line{Name: name})
			}
			var packages []Package
			for _, name := range test.packages {
				packages = append(packages, Package{Name: name})
			}
			got := withCompanions(in, RunPackages(p, in.Environment), packages)
			var names []string
			if got != nil {
				names = got.Packages
			}
			if strings.Join(names, " ") != test.want {
				t.Errorf("got %v, want %s", names, test.want)
			}
			for n := 0; got != nil && n < len(got.Automatic); n++ {
				if test.locale == "" && !slices.Contains(test.packages, got.Automatic[n].For) || !slices.Contains(names, got.Automatic[n].Package) {
					t.Errorf("the reason of %v is wrong", got.Automatic[n])
				}
			}
		})
	}
}

func TestALibraryIsAddedOnlyForAWheelThatLacksIt(t *testing.T) {
	for _, test := range []struct {
		name   string
		origin WheelOrigin
		want   string
	}{
		// Its wheels for Linux have no driver manager.
		{"pyodbc", &Download{Filename: "pyodbc-5.2.0-cp313-cp313-manylinux_2_17_x86_64.whl"}, "libodbc2"},
		{"pyodbc", Resolved{"pyodbc-5.2.0-cp313-cp313-linux_x86_64.whl"}, "libodbc2"},
		{"pyodbc", Built{"pyodbc"}, "libodbc2"},
		{"xmlsec", &Download{Filename: "xmlsec-1.3.17-cp313-cp313-manylinux_2_26_x86_64.whl"}, ""},
		{"xmlsec", Resolved{"xmlsec-1.3.17-cp313-cp313-linux_x86_64.whl"}, "libxmlsec1t64-openssl"},
		{"soundfile", &Download{Filename: "soundfile-0.13.1-py2.py3-none-manylinux_2_28_x86_64.whl"}, ""},
		{"soundfile", &Download{Filename: "SoundFile-0.10.3-py2.py3-none-any.whl"}, "libsndfile1"},
	} {
		in := Input{Project: &project.Project{}, Environment: environment.Environment{Distribution: environment.Distribution{ID: "debian", Version: "13"}}}
		got := withCompanions(in, nil, []Package{{Name: test.name, Origin: test.origin}})
		if (got == nil) != (test.want == "") || got != nil && strings.Join(got.Packages, " ") != test.want {
			t.Errorf("%s of %v: %+v, want %q", test.name, test.origin, got, test.want)
		}
	}
}

func TestTheHeadersOfWhatHasNoWheelAreAddedToTheBuilder(t *testing.T) {
	named := func(name string) []Source { return []Source{{Name: name}} }
	for _, test := range []struct {
		name      string
		python    int
		builder   string
		debian    string
		sources   []Source
		requested []string
		off       bool
		want      string
	}{
		{name: "a locked package that is compiled", python: 13, sources: named("python-ldap"), want: "libldap-dev libsasl2-dev"},
		{name: "a requirement without a wheel", python: 13, requested: []string{"python-ldap"}, want: "libldap-dev libsasl2-dev"},
		{name: "what another package always requires", python: 13, requested: []string{"django-auth-ldap"}, want: "libldap-dev libsasl2-dev"},
		{name: "none for a requirement that has wheels", python: 13, requested: []string{"pyodbc"}},
		{name: "but where the lock's one is compiled", python: 13, sources: named("pyodbc"), want: "unixodbc-dev"},
		{name: "by the names of Debian 12", python: 8, requested: []string{"pygobject"}, want: "libcairo2-dev libgirepository1.0-dev"},
		{name: "and of Debian 13", python: 13, requested: []string{"pygobject"}, want: "libcairo2-dev libgirepository-2.0-dev libgirepository1.0-dev"},
		{name: "and of Debian 12 where the base is of it", python: 13, debian: "12", requested: []string{"pygobject"}, want: "libcairo2-dev libgirepository1.0-dev"},
		{name: "and of Debian 13 for an old Python on it", python: 8, debian: "13", requested: []string{"pygobject"}, want: "libcairo2-dev libgirepository-2.0-dev libgirepository1.0-dev"},
		{name: "none in a builder of the build file", python: 13, builder: "example.com/builder", requested: []string{"pycairo"}},
		{name: "none if they are switched off", python: 13, requested: []string{"pycairo"}, off: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &project.Project{}
			if test.builder != "" {
				at := source.At[string]{V: test.builder}
				p.Settings.Builder = &at
			}
			if test.off {
				p.Settings.Apt.Automatic = &source.At[bool]{V: false}
			}
			python := project.Python{X: 3, Y: test.python, Minor: fmt.Sprintf("3.%d", test.python)}
			b := &Building{Image: Builder(p, python, environment.Environment{}), Sources: test.sources}
			env := environment.Environment{Platform: environment.Platform{Arch: "amd64"}}
			if test.debian != "" {
				env.Distribution = environment.Distribution{ID: "debian", Version: test.debian}
			}
			withHeaders(p, python, b, env, test.requested)
			got := ""
			if b.System != nil {
				got = strings.Join(b.System.Packages, " ")
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTheProgramsThatTheProjectCallsAreAdded(t *testing.T) {
	for version, want := range map[string]string{"13": "ffmpeg git", "12": "ffmpeg git", "11": ""} {
		c := project.Command{Programs: []project.SystemProgram{{Package: "git", For: "main.py"}, {Package: "ffmpeg", For: "yt-dlp"}}}
		in := Input{Project: &project.Project{}, Command: c, Environment: environment.Environment{Distribution: environment.Distribution{ID: "debian", Version: version}}}
		got := ""
		if system := withCompanions(in, nil, nil); system != nil {
			got = strings.Join(system.Packages, " ")
		}
		if got != want {
			t.Errorf("Debian %s: %q, want %q", version, got, want)
		}
	}
}

func TestThePackagesThatNeedOthersAreSorted(t *testing.T) {
	if !slices.IsSortedFunc(companions, func(a, b companion) int { return strings.Compare(a.python, b.python) }) {
		t.Error("companions are not sorted")
	}
}

func TestARepositoryOfOneArchitectureIsForThePackagesThatAreAdded(t *testing.T) {
	p := &project.Project{}
	p.Settings.Apt.Repositories = []project.Repository{{
		Condition: project.Condition{Arch: []source.At[string]{{V: "arm64"}}}, URL: source.At[string]{V: "https://example.com/debian"},
	}}
	for arch, want := range map[string]int{"arm64": 1, "amd64": 0} {
		in := Input{Project: p, Environment: environment.Environment{
			Distribution: environment.Distribution{ID: "debian", Version: "13"}, Platform: environment.Platform{OS: "linux", Arch: arch},
		}}
		got := withCompanions(in, nil, []Package{{Name: "psycopg2"}})
		if got == nil || len(got.Repositories) != want {
			t.Errorf("%s: %+v", arch, got)
		}
	}
}

package check

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/check/libraries"
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

func TestNamesAndValuesOfSecrets(t *testing.T) {
	for _, test := range []struct {
		name, value string
		want        bool
	}{
		{"API_TOKEN", "abc", true}, {"DB_PASSWORD", "x", true}, {"SECRET_KEY", "k", true}, {"apikey", "k", true}, {"GITHUB_TOKEN", "ghp", true},
		{"AWS_SECRET_ACCESS_KEY", "k", true},
		{"API_TOKEN", "", false}, {"TOKEN", "/run/secrets/token", false}, {"USE_TOKEN", "true", false}, {"TOKEN", "30", false},
		{"CACHE_KEY", "v1", false}, {"TOKEN_TTL", "a", false}, {"KEYBOARD", "de", false}, {"AUTHOR", "me", false}, {"PASSWORD_FILE", "x", false},
	} {
		if got := namesSecret(test.name, test.value); got != test.want {
			t.Errorf("%s=%q: %v", test.name, test.value, got)
		}
	}
}

func TestArgumentsThatHoldSecrets(t *testing.T) {
	p := Project{Project: &project.Project{}, Args: map[string]string{
		"NPM_TOKEN": "x", "INDEX": "https://me:pw@example.com/simple", "HTTP_PROXY": "http://me:pw@proxy", "VERSION": "1", "BUILDKIT_AUTH_TOKEN": "x",
	}}
	p.Settings.Args = []project.Arg{{Name: "DEPLOY_TOKEN", Value: "abc", Default: &source.At[string]{V: "abc"}}, {Name: "PASSWORD"}, {Name: "MODE", Default: &source.At[string]{V: "a"}}}
	var names []string
	for _, f := range secretInArgument(p) {
		for _, name := range []string{"DEPLOY_TOKEN", "PASSWORD", "MODE", "NPM_TOKEN", "INDEX", "HTTP_PROXY", "VERSION", "BUILDKIT_AUTH_TOKEN"} {
			if strings.Contains(f.Msg, " "+name+" ") || strings.Contains(f.Msg, `"`+name+`"`) {
				names = append(names, name)
			}
		}
		if strings.Contains(f.Text(), "pw") {
			t.Errorf("%q tells the secret", f.Text())
		}
	}
	if got := strings.Join(names, " "); got != "DEPLOY_TOKEN PASSWORD INDEX NPM_TOKEN HTTP_PROXY" {
		t.Errorf("found %s", got)
	}
}

func TestScriptsThatHandOver(t *testing.T) {
	for script, want := range map[string]bool{
		"python main.py":      false,
		"exec python main.py": true,
		"python manage.py migrate && exec gunicorn shop": true,
		"exec env; python main.py":                       false,
		"set -e\nexec python main.py\n":                  true,
		"executable":                                     false,
		`exec "python" main.py`:                          true,
		`"exec" python main.py`:                          true,
		"exec\tpython main.py":                           true,
		"exec \\\n  python main.py":                      true,
		"MODE=web exec python main.py":                   true,
		"migrate; exec python main.py # serves":          true,
		"exec python main.py\n# it serves; so it stays":  true,
		`exec "$@"`:                         true,
		`exec sh -c 'a; b'`:                 true,
		`exec python -c "a; b && c"`:        true,
		`python -c "a; exec b"`:             false,
		`echo 'now && exec python main.py'`: false,
		`echo now \; exec python main.py`:   false,
		"# exec python main.py":             false,
		"exec":                              false,
		"exec 'python":                      false,
		"":                                  false,
		"exec python main.py 2>&1":          true,
		"exec python main.py &>log":         true,
		"exec python main.py | tee log":     false,
		"exec python main.py &":             false,
		"a | b; exec python main.py":        true,
		"a || exec b":                       false,
	} {
		if got := handsOver(script); got != want {
			t.Errorf("%q: %v", script, got)
		}
	}
}

func FuzzScriptsThatHandOver(f *testing.F) {
	for _, script := range []string{"exec a", "a && exec b # c", `exec "a\"b" 'c;' &`, "a\\", "#"} {
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script string) {
		if handsOver(script) && !strings.Contains(strings.Join(strings.FieldsFunc(script, func(c rune) bool { return strings.ContainsRune("\\\n'\"", c) }), ""), "exec") {
			t.Errorf("%q has no exec", script)
		}
	})
}

func TestAProjectWithoutALock(t *testing.T) {
	at := func(line int) project.Requirement {
		return project.Requirement{Pos: source.Pos{File: &source.File{Name: "pyproject.toml"}, Line: line}}
	}
	named := func(names ...string) (all []source.At[string]) {
		for _, name := range names {
			all = append(all, source.At[string]{V: name})
		}
		return all
	}
	for _, test := range []struct {
		name   string
		change func(*project.Project)
		want   string
	}{
		{"nothing is asked for", func(p *project.Project) {}, ""},
		{"a dependency", func(p *project.Project) { p.Dependencies = []project.Requirement{at(1)} }, "pyproject.toml:1 run uv lock"},
		{"an extra that stays out", func(p *project.Project) { p.Settings.Extras = nil }, ""},
		{"an extra in the image", func(p *project.Project) { p.Settings.Extras = named("web") }, "pyproject.toml:2 run uv lock"},
		{"a group in the image", func(p *project.Project) { p.Settings.Groups = named("Worker_x") }, "pyproject.toml:3 run uv lock"},
		{"a requirement file", func(p *project.Project) {
			p.RequirementFiles = []project.RequirementFile{{Name: source.At[string]{V: "requirements.txt"}, Requirements: []project.Requirement{at(4)}}}
		}, "pyproject.toml:4 run uv pip compile --generate-hashes on requirements.txt"},
		{"Poetry", func(p *project.Project) {
			p.Dependencies, p.Locker = []project.Requirement{at(1)}, project.LockerPoetry
		}, "pyproject.toml:1 run poetry lock"},
		{"PDM", func(p *project.Project) { p.Dependencies, p.Locker = []project.Requirement{at(1)}, project.LockerPDM }, "pyproject.toml:1 run pdm lock"},
		{"Pipenv", func(p *project.Project) {
			p.Dependencies, p.Locker = []project.Requirement{at(1)}, project.LockerPipenv
		}, "pyproject.toml:1 run pipenv lock"},
		{"it is off", func(p *project.Project) {
			p.Dependencies, p.Settings.Lock.Off = []project.Requirement{at(1)}, true
		}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &project.Project{Metadata: project.Metadata{
				Extras: []project.Set{{Name: source.At[string]{V: "web"}, Requirements: []project.Requirement{at(2)}}},
				Groups: []project.Set{{Name: source.At[string]{V: "worker-x"}, Requirements: []project.Requirement{at(3)}}},
			}}
			test.change(p)
			got := ""
			for _, f := range noLock(Project{Project: p, Locks: &lock.Found{}}) {
				hint, _, _ := strings.Cut(f.Hint, " and ")
				got += f.Pos.String() + " " + hint
			}
			if got != test.want {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestFilesThatHoldSecrets(t *testing.T) {
	for _, test := range []struct {
		file File
		want bool
	}{
		{File{Name: "deploy/id_rsa"}, true}, {File{Name: ".env.production"}, true}, {File{Name: ".env.example"}, false},
		{File{Name: "id_rsa.pub"}, false}, {File{Name: "deploy/example.env"}, false}, {File{Name: "prod.env"}, true}, {File{Name: ".ssh/known_hosts"}, false}, {File{Name: "ca.pem", Head: []byte("-----BEGIN CERTIFICATE-----")}, false},
		{File{Name: "tls.key", Head: []byte("-----BEGIN RSA PRIVATE KEY-----")}, true}, {File{Name: "translations.key", Head: []byte("a=b")}, false},
		{File{Name: "web/.npmrc", Head: []byte("registry=https://npm.example.com/\n//npm.example.com/:_authToken=abc\n")}, true}, {File{Name: ".npmrc", Head: []byte("_auth = \"YWJj\"\n")}, true},
		{File{Name: ".npmrc", Head: []byte("//npm.example.com/:_authToken=${NPM_TOKEN}\n")}, false}, {File{Name: ".npmrc", Head: []byte("engine-strict=true\n# _auth=old\n")}, false},
	} {
		if got := len(Files([]File{test.file}, source.Pos{})) > 0; got != test.want {
			t.Errorf("%s: %v", test.file.Name, got)
		}
	}
}

func TestReleasesOfDistributions(t *testing.T) {
	for _, test := range []struct {
		d    environment.Distribution
		day  string
		want string
	}{
		{environment.Distribution{ID: "debian", Version: "12"}, Today, ""},
		{environment.Distribution{ID: "debian", Version: "11"}, "2026-08-31", ""},
		{environment.Distribution{ID: "debian", Version: "11"}, "2026-09-01", "Debian 11, which has had no security fixes since 2026-08-31"},
		{environment.Distribution{ID: "alpine", Version: "3.20.3"}, Today, "Alpine 3.20.3"},
		{environment.Distribution{ID: "alpine", Version: "3.22.1"}, Today, ""},
		{environment.Distribution{ID: "rocky", Version: "9.4"}, Today, ""},
		{environment.Distribution{ID: "debian"}, Today, ""},
		{environment.Distribution{ID: "wolfi", Version: "20230201"}, Today, ""},
	} {
		found := baseEndOfLife(Plan{Project: &project.Project{}, Environment: environment.Environment{Distribution: test.d}, Today: test.day})
		got := strings.Join(Texts(found), "")
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%+v on %s: %s", test.d, test.day, got)
		}
	}
}

func TestPackagesOfLibraries(t *testing.T) {
	bookworm, trixie := environment.Distribution{ID: "debian", Version: "12"}, environment.Distribution{ID: "debian", Version: "13"}
	for _, test := range []struct {
		library string
		d       environment.Distribution
		want    string
	}{
		{"libpq.so.5", bookworm, "libpq5"}, {"libGL.so.1", trixie, "libgl1"},
		{"libpcre2-8.so.0", bookworm, "libpcre2-8-0"}, {"libxml2.so.2", trixie, "libxml2"}, // uwsgi's
		{"libglib-2.0.so.0", bookworm, "libglib2.0-0"}, {"libglib-2.0.so.0", trixie, "libglib2.0-0t64"},
		{"libglib-2.0.so.0", environment.Distribution{ID: "ubuntu", Version: "22.04"}, "libglib2.0-0"},
		{"libglib-2.0.so.0", environment.Distribution{ID: "ubuntu", Version: "24.04"}, "libglib2.0-0t64"},
		{"libpq.so.5", environment.Distribution{ID: "alpine", Version: "3.22"}, ""}, {"libunknown.so.1", trixie, ""}, {"#", trixie, ""},
	} {
		if got := DebianPackage(test.library, test.d); got != test.want {
			t.Errorf("%s on %s %s: %q", test.library, test.d.ID, test.d.Version, got)
		}
	}
}

func TestMissingLibrariesOfAPackageAreToldTogether(t *testing.T) {
	found := Libraries([]libraries.Need{{Package: "cv", Library: "libGL.so.1"}, {Package: "cv", Library: "libgthread-2.0.so.0"}, {Package: "cv", Library: "libglib-2.0.so.0"}, {Package: "odd", Library: "libodd.so.1"}},
		environment.Environment{Distribution: environment.Distribution{ID: "debian", Version: "13"}}, nil)
	got := strings.Join(Texts(found), "\n")
	want := `-: MissingLibrary: cv needs libGL.so.1, libgthread-2.0.so.0, libglib-2.0.so.0, which the image does not have; write apt.run = ["libgl1", "libglib2.0-0t64"] under [tool.moult]
-: MissingLibrary: odd needs libodd.so.1, which the image does not have; add the Debian package that has it to apt.run under [tool.moult]`
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestWhatAsksForAGPU(t *testing.T) {
	with := func(change func(*Plan)) Plan {
		p := Plan{Project: &project.Project{}, Plan: &plan.Plan{Base: "python:3.13-slim"}}
		change(&p)
		return p
	}
	for says, test := range map[string]struct {
		p    Plan
		want bool
	}{
		"nothing":             {with(func(*Plan) {}), false},
		"a base with CUDA":    {with(func(p *Plan) { p.BaseEnv = []string{"CUDA_VERSION=12.6"} }), true},
		"the base's name":     {with(func(p *Plan) { p.Plan.Base = "nvidia/cuda:12" }), true},
		"a variable":          {with(func(p *Plan) { p.Settings.Env = []project.Variable{{Name: "NVIDIA_VISIBLE_DEVICES"}} }), true},
		"an extra":            {with(func(p *Plan) { p.Settings.Extras = []source.At[string]{{V: "gpu"}} }), true},
		"a target":            {with(func(p *Plan) { p.Settings.Target = "cuda" }), true},
		"a target without it": {with(func(p *Plan) { p.Settings.Target = "cpu" }), false},
	} {
		if got := asksForGPU(test.p); got != test.want {
			t.Errorf("%s: %v", says, got)
		}
	}
}

func TestWheelsThatWereCompiledInTheBuild(t *testing.T) {
	for name, want := range map[string]bool{
		"lab_c-1.0-cp313-cp313-linux_x86_64.whl": true, "six-1.17.0-py2.py3-none-any.whl": false,
		"numpy-2.0.0-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": false, "": false,
	} {
		if got := compiledHere(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAPackageThatIsMeantToBeCompiledIsNotTold(t *testing.T) {
	compiled := func(name string) plan.Package {
		return plan.Package{Name: name, Version: "1.0", Origin: plan.Resolved{Filename: name + "-1.0-cp313-cp313-linux_x86_64.whl"}}
	}
	p := Plan{Project: &project.Project{}, Plan: &plan.Plan{
		Packages: []plan.Package{compiled("plain"), compiled("asked"), compiled("folder"), compiled("direct")},
		Building: &plan.Building{Sources: []plan.Source{{Name: "folder", Origin: &plan.ContextFolder{Dir: "folder"}}}},
	}}
	p.Settings.Packages = []project.PackageSettings{{Name: "asked", NoBinary: true}}
	direct := project.Requirement{}
	direct.Name, direct.URL = "Direct", "git+https://git.example.com/direct"
	p.Dependencies = []project.Requirement{direct}
	found := compiledPackage(p)
	if len(found) != 1 || !strings.HasPrefix(found[0].Msg, "plain 1.0 has no wheel") {
		t.Errorf("found %q", Texts(found))
	}
}

func TestTargetsForDevelopment(t *testing.T) {
	for name, want := range map[string]bool{"": false, "gpu": false, "test": true, "dev-gpu": true, "Unit_Tests": true, "latest": false, "device": false} {
		if got := forDevelopment(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestTheAddressOfAnErrorTrackerIsNoSecret(t *testing.T) {
	for _, test := range []struct {
		name, value string
		want        bool
	}{
		{"SENTRY_DSN", "https://0123abc@errors.example.com/1", true}, {"SENTRY_DSN", "https://0123abc:secret@errors.example.com/1", false},
		{"INDEX", "https://token@example.com/simple", false}, {"DSN", "text", false},
	} {
		if got := isDSN(test.name, test.value); got != test.want {
			t.Errorf("%s=%s: %v", test.name, test.value, got)
		}
	}
}

func TestTheHintOfSeveralLocksKeepsTheOneThatIsUsed(t *testing.T) {
	p := Project{Project: &project.Project{}, Locks: &lock.Found{Used: &lock.Lock{File: &source.File{Name: "services/api/uv.lock"}}, Others: []string{"poetry.lock"}}}
	found := severalLocks(p)
	if len(found) != 1 || !strings.Contains(found[0].Hint, `lock = "uv.lock"`) {
		t.Errorf("found %+v", found)
	}
}

func TestAFindingCannotForgeALine(t *testing.T) {
	f := Finding{Rule: MissingLibrary, Msg: "a needs x\nwarning: forged", Hint: "\x1b[2J"}
	for _, text := range []string{f.Text(), f.Error().Error()} {
		if strings.ContainsAny(text, "\n\x1b") {
			t.Errorf("%q", text)
		}
	}
}

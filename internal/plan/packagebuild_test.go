package plan_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/indexpage"
)

// program is a Python file that an image can start.
const program = "if __name__ == \"__main__\":\n    print()\n"

// entry is a package of a uv.lock with a wheel and an sdist.
func entry(name, version string, needs ...string) string {
	stem := strings.ReplaceAll(name, "-", "_") + "-" + version
	text := "\n[[package]]\nname = \"" + name + "\"\nversion = \"" + version + "\"\nsource = { registry = \"https://pypi.org/simple\" }\n"
	if len(needs) > 0 {
		text += "dependencies = [{ name = \"" + strings.Join(needs, "\" }, { name = \"") + "\" }]\n"
	}
	at := "https://files.example.com/" + stem
	return text + "sdist = { url = \"" + at + ".tar.gz\", hash = \"sha256:" + strings.Repeat("1", 64) + "\" }\n" +
		"wheels = [{ url = \"" + at + "-py3-none-any.whl\", hash = \"sha256:" + strings.Repeat("2", 64) + "\" }]\n"
}

// lockedProject is a project that needs flash, which needs torch, which needs
// nothing that pillow needs.
func lockedProject(more string) map[string]string {
	lock := "version = 1\nrevision = 3\nrequires-python = \">=3.13\"\n" +
		entry("flash", "2.0", "torch", "einops") + entry("torch", "2.5.1", "sympy") + entry("sympy", "1.0") + entry("einops", "1.0") +
		entry("pillow", "11.0") + entry("uses-flash", "1.0", "flash") + `
[[package]]
name = "app"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "flash" }, { name = "pillow" }, { name = "uses-flash" }]

[package.metadata]
requires-dist = [{ name = "flash" }, { name = "pillow" }, { name = "uses-flash" }]
`
	return map[string]string{
		"uv.lock": lock, "main.py": program,
		"pyproject.toml": "[project]\nname = \"app\"\nversion = \"1\"\nrequires-python = \">=3.13\"\ndependencies = [\"flash\", \"pillow\", \"uses-flash\"]\n[tool.moult]\npython = \"3.13\"\n" + more,
	}
}

func planOf(t *testing.T, files map[string]string) *plan.Plan {
	t.Helper()
	p, err := planned(t, mapFS(files), "pyproject.toml", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func sourceOf(t *testing.T, p *plan.Plan, name string) plan.Source {
	t.Helper()
	if p.Building != nil {
		for _, s := range p.Building.Sources {
			if s.Name == name {
				return s
			}
		}
	}
	t.Fatalf("%s is not built", name)
	return plan.Source{}
}

func TestNothingIsBuiltWhereAWheelFits(t *testing.T) {
	p := planOf(t, lockedProject("[tool.moult.package.pillow]\napt = [\"libjpeg-dev\"]\nenv = { A = \"b\" }\n"))
	if p.Building != nil {
		t.Errorf("what is needed to build a package builds it: %+v", p.Building)
	}
}

func TestAPackageThatIsBuiltHasItsOwnSettings(t *testing.T) {
	files := lockedProject(`
[tool.moult.build]
env = { CC = "gcc", A = "for all" }

[tool.moult.package.Pillow]
no-binary = true
apt = ["libjpeg-dev"]
env = { A = "for pillow" }
build-requires = ["setuptools<80", "torch", "einops>=2"]
config-settings = { raqm = "disable" }

[tool.uv]
build-constraint-dependencies = ["cython<4"]
`)
	files["uv.lock"] = strings.Replace(files["uv.lock"], "\n[[package]]", "\n[manifest]\nbuild-constraints = [{ name = \"cython\", specifier = \"<4\" }]\n\n[[package]]", 1)
	p := planOf(t, files)
	s := sourceOf(t, p, "pillow")
	if s.Download() == nil || !strings.HasSuffix(s.Download().URL, "pillow-11.0.tar.gz") {
		t.Errorf("it is built from %+v", s.Download())
	}
	if s.System == nil || !slices.Equal(s.System.Packages, []string{"libjpeg-dev"}) || p.Building.System != nil {
		t.Errorf("Debian packages: its own %+v, everybody's %+v", s.System, p.Building.System)
	}
	if !slices.Equal(s.Env, []plan.Variable{{"A", "for pillow"}, {"CC", "gcc"}}) {
		t.Errorf("its environment is %v", s.Env)
	}
	if !slices.Equal(s.Config, []plan.Variable{{"raqm", "disable"}}) || !slices.Equal(s.Constraints, []string{"cython<4"}) {
		t.Errorf("config %v, constraints %v", s.Config, s.Constraints)
	}
	// What the environment holds anyway, in a version that is asked for, is
	// taken from there, with what it needs in turn.
	if !slices.Equal(s.EnvironmentPackages, []string{"sympy", "torch"}) {
		t.Errorf("it sees %v of the environment", s.EnvironmentPackages)
	}
}

func TestABuildWithoutIsolationGetsTheEnvironment(t *testing.T) {
	for _, settings := range []string{
		"[tool.moult.package.flash]\nno-binary = true\nbuild-isolation = false\n",
		"[tool.uv]\nno-build-isolation-package = [\"flash\"]\nno-binary-package = [\"flash\"]\n",
	} {
		s := sourceOf(t, planOf(t, lockedProject(settings)), "flash")
		// All but itself and what needs it.
		if !slices.Equal(s.EnvironmentPackages, []string{"einops", "pillow", "sympy", "torch"}) {
			t.Errorf("%s: it sees %v", settings, s.EnvironmentPackages)
		}
	}
}

func TestUVsTablesAreRead(t *testing.T) {
	s := sourceOf(t, planOf(t, lockedProject(`
[tool.uv]
no-binary-package = ["flash"]

[tool.uv.extra-build-dependencies]
flash = [{ requirement = "torch", match-runtime = true }, "ninja"]

[tool.uv.extra-build-variables]
flash = { FLASH_SKIP_CUDA = "TRUE" }

[tool.uv.config-settings-package]
flash = { jobs = ["1", "2"] }
`)), "flash")
	if !slices.Equal(s.ExtraRequires, []string{"ninja", "torch"}) || !slices.Equal(s.EnvironmentPackages, []string{"sympy", "torch"}) {
		t.Errorf("requires %v, sees %v", s.ExtraRequires, s.EnvironmentPackages)
	}
	if !slices.Equal(s.Env, []plan.Variable{{"FLASH_SKIP_CUDA", "TRUE"}}) || !slices.Equal(s.Config, []plan.Variable{{"jobs", "1"}, {"jobs", "2"}}) {
		t.Errorf("env %v, config %v", s.Env, s.Config)
	}
}

func TestPackagesThatAreNeededToBuildEachOtherAreAnError(t *testing.T) {
	files := lockedProject(`
[tool.moult.package.flash]
no-binary = true
build-requires = ["pillow"]
[tool.moult.package.pillow]
no-binary = true
build-requires = ["flash"]
`)
	_, err := planned(t, mapFS(files), "pyproject.toml", project.Options{})
	if err == nil || !strings.Contains(err.Error(), "both needed to build the other") {
		t.Errorf("%v", err)
	}
}

func TestAPackageWithoutAnSdistIsNotBuilt(t *testing.T) {
	files := lockedProject("[tool.moult.package.pillow]\nno-binary = true\n")
	files["uv.lock"] = strings.Replace(files["uv.lock"], "sdist = { url = \"https://files.example.com/pillow", "x = { url = \"https://files.example.com/pillow", 1)
	_, err := planned(t, mapFS(files), "pyproject.toml", project.Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "pyproject.toml:8:") || !strings.Contains(err.Error(), "holds no sdist") {
		t.Errorf("%v", err)
	}
}

// unlockedProject has no lock.
func unlockedProject(dependencies, more string) map[string]string {
	return map[string]string{
		"main.py":        program,
		"pyproject.toml": "[project]\nname = \"app\"\nrequires-python = \">=3.13\"\ndependencies = [" + dependencies + "]\n[tool.moult]\npython = \"3.13\"\n" + more,
	}
}

func TestWithoutALockPackagesWithAnIndexPinAreChosenThere(t *testing.T) {
	p := planOf(t, unlockedProject(`"ours>=1,<2", "theirs"`, `
index = [{ name = "ours", url = "https://ours.example.com/simple", secret = "ours" }]
[tool.moult.package.ours]
index = "ours"
`))
	s := sourceOf(t, p, "ours")
	if s.Choice() == nil || s.Choice().Requirement != "ours<2,>=1" && s.Choice().Requirement != "ours>=1,<2" {
		t.Fatalf("it is chosen as %+v", s.Choice())
	}
	if !slices.Equal(s.Choice().Indexes, []plan.Index{{Name: "ours", URL: "https://ours.example.com/simple", Secret: "ours"}}) {
		t.Errorf("asked are %v", s.Choice().Indexes)
	}
	if !slices.Equal(p.Building.Resolve.Pinned, []string{"ours"}) || s.Choice().Target != "3.13 x86_64 glibc 2.41" {
		t.Errorf("the resolver is given %v, the target is %q", p.Building.Resolve.Pinned, s.Choice().Target)
	}
}

func TestWithoutALock(t *testing.T) {
	for _, test := range []struct{ says, dependencies, more, want string }{
		{"a build that sees the environment needs one", `"flash"`, "[tool.moult.package.flash]\nbuild-isolation = false\n", "pyproject.toml:7:21: flash is to be built without isolation, and only a lock says which packages its build sees"},
		{"an address has no settings", `"flash @ https://example.com/flash-1.0.tar.gz"`, "[tool.moult.package.flash]\nno-binary = true\n", "and pyproject.toml names a URL"},
		{"an index must be there", `"ours"`, "index = [{ name = \"company\", url = \"https://ours.example.com/simple\" }]\n[tool.uv.sources]\nours = { index = \"compani\" }\n", `the index "compani", which is not defined; did you mean "company"?`},
		{"two indexes are one too many", `"ours"`, "extras = [\"a\", \"b\"]\n[project.optional-dependencies]\na = [\"ours\"]\nb = [\"ours\"]\n[tool.uv.sources]\nours = [{ index = \"one\", extra = \"a\" }, { index = \"two\", extra = \"b\" }]\n[[tool.uv.index]]\nname = \"one\"\nurl = \"https://one.example.com\"\n[[tool.uv.index]]\nname = \"two\"\nurl = \"https://two.example.com\"\n", "ours is pinned to two indexes, one and two"},
	} {
		_, err := planned(t, mapFS(unlockedProject(test.dependencies, test.more)), "pyproject.toml", project.Options{})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.says, err)
		}
	}
}

func TestOtherMembersOfAWorkspaceAreExcluded(t *testing.T) {
	files := map[string]string{
		"main.py":                      program,
		"pyproject.toml":               "[project]\nname = \"root\"\nversion = \"1\"\nrequires-python = \">=3.13\"\n[tool.uv.workspace]\nmembers = [\"packages/*\"]\n",
		"packages/one/pyproject.toml":  "[project]\nname = \"one\"\nversion = \"1\"\n",
		"packages/two/pyproject.toml":  "[project]\nname = \"two\"\nversion = \"1\"\n",
		"packages/two/x/nothing.py":    "",
		"packages/notes/notmember.txt": "",
	}
	p := planOf(t, files)
	for _, want := range []string{"packages/one", "packages/two"} {
		if !slices.Contains(p.App.Exclude, want) {
			t.Errorf("%s is part of the application: %v", want, p.App.Exclude)
		}
	}
	files["pyproject.toml"] = "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n" + files["pyproject.toml"] + "[tool.moult]\ncmd = [\"x\"]\n"
	if s := sourceOf(t, planOf(t, files), "root"); !slices.Contains(s.Folder().Exclude, "packages/two") {
		t.Errorf("a member is part of the root's source: %v", s.Folder().Exclude)
	}
}

// planWithWheel plans a project without a lock once more for each wheel that it
// is given, as if pip had chosen that one, and gives the plan's error.
func planWithWheel(t *testing.T, files fs.FS, name string) func(wheel string) error {
	t.Helper()
	read, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), name, project.Options{}, worldtest.World{})
	if err != nil {
		t.Fatal(err)
	}
	return func(wheel string) error {
		_, err := plan.New(plan.Input{
			Project: read.Project, Environment: d.Plan.Environment, Requested: read.Requested,
			Resolution: plan.Unlocked{Building: d.Plan.Building, Wheels: []plan.Wheel{{Filename: wheel}}},
		})
		return err
	}
}

func TestWithoutALockSettingsCountForWhatTheProjectAsksFor(t *testing.T) {
	files := unlockedProject(`"other"`, "[tool.moult.package.libsass]\nno-binary = true\nenv = { SYSTEM_SASS = \"1\" }\n")
	p := planOf(t, files)
	if len(p.Building.Sources) != 0 || !slices.Equal(p.Building.Resolve.Options, []string{"--no-binary libsass"}) {
		t.Errorf("sources %v, options %q", p.Building.Sources, p.Building.Resolve.Options)
	}
	// If it turns out to be needed, and was compiled without its settings,
	// that is said.
	chosen := planWithWheel(t, mapFS(files), "pyproject.toml")
	for wheel, fails := range map[string]bool{
		"libsass-0.23-cp313-cp313-linux_x86_64.whl": true, "libsass-0.23-cp313-cp313-manylinux_2_28_x86_64.whl": false, "other-1.0-py3-none-any.whl": false,
	} {
		err := chosen(wheel)
		if fails != (err != nil && strings.Contains(err.Error(), "libsass is a dependency of another package only")) {
			t.Errorf("%s: %v", wheel, err)
		}
	}
}

// A registry may have the builder's image for one platform alone, and give it for every other.
func TestAWheelForAnotherMachineIsRefusedIfPipChoosesIt(t *testing.T) {
	chosen := planWithWheel(t, mapFS(map[string]string{
		"moult.toml": "python = \"3.13\"\ncmd = [\"x\"]\n", "requirements.txt": "one\n",
	}), "moult.toml")
	for wheel, fits := range map[string]bool{
		"one-1-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": true, "one-1-cp313-cp313-linux_x86_64.whl": true,
		"one-1-py3-none-any.whl": true, "one-1-cp313-cp313-manylinux_2_17_aarch64.whl": false, "one-1-cp313-cp313-manylinux_2_17_i686.whl": false,
	} {
		if err := chosen(wheel); fits == (err != nil && strings.Contains(err.Error(), "for x86_64")) {
			t.Errorf("%s: %v", wheel, err)
		}
	}
}

func TestAHashAndSettingsDoNotGoTogether(t *testing.T) {
	_, err := planned(t, mapFS(map[string]string{
		"moult.toml":       "python = \"3.13\"\ncmd = [\"x\"]\n[package.one]\nno-binary = true\n",
		"requirements.txt": "one==1.0 --hash=sha256:" + strings.Repeat("1", 64) + "\nother\n",
	}), "moult.toml", project.Options{})
	if err == nil || !strings.Contains(err.Error(), `lock = "requirements.txt"`) {
		t.Errorf("%v", err)
	}
}

func TestWhereNoIndexIsToBeAskedNoneIs(t *testing.T) {
	decide := func(said string) (*plan.Plan, error) {
		return planned(t, mapFS(map[string]string{
			"moult.toml":       "python = \"3.13\"\ncmd = [\"x\"]\n" + said,
			"requirements.txt": "--no-index\n--find-links https://wheels.example.com/\none\n",
		}), "moult.toml", project.Options{})
	}
	_, err := decide("[package.one]\nenv = { CC = \"gcc\" }\n")
	if err == nil || !strings.HasPrefix(err.Error(), "moult.toml:3:") || !strings.Contains(err.Error(), "the requirements say --no-index") {
		t.Errorf("a package with settings: %v", err)
	}
	p, err := decide("[package.one]\nno-binary = true\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"--no-index", "--find-links https://wheels.example.com/", "--no-binary one"}
	if len(p.Building.Sources) != 0 || !slices.Equal(p.Building.Resolve.Options, want) {
		t.Errorf("sources %v, options %q", p.Building.Sources, p.Building.Resolve.Options)
	}
	p, err = decide("index = [{ name = \"own\", url = \"https://own.example.com/simple\" }]\n[package.one]\nindex = \"own\"\nenv = { CC = \"gcc\" }\n")
	if err != nil {
		t.Fatal(err)
	}
	if s := sourceOf(t, p, "one"); len(s.Choice().Indexes) != 1 || s.Choice().Indexes[0].Name != "own" {
		t.Errorf("a package that is bound is chosen at %v", s.Choice().Indexes)
	}
}

func TestALockThatTakesAPackageFromAnotherIndexIsAnError(t *testing.T) {
	const own = "index = [{ name = \"own\", url = \"https://own.example.com/simple\" }]\n"
	_, err := planned(t, mapFS(lockedProject(own+"[tool.moult.package.pillow]\nindex = \"own\"\n")), "pyproject.toml", project.Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "uv.lock:") || !strings.Contains(err.Error(), `pyproject.toml pins it to the index "own"`) {
		t.Errorf("%v", err)
	}
	pypi := strings.Replace(own, "https://own.example.com/simple", "https://pypi.org/simple/", 1)
	if _, err := planned(t, mapFS(lockedProject(pypi+"[tool.moult.package.pillow]\nindex = \"own\"\n")), "pyproject.toml", project.Options{}); err != nil {
		t.Error(err)
	}
}

func TestAnIndexThatIsNamedTwiceIsAskedOnce(t *testing.T) {
	p := planOf(t, unlockedProject(`"one"`, "index = [{ name = \"mine\", url = \"https://pypi.org/simple/\", secret = \"mine\" }, { name = \"other\", url = \"https://other.example.com\" }]\n"))
	want := []plan.Index{{URL: indexpage.Default, Secret: "mine"}, {Name: "other", URL: "https://other.example.com"}}
	if !slices.Equal(p.Building.Indexes, want) {
		t.Errorf("asked are %v", p.Building.Indexes)
	}
}

func TestABackendIsAskedWhereAnOlderOneMayBeInstalled(t *testing.T) {
	for _, c := range []struct {
		says, python, more string
		nothing            bool
	}{
		{"the newest", "3.13", "", true},
		{"limited by constraints", "3.13", "[tool.uv]\nbuild-constraint-dependencies = [\"setuptools<70\"]\n", false},
		{"replaced", "3.13", "[tool.moult.package.app]\nbuild-requires = [\"setuptools<70\"]\n", false},
		{"the last for its Python", "3.7", "", false},
	} {
		p := planOf(t, map[string]string{"app.py": program, "pyproject.toml": "[project]\nname = \"app\"\nversion = \"1\"\n[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n" +
			"[tool.moult]\npython = \"" + c.python + "\"\n" + c.more})
		if s := sourceOf(t, p, "app"); s.AsksNothing != c.nothing {
			t.Errorf("%s: %+v", c.says, s)
		}
	}
}

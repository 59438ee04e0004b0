package integration

import (
	"io/fs"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// testsOfTroubleshooting are the tests of the page's errors, by the texts that it names. Those in testsOfErrors run on
// every engine of the matrix.
var testsOfTroubleshooting = map[string]string{
	"failed to read dockerfile: open Dockerfile: no such file or directory": "TestABuildWithoutTheNameOfItsFileSaysWhatTroubleshootingHas",
	"dockerfile parse error ... unknown instruction: [project]":             "TestTheOldBuilderOfDockerSaysWhatTroubleshootingHas",
	`unknown key "..." in [tool.moult]`:                                     "TestWhatABuildFileCannotMeanIsToldAtItsLine",
	"no release of Python fits requires-python":                             "TestWhatABuildFileCannotMeanIsToldAtItsLine",
	"there is no command to run":                                            "TestWhatABuildFileCannotMeanIsToldAtItsLine",
	"there is nothing to start":                                             "TestNoCommandToRun",
	`"../..." leaves the build context`:                                     "TestWhatABuildFileCannotMeanIsToldAtItsLine",
	"the index has no package ... that fits this Python and platform":       "TestADependencyThatDoesNotExist",
	"... has no wheel that fits and could not be compiled":                  "TestACompileErrorIsShown",
	"... could not be built":                                                "TestAMissingHeaderIsCured",
	"no wheel of ... fits (...): this is Python ... on ...":                 "TestWheelsForOtherMachinesAreNamed",
	"NoLock: ...":     "TestTheRulesInACheckAndInABuild",
	"RunsAsRoot: ...": "TestTheRulesInACheckAndInABuild",
	"the index ... wants a password, or another one than it was given (401)":                   "TestAnIndexThatWantsAPassword",
	"the build was not given the secret ...":                                                   "TestAMissingSecretIsSaidAtItsLine",
	"secret ...: not found":                                                                    "TestAMissingSecretIsSaidAtItsLine",
	"the certificate of the index ... is not trusted":                                          "TestAServerThatIsNotTrustedIsToldAtItsLine",
	"git may not read the repository":                                                          "TestAServerThatIsNotTrustedIsToldAtItsLine",
	`... is pinned to the index "...", which is not defined`:                                   "TestWhatABuildFileCannotMeanIsToldAtItsLine",
	"... is to be built without isolation, and only a lock says which packages its build sees": "TestWhatABuildFileCannotMeanIsToldAtItsLine",
	"uv.lock does not match the project any more":                                              "TestALockThatDoesNotMatchItsProjectNamesTheCommandThatRefreshesIt",
	"... has no wheel for ... and no sdist":                                                    "TestWhatABuildFileCannotMeanIsToldAtItsLine",
	"... answers 503 ...; build again":                                                         "TestAServerThatStaysBusyIsNotToldAsAnExchangedFile",
	"the answer broke off":                                                                     "TestWhatFailsInTheEndNamesHostAndStatus",
	"the download has stalled":                                                                 "TestADownloadThatStallsIsTriedAgainAndToldInTheEnd",
	"... does not match its hash":                                                              "TestAWheelWithOtherBytesThanItsHash",
	"moult needs BuildKit v... or later":                                                       "TestAnOldDaemonIsToldWhatIsNeeded",
	"the Docker Engine at ... is ..., and Moult needs ... or later":                            "TestADockerEngineThatIsTooOldIsRefusedByItsVersion",
	"the builder's disk is full":                                                               "TestAFullDiskIsOneErrorAndTheNextBuildWorks",
	"... has ended during the build, or the connection to it was lost":                         "TestADaemonThatGoesAwayIsOneErrorAndTheNextBuildWorks",
	"unknown flag: --check":                                                                    "TestOlderClientsBuildWhatTheNewestDoes",
	"unknown flag: --call":                                                                     "TestOlderClientsBuildWhatTheNewestDoes",
	`additional privileges requested: pass "--allow=fs.read=..."`:                              "TestEngines",
	"no FROM statement found":                                                                  "TestPodmanAndBuildahSayWhatTroubleshootingHas",
	"reading multiple stages: stage 1 requires a FROM instruction":                             "not tested: the podman of Debian 13 is older",
	"error writing manifest blob: ... 400 Bad Request":                                         "TestEngines",
}

// errorsOfTroubleshooting are the texts in the first column of the page's table.
func errorsOfTroubleshooting(t *testing.T) (texts []string) {
	t.Helper()
	page, err := os.ReadFile("../../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| the error says | do this |\n|---|---|\n")
	table, _, found := strings.Cut(table, "\n\n")
	if !found {
		t.Fatal("troubleshooting.md has no table of errors")
	}
	for line := range strings.Lines(table) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		for n, text := range strings.Split(cell, "`") {
			if n%2 == 1 {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

func TestEveryErrorOfTroubleshootingHasATest(t *testing.T) {
	t.Parallel()
	if texts := errorsOfTroubleshooting(t); !slices.Equal(slices.Sorted(slices.Values(texts)), slices.Sorted(maps.Keys(testsOfTroubleshooting))) {
		t.Errorf("the page has\n%s\nand the tests are for\n%s", strings.Join(slices.Sorted(slices.Values(texts)), "\n"),
			strings.Join(slices.Sorted(maps.Keys(testsOfTroubleshooting)), "\n"))
	}
	var tests strings.Builder
	for _, dir := range []string{"../../../internal", "../../../frontend"} {
		err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, "_test.go") {
				return err
			}
			content, err := os.ReadFile(name)
			tests.Write(content)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for text, name := range testsOfTroubleshooting {
		if !strings.HasPrefix(name, "not tested: ") && !strings.Contains(tests.String(), "\nfunc "+name+"(t *testing.T)") {
			t.Errorf("there is no %s, the test of %q", name, text)
		}
	}
}

// What a build file asks for and nobody can do is told before anything is fetched or built.
func TestWhatABuildFileCannotMeanIsToldAtItsLine(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	const head = "# syntax=registry.example.com/moult:1\n[project]\nname = \"x\"\nversion = \"1\"\nrequires-python = \">=3.13,<3.14\"\n"
	const cmd = "[tool.moult]\ncmd = [\"python\"]\n"
	for name, test := range map[string]struct {
		files map[string]string
		line  int
		want  string
	}{
		"an unknown key":    {map[string]string{"pyproject.toml": head + cmd + "expos = [8000]\n"}, 8, `unknown key "expos" in [tool.moult]; did you mean "expose"?`},
		"no release":        {map[string]string{"pyproject.toml": "[project]\nname = \"x\"\nrequires-python = \">=3.12,<3.11\"\n" + cmd}, 3, "no release of Python fits requires-python"},
		"two commands":      {map[string]string{"pyproject.toml": head + "[tool.moult]\n", "one.py": script, "two.py": script}, 6, "there is no command to run, and several files can be started"},
		"a file elsewhere":  {map[string]string{"pyproject.toml": head + cmd + "[[tool.moult.files]]\nfrom = \"../x\"\nto = \"/x\"\n"}, 9, `"../x" leaves the build context`},
		"an unknown index":  {map[string]string{"pyproject.toml": head + "dependencies = [\"ours\"]\n" + cmd + "[tool.uv.sources]\nours = { index = \"company\" }\n"}, 10, `is pinned to the index "company", which is not defined`},
		"without isolation": {map[string]string{"pyproject.toml": head + "dependencies = [\"flash\"]\n" + cmd + "[tool.moult.package.flash]\nbuild-isolation = false\n"}, 9, "flash is to be built without isolation, and only a lock says which packages its build sees"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failing(t, l, test.files, test.line, test.want)
		})
	}
	dir := project(t, map[string]string{
		"pyproject.toml": head + "dependencies = [\"other\"]\n" + cmd + "[tool.uv]\npackage = false\n", "uv.lock": lockOfAnotherSystem,
	})
	_, err := l.Build(t.Context(), moult(t, dir))
	if err == nil || !strings.Contains(err.Error(), "uv.lock:5:3: other 1.0 has no wheel for Python 3.13 on Linux x86_64") || !strings.Contains(err.Error(), " and no sdist: its wheels are for Windows") {
		t.Errorf("%v", err)
	}
}

// script can be started.
const script = "if __name__ == \"__main__\":\n    print()\n"

// lockOfAnotherSystem has a package whose only wheel is for Windows.
const lockOfAnotherSystem = `version = 1
revision = 3
requires-python = "==3.13.*"

[[package]]
name = "other"
version = "1.0"
source = { registry = "https://index.example.com/simple" }
wheels = [{ url = "https://index.example.com/other-1.0-cp313-cp313-win_amd64.whl", hash = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae" }]

[[package]]
name = "x"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "other" }]

[package.metadata]
requires-dist = [{ name = "other" }]
`

func TestAServerThatIsNotTrustedIsToldAtItsLine(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	handler, commit := repositoryHandler(t, sourceTree("from_git"))
	unknown := httptest.NewTLSServer(handler) // its certificate is its own
	t.Cleanup(unknown.Close)
	// pip cannot check a certificate for an address without a name.
	address := strings.Replace(unknown.URL, "127.0.0.1", "localhost", 1)
	failing(t, l, asking(address+"/simple/", "lab-pure"), 10, "the certificate of the index "+strings.TrimPrefix(address, "https://")+" is not trusted")
	refusing := httptest.NewServer(withToken(handler, "s3cret-token"))
	t.Cleanup(refusing.Close)
	failing(t, l, asking(l.Packages.Scope(t.Name()).URL(), "from-git @ git+"+refusing.URL+"/repo.git@"+commit), 6, "git may not read the repository")
}

// daemonsFolder matches the folder in which a BuildKit has the context.
var daemonsFolder = regexp.MustCompile(`/tmp/buildkit-mount[0-9]+/`)

func TestABuildWithoutTheNameOfItsFileSaysWhatTroubleshootingHas(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	e := newEngine(t, l, "unnamed", l.Engine == nil)
	_, all, err := e.command(t, e.syntax(t, example(t, "hello")), "docker", "buildx", "build", ".")
	// BuildKit v0.11 says in which folder of its own it looks.
	all = daemonsFolder.ReplaceAllString(all, "")
	if err == nil || !strings.Contains(all, "failed to read dockerfile: open Dockerfile: no such file or directory") {
		t.Errorf("it says %v\n%s", err, all)
	}
}

package integration

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// asked is an unlocked project as buildx's users have it.
func asked(t *testing.T, l *lab.Lab, more string) string {
	t.Helper()
	files := unlocked(l, `"lab-pure", "lab-c"`+more)
	files["pyproject.toml"] = strings.Replace(files["pyproject.toml"], "registry.example.com/moult:1", l.Image("moult:dev"), 1)
	return project(t, files)
}

// call asks a question and gives what buildx writes to its standard output.
func call(t *testing.T, l *lab.Lab, dir, question string) string {
	t.Helper()
	out, err := buildx(t, l, dir, "--builder", "lab", "--progress", "quiet", "--call", question, "-f", "pyproject.toml", ".")
	if err != nil {
		t.Fatalf("--call %s: %v\n%s", question, err, out)
	}
	return out
}

func TestBuildxPrintsMoultsOwnAnswers(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := asked(t, l, "")
	for question, want := range map[string][]string{
		"plan":     {"target runtime for linux/amd64", "python:3.13-slim@sha256:", "lab-c", "what pip chose", "cmd      python main.py"},
		"size":     {"python 3.13", "lab-pure 1.0", "the application, in /app"},
		"describe": {"plan", "lock"},
		"lock":     {`lock-version = "1.0"`, "lab_c-1.0"},
	} {
		out := call(t, l, dir, question)
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("--call %s does not say %q:\n%s", question, w, out)
			}
		}
	}
	if data := call(t, l, dir, "size,format=json"); !json.Valid([]byte(data)) {
		t.Errorf("--call size gives no JSON:\n%s", data)
	}
}

func TestALockOfMoultsChoosesTheSameFiles(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	url, _ := repository(t, sourceTree("from_git"))
	dir := asked(t, l, `, "from-git @ git+`+url+`@main"`)
	unlockedPlan := call(t, l, dir, "plan,format=json")
	// As a shell does, the file is there before buildx looks at the folder.
	name := filepath.Join(dir, "pylock.toml")
	write(t, name, "")
	content := call(t, l, dir, "lock")
	if again := call(t, l, dir, "lock"); again != content {
		t.Errorf("two locks differ:\n%s\n%s", content, again)
	}
	if !strings.Contains(content, `requested-revision = "main", commit-id = "`) {
		t.Errorf("the repository is not locked to a commit:\n%s", content)
	}
	write(t, name, content)
	lockedPlan := call(t, l, dir, "plan,format=json")
	before, after := chosen(t, unlockedPlan), chosen(t, lockedPlan)
	if len(before) != 4 {
		t.Errorf("pip has resolved %v", before)
	}
	for pkg, file := range before {
		if pkg == "from-git" {
			file = "from-git" // built from its commit
		}
		if after[pkg] != file {
			t.Errorf("the lock has %s of %s, pip chose %s", after[pkg], pkg, file)
		}
	}
	if !strings.Contains(lockedPlan, `"pylock.toml"`) {
		t.Error("the lock is not used")
	}
	// The reference implementation takes the lock, too.
	script := "import sys, tomllib\nfrom packaging.pylock import Pylock\nPylock.from_dict(tomllib.load(open(sys.argv[1], 'rb'))).validate()"
	if err := exec.Command("python3", "-c", "import packaging.pylock").Run(); err != nil {
		t.Log("there is no packaging.pylock to compare with")
		return
	}
	if out, err := exec.Command("python3", "-c", script, name).CombinedOutput(); err != nil {
		t.Errorf("packaging refuses the lock: %v\n%s", err, out)
	}
}

// chosen are the files of a plan by package; the source's name where it is
// built.
func chosen(t *testing.T, data string) map[string]string {
	t.Helper()
	var r struct {
		Platforms []struct {
			Plan struct {
				Packages []struct {
					Name, Resolved, Built string
					Download              struct{ Filename string }
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(data), &r); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	files := map[string]string{}
	for _, p := range r.Platforms[0].Plan.Packages {
		files[p.Name] = p.Resolved + p.Built + p.Download.Filename
	}
	return files
}

func TestALockedProjectIsNotLockedAgain(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	_, err := l.Build(t.Context(), moult(t, example(t, "poetry"), "requestid=frontend.lock"))
	if err == nil || !strings.Contains(err.Error(), "is locked by poetry.lock already") || !strings.Contains(err.Error(), "poetry lock") {
		t.Errorf("the error is %v", err)
	}
}

func TestABuildIsSummedUpAtItsEnd(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := asked(t, l, "")
	args := []string{"--builder", "lab", "--progress", "quiet", "-f", "pyproject.toml"}
	metadata := filepath.Join(t.TempDir(), "metadata.json")
	out, err := buildx(t, l, dir, append(args, "--metadata-file", metadata, ".")...)
	if err != nil || !strings.Contains(out, "unlocked for linux/amd64: 3 packages (3 wheels of ") || !strings.Contains(out, "on python:3.13-slim") {
		t.Errorf("buildx says %v\n%s", err, out)
	}
	var m struct {
		Summary struct {
			Platforms []struct{ Packages int }
		} `json:"frontend.moult.summary"`
	}
	data, err := os.ReadFile(metadata)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &m); err != nil || len(m.Summary.Platforms) != 1 || m.Summary.Platforms[0].Packages != 3 {
		t.Errorf("the metadata are %v\n%s", err, data)
	}
	out, err = buildx(t, l, dir, append(args, "--build-arg", "MOULT_SUMMARY=0", ".")...)
	if err != nil || strings.Contains(out, "3 packages") {
		t.Errorf("buildx says %v\n%s", err, out)
	}
}

func TestTheBillOfMaterialsIsThePlans(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := asked(t, l, "")
	b, ref := push(l, moult(t, dir, "attest:sbom="), "sbom:test")
	r := mustBuild(t, l, b)
	for _, step := range steps(r) {
		if strings.HasPrefix(step, "unknown ") {
			t.Errorf("BuildKit runs a scanner, or something else of its own: %s", step)
		}
	}
	img, err := l.ReadImage(t.Context(), ref, "linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	var statement struct {
		Predicate struct {
			Packages []struct {
				Name, VersionInfo, DownloadLocation string
				ExternalRefs                        []struct{ ReferenceLocator string }
			}
		}
	}
	if err := json.Unmarshal(img.Attestations["https://spdx.dev/Document"], &statement); err != nil {
		t.Fatalf("%v in %v", err, img.Attestations)
	}
	found := map[string]string{}
	for _, p := range statement.Predicate.Packages {
		for _, r := range p.ExternalRefs {
			found[r.ReferenceLocator] = p.DownloadLocation
		}
	}
	if _, ok := found["pkg:pypi/lab-pure@1.0"]; !ok {
		t.Errorf("lab-pure is missing: %v", found)
	}
	deb := false
	for purl := range found {
		deb = deb || strings.HasPrefix(purl, "pkg:deb/debian/libc6@")
	}
	if !deb {
		t.Errorf("the distribution's packages are missing: %v", found)
	}
}

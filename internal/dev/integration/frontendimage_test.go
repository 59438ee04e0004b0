package integration

import (
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// The real thing: the frontend image that `make frontend` has pushed, started
// by the daemon.

// throughSyntax is a build by the image that the file's first line names.
func throughSyntax(t *testing.T, l *lab.Lab, dir string) lab.Build {
	t.Helper()
	edit(t, filepath.Join(dir, "pyproject.toml"), "registry.example.com/moult:1", l.Image("moult:dev"))
	return lab.Build{Frontend: "dockerfile.v0", Context: dir, Opts: map[string]string{"filename": "pyproject.toml"}}
}

func TestTheSyntaxLineStartsTheFrontend(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	b, ref := push(l, throughSyntax(t, l, example(t, "hello")), "syntax:test")
	mustBuild(t, l, b)
	isFitToShip(t, l, ref)
	get(t, serve(t, l, ref, nil), "/")
}

func TestTheGatewayStartsTheFrontend(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	mustBuild(t, l, lab.Build{Frontend: "gateway.v0", Context: example(t, "hello"),
		Opts: map[string]string{"filename": "pyproject.toml", "source": l.Image("moult:dev")}})
}

func TestTheImageAndTheProcessMakeTheSameLayers(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, unlocked(l, `"lab-pure", "lab-cpp"`))
	var all []string
	for _, b := range []lab.Build{
		moult(t, dir),
		{Frontend: "gateway.v0", Context: dir, Opts: map[string]string{"filename": "pyproject.toml", "source": l.Image("moult:dev")}},
	} {
		b, ref := push(l, b, "same:test")
		mustBuild(t, l, b)
		img, err := l.ReadImage(t.Context(), ref, "")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, layers(img))
	}
	if all[0] != all[1] {
		t.Errorf("the process makes\n%s\nthe image makes\n%s", all[0], all[1])
	}
}

func TestTheFrontendImageIsSmallAndStatic(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	img, files := readImage(t, l, l.Image("moult:dev"))
	if size := img.Size(); size > 30<<20 {
		t.Errorf("it has %d bytes", size)
	}
	var regular []string
	for p, f := range files {
		if f.Mode.IsRegular() {
			regular = append(regular, p)
		}
	}
	slices.Sort(regular)
	want := []string{"/moult/LICENSE", "/moult/THIRD_PARTY_NOTICES", "/moult/bin/moult-build", "/moult/bin/moult-frontend", "/moult/bin/moult-install"}
	if !slices.Equal(regular, want) {
		t.Errorf("it holds %v", regular)
	}
	labels := img.Config.Config.Labels
	if labels["moby.buildkit.frontend.network.none"] != "true" || !strings.Contains(labels["moby.buildkit.frontend.caps"], "moby.buildkit.frontend.contexts") {
		t.Errorf("its labels are %v", labels)
	}
}

// buildx runs the client as its users do.
func buildx(t *testing.T, l *lab.Lab, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "docker", append([]string{"buildx", "build"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+l.State.Docker, "DOCKER_CONFIG="+filepath.Join(l.Dir, "docker"))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestBuildxAsksItsQuestions(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := example(t, "hello")
	edit(t, filepath.Join(dir, "pyproject.toml"), "registry.example.com/moult:1", l.Image("moult:dev"))
	for _, c := range []struct{ call, want string }{
		{"check", "no warnings found"}, {"targets", "builder"}, {"outline", "runtime"},
	} {
		out, err := buildx(t, l, dir, "--builder", "lab", "--call", c.call, "-f", "pyproject.toml", ".")
		if err != nil || !strings.Contains(out, c.want) {
			t.Errorf("--call %s: %v\n%s", c.call, err, out)
		}
	}
}

func TestBuildxShowsTheLineOfAnError(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := example(t, "hello")
	name := filepath.Join(dir, "pyproject.toml")
	edit(t, name, "registry.example.com/moult:1", l.Image("moult:dev"))
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	write(t, name, string(content)+"\n[tool.moult]\nenviroment = {}\n")
	out, err := buildx(t, l, dir, "--builder", "lab", "-f", "pyproject.toml", ".")
	if err == nil || !strings.Contains(out, ">>> enviroment = {}") || !strings.Contains(out, `"env"`) {
		t.Errorf("buildx says %v\n%s", err, out)
	}
}

func TestAnOldDockerEngineIsToldWhatIsNeeded(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := example(t, "hello")
	edit(t, filepath.Join(dir, "pyproject.toml"), "registry.example.com/moult:1", l.Image("moult:dev"))
	out, err := buildx(t, l, dir, "--builder", "default", "-f", "pyproject.toml", "-t", "hello:engine", ".")
	if err == nil {
		// A newer engine builds it, by copying where it cannot merge.
		r := l.Start(t, lab.Container{Image: "hello:engine", ReadOnly: true, Port: 8000})
		if status, _, err := r.Get(t.Context(), "/"); err != nil || status != http.StatusOK {
			t.Errorf("it answers %d, %v", status, err)
		}
		return
	}
	if !strings.Contains(out, "needs BuildKit v0.") || !strings.Contains(out, "buildx create") {
		t.Errorf("the engine's builder says\n%s", out)
	}
}

func TestTwoPlatformsInOneBuild(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	b, ref := push(l, throughSyntax(t, l, example(t, "hello")), "platforms:test")
	b.Opts = maps.Clone(b.Opts)
	b.Opts["platform"] = "linux/amd64,linux/arm64"
	mustBuild(t, l, b)
	for platform, arch := range map[string]string{"linux/amd64": "amd64", "linux/arm64": "arm64"} {
		img, err := l.ReadImage(t.Context(), ref, platform)
		if err != nil {
			t.Fatal(err)
		}
		if img.Config.Architecture != arch {
			t.Errorf("the image for %s is for %s", platform, img.Config.Architecture)
		}
		if _, err := img.Lookup("/app/__pycache__/main.cpython-313.pyc"); err != nil {
			t.Errorf("%s: %v", platform, err)
		}
	}
}

func TestTwoPlatformsShareTheVirtualEnvironment(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	r := mustBuild(t, l, moult(t, example(t, "hello"), "platform=linux/amd64,linux/arm64"))
	if n := len(done(r, createVenv)); n != 1 {
		t.Errorf("the virtual environment is created %d times; it is the same for both", n)
	}
}

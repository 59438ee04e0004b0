package integration

import (
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// A build's requirements are installed without pip where an index alone says which files they are, and by pip otherwise.
func TestBuildRequirementsWithAndWithoutPip(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	// An address that no earlier build has asked.
	index := l.Packages.Scope(t.Name() + strings.TrimSpace(unique()))
	for _, c := range []struct {
		name, requires string
		pip            bool
	}{
		{"plain", `"lab-pure"`, false},
		{"source", `"lab-pure", "lab-sdist"`, true}, // no wheel
	} {
		files := unlocked(l, "")
		files["pyproject.toml"] = strings.Replace(files["pyproject.toml"], `name = "unlocked"`, `name = "probe"`, 1)
		files["pyproject.toml"] = strings.Replace(files["pyproject.toml"], l.Packages.URL(), index.URL(), 1) +
			"\n[build-system]\nrequires = [" + c.requires + "]\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n"
		files["backend.py"] = witness
		delete(files, "main.py")
		files["pyproject.toml"] = strings.Replace(files["pyproject.toml"], `cmd = ["python", "main.py"]`, `cmd = ["python", "-c", "import probe; print(probe.SEEN)"]`, 1)
		b, ref := push(l, moult(t, project(t, files)), "required-"+c.name+":test")
		log := mustBuild(t, l, b).Log()
		if byPip := strings.Contains(log, "Collecting lab-pure"); byPip != c.pip {
			t.Errorf("%s: pip installed the requirements: %v\n%s", c.name, byPip, log)
		}
		if itself := strings.Contains(log, "lab_pure-1.0-py3-none-any.whl from "); itself == c.pip {
			t.Errorf("%s: Moult installed the requirements: %v\n%s", c.name, itself, log)
		}
		if out, want := output(t, l, ref), "env=none settings= pure=1.0 hello=False"; strings.TrimSpace(out) != want {
			t.Errorf("%s: the build saw %q, want %q", c.name, out, want)
		}
	}
}

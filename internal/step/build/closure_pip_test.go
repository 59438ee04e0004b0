//go:build oracle

package build

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pypkg/indexpage"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/tags"
)

// buildSystems are the requirements of public projects' [build-system].
var buildSystems = []string{
	"setuptools", "setuptools>=61 wheel", "setuptools>=40.8.0 wheel", "setuptools<70 wheel", "setuptools==65.5.1", "setuptools~=75.0 wheel",
	"setuptools>=64 setuptools_scm[toml]>=8", "setuptools setuptools-scm[toml]>=6.2 wheel", "setuptools setuptools-git-versioning<3",
	"setuptools versioneer[toml]", "setuptools pbr>=6", "setuptools cffi>=1.16", "setuptools Cython>=3", "setuptools Cython<3 wheel",
	"setuptools>=61 numpy>=2", "setuptools numpy==1.26.4 Cython", "setuptools>=77 pybind11>=2.13", "setuptools setuptools-rust>=1.7",
	"setuptools cmake>=3.20 ninja", "setuptools pytest-runner", "setuptools wheel packaging tomli;python_version<'3.11'",
	"hatchling", "hatchling>=1.8 hatch-vcs", "hatchling hatch-fancy-pypi-readme>=23.2", "hatchling uv-dynamic-versioning", "hatchling hatch-requirements-txt",
	"hatchling<1.22 hatch-jupyter-builder>=0.5 jupyterlab>=4,<5", "hatchling hatch-nodejs-version", "hatchling versioningit",
	"poetry-core", "poetry-core>=1.0.0,<2", "poetry-core>=2.0 poetry-dynamic-versioning>=1.0,<2.0", "poetry>=1.2,<2",
	"flit_core>=3.2,<4", "flit_core>=2,<4", "flit", "pdm-backend", "pdm-pep517>=1.0", "pdm-backend>=2.4 pdm-build-locked", "whey whey-pth",
	"uv_build>=0.8.9,<0.10.0", "uv_build", "maturin>=1,<2", "maturin>=0.14,<0.15", "scikit-build-core>=0.10 pybind11", "scikit-build-core nanobind>=2",
	"meson-python>=0.15 Cython>=3 numpy", "meson-python ninja pybind11", "scikit-build cmake ninja", "jupyter_packaging>=0.10,<2", "sip>=6.8,<7",
	"enscons", "dunamai poetry-core", "setuptools jinja2 pyyaml requests", "py-build-cmake~=0.4", "setuptools>=61 babel", "setuptools mypy types-requests",
	"setuptools-scm<8 setuptools", "trove-classifiers hatchling", "oldest-supported-numpy setuptools", "setuptools importlib-metadata<5 zipp",
}

// Without MOULT_PIP, a Python with pip, the test fails: it is only run where there is one.
func TestBuildRequirementsAreThoseOfPip(t *testing.T) {
	python := os.Getenv("MOULT_PIP")
	of, err := describe(t.Context(), python)
	if err != nil {
		t.Fatal(err)
	}
	client, err := httpClient(os.Environ(), once)
	if err != nil {
		t.Fatal(err)
	}
	ours, left := 0, 0
	for _, line := range buildSystems {
		requires := strings.Fields(line)
		c := closure{
			asks: asker{client: client}, indexes: []Index{{URL: indexpage.Default}}, python: of, dir: t.TempDir(), console: &Console{to: io.Discard},
		}
		wheels, err := c.of(t.Context(), requires)
		if errors.Is(err, errNeedsPip) {
			left++
			t.Logf("%s: pip does it", line)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		var got []string
		for _, w := range wheels {
			name, err := tags.ParseWheelFilename(filepath.Base(w))
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, name.Name+" "+name.Version.String()+" "+filepath.Base(w))
		}
		want, err := ofPip(t, python, requires)
		if err != nil {
			t.Errorf("%s: %v", line, err)
		} else if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\npip:\n%s", line, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		ours++
	}
	t.Logf("%d compared, %d left to pip", ours, left)
	if ours < len(buildSystems)*2/3 {
		t.Error("too many are left to pip")
	}
}

// ofPip lists what pip would install, each as NAME VERSION FILE.
func ofPip(t *testing.T, python string, requires []string) ([]string, error) {
	t.Helper()
	args := append([]string{"-I", "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--disable-pip-version-check", "--report", "-", "--"}, requires...)
	out, err := exec.CommandContext(t.Context(), python, args...).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return nil, fmt.Errorf("pip: %s", exit.Stderr)
		}
		return nil, err
	}
	var report struct {
		Install []struct {
			Info struct {
				URL string `json:"url"`
			} `json:"download_info"`
			Metadata struct {
				Name    string `json:"name"`
				Version string `json:"version"`
			} `json:"metadata"`
		} `json:"install"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return nil, err
	}
	var all []string
	for _, i := range report.Install {
		all = append(all, pep503.Normalize(i.Metadata.Name)+" "+i.Metadata.Version+" "+filepath.Base(i.Info.URL))
	}
	slices.Sort(all)
	return all, nil
}

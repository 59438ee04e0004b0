package frontend

import (
	"testing"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

func TestTheLineOfAPackageOfTheDistribution(t *testing.T) {
	file := &source.File{Name: "pyproject.toml"}
	list := func(line int, names ...string) (all []project.SystemPackage) {
		for n, name := range names {
			all = append(all, project.SystemPackage{Pos: source.Pos{File: file, Line: line, Col: n + 1}, Name: name})
		}
		return all
	}
	s := &project.Settings{BaseSettings: project.BaseSettings{
		Apt: project.SystemPackages{Run: list(1, "curl", "libfoo"), Build: list(2, "libfoo", "gcc", "make=4")},
		Apk: project.SystemPackages{Run: list(3, "libfoo")},
	}, ResolutionSettings: project.ResolutionSettings{
		Packages: []project.PackageSettings{{Name: "a", Apt: list(4, "libbar:arm64")}},
	}, ContentSettings: project.ContentSettings{
		Stages: []project.Stage{{Name: "web", Apt: list(5, "nodejs/stable", "libfoo")}},
	}}
	for _, test := range []struct {
		name          string
		step          protocol.ID
		manager       string
		missing, want string
	}{
		{"of the image", protocol.RunPackagesID, "apt", "libfoo", "pyproject.toml:1:2"},
		{"of the builder", protocol.BuildPackagesID, "apt", "libfoo", "pyproject.toml:2:1"},
		{"with a version", protocol.BuildPackagesID, "apt", "make", "pyproject.toml:2:3"},
		{"of one package's builder", protocol.WheelPackagesID("a"), "apt", "libbar:arm64", "pyproject.toml:4:1"},
		{"of the builder, for one package", protocol.WheelPackagesID("a"), "apt", "libfoo", "pyproject.toml:2:1"},
		{"of a stage", protocol.StagePackagesID("web"), "apt", "nodejs", "pyproject.toml:5:1"},
		{"of another distribution", protocol.RunPackagesID, "apk", "libfoo", "pyproject.toml:3:1"},
		{"that nobody lists", protocol.RunPackagesID, "apt", "tini", "-"},
		{"of the init process", protocol.InitPackagesID, "apt", "libfoo", "-"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := packageLine(s, test.step, test.manager, test.missing).String(); got != test.want {
				t.Error(got)
			}
		})
	}
}

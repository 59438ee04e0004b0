package frontend

import (
	"testing"

	"github.com/moby/buildkit/solver/pb"

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
	s := &project.Settings{
		Apt:      project.SystemPackages{Run: list(1, "curl", "libfoo"), Build: list(2, "libfoo", "gcc", "make=4")},
		Apk:      project.SystemPackages{Run: list(3, "libfoo")},
		Packages: []project.PackageSettings{{Name: "a", Apt: list(4, "libbar:arm64")}},
		Stages:   []project.Stage{{Name: "web", Apt: list(5, "nodejs/stable", "libfoo")}},
	}
	for _, test := range []struct {
		name, manager string
		installed     []string
		missing, want string
	}{
		{"of the image", "apt", []string{"curl", "libfoo"}, "libfoo", "pyproject.toml:1:2"},
		{"of the builder", "apt", []string{"gcc", "libfoo", "make=4"}, "libfoo", "pyproject.toml:2:1"},
		{"with a version", "apt", []string{"gcc", "libfoo", "make=4"}, "make", "pyproject.toml:2:3"},
		{"of one package's builder", "apt", []string{"gcc", "libbar:arm64", "libfoo", "make=4"}, "libbar:arm64", "pyproject.toml:4:1"},
		{"of a stage", "apt", []string{"libfoo", "nodejs/stable"}, "nodejs", "pyproject.toml:5:1"},
		{"of another distribution", "apk", []string{"libfoo"}, "libfoo", "pyproject.toml:3:1"},
		{"that nobody lists", "apt", []string{"curl", "libfoo", "tini"}, "tini", "-"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := listedAt(s, test.manager, test.installed, test.missing).String(); got != test.want {
				t.Error(got)
			}
		})
	}
}

func TestStepsThatInstallPackagesOfTheDistribution(t *testing.T) {
	for want, args := range map[string][]string{
		"apt": {protocol.BuildTool, "apt", "-epoch", "1", "--", "curl"},
		"":    {protocol.BuildTool, "wheel"},
	} {
		if got := packageManager(&pb.ExecOp{Meta: &pb.Meta{Args: args}}); got != want {
			t.Errorf("%q: %q", args, got)
		}
	}
	if got := packageManager(nil); got != "" {
		t.Errorf("no step at all: %q", got)
	}
}

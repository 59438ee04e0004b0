package llb

import (
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/protocol"
)

// buildingPlan has sources with settings of their own.
func buildingPlan() *plan.Plan {
	p := testPlan()
	sha := strings.Repeat("5", 64)
	sdist := func(name string) *plan.Download {
		return &plan.Download{URL: "https://files.example.com/" + name + ".tar.gz", Filename: name + "-1.0.tar.gz", SHA256: sha}
	}
	p.Building.Resolve.Pinned = []string{"ours"}
	p.Building.Resolve.BuildConstraints = []string{"cython<4"}
	p.Building.Sources = append(p.Building.Sources,
		plan.Source{
			Name: "flash", Origin: sdist("flash"), EnvironmentPackages: []string{"numpy", "odd"},
			System: &plan.SystemPackages{Manager: "apt", Packages: []string{"ninja-build"}},
			Env:    []plan.Variable{{Name: "SKIP_CUDA", Value: "TRUE"}}, Config: []plan.Variable{{Name: "jobs", Value: "4"}},
			ExtraRequires: []string{"packaging"}, Constraints: []string{"cython<4"},
		},
		plan.Source{Name: "odd", Origin: sdist("odd"), Env: []plan.Variable{{Name: "CFLAGS", Value: "-O3"}}},
		plan.Source{Name: "ours", Origin: &plan.Choice{
			Requirement: "ours<2", Target: "3.13 x86_64 glibc 2.41",
			Indexes: []plan.Index{{URL: "https://ours.example.com/simple", Secret: "ours"}},
		}},
	)
	for _, name := range []string{"flash", "odd"} {
		p.Packages = append(p.Packages, plan.Package{Name: name, Version: "1.0", Origin: plan.Built{Source: name}})
		p.Layers = append(p.Layers, packagesLayer(name))
	}
	return arranged(p)
}

// command is what a step does; nil where the operation is no step.
func command(op *pb.Op) protocol.Command {
	c, err := protocol.Parse(op.GetExec().GetMeta().GetArgs())
	if err != nil {
		return nil
	}
	return c
}

// commands are the steps of Moult's programs in a graph, by their digest-free
// form: the arguments and the environment.
func commands(t *testing.T, p *plan.Plan, name string) (all []string) {
	t.Helper()
	for _, op := range ops(t, definition(t, p, testWorld(), TargetRuntime)) {
		if exec := op.GetExec(); exec != nil && len(exec.Meta.Args) > 1 && exec.Meta.Args[1] == name {
			all = append(all, strings.Join(append(exec.Meta.Args, exec.Meta.Env...), " "))
		}
	}
	return all
}

// indexesOf are the indexes that a step asks.
func indexesOf(c protocol.Command) []protocol.Index {
	switch c := c.(type) {
	case protocol.Resolve:
		return c.Indexes
	case protocol.Prepare:
		return c.Indexes
	case protocol.Choose:
		return c.Indexes
	}
	return nil
}

func TestTheGraphOfBuildsIsTheSameEveryTime(t *testing.T) {
	first := definition(t, buildingPlan(), testWorld(), TargetRuntime)
	for n := range 25 {
		if !slices.EqualFunc(first, definition(t, buildingPlan(), testWorld(), TargetRuntime), slices.Equal[[]byte]) {
			t.Fatalf("attempt %d gives another graph", n)
		}
	}
}

func TestABuildHasItsSettings(t *testing.T) {
	var build, prepare string
	for _, c := range commands(t, buildingPlan(), "wheel") {
		if strings.Contains(c, "flash-1.0.tar.gz") {
			build = c
		}
	}
	for _, c := range commands(t, buildingPlan(), "prepare") {
		if strings.Contains(c, "flash-1.0.tar.gz") {
			prepare = c
		}
	}
	for _, want := range []string{"--config jobs=4", "SKIP_CUDA=TRUE"} {
		if !strings.Contains(build, want) {
			t.Errorf("the build lacks %q: %s", want, build)
		}
	}
	for _, want := range []string{"--wheel /moult/wheels/numpy", "--wheel /moult/wheels/odd", "--extra packaging", "--constraints"} {
		if !strings.Contains(prepare, want) {
			t.Errorf("the preparation lacks %q: %s", want, prepare)
		}
	}
	if strings.Contains(prepare, "SKIP_CUDA") {
		t.Error("the environment of the build is part of what is installed for it")
	}
}

// A change of one package's settings is in the graph of that package alone.
func TestSettingsOfOnePackageConcernNoOther(t *testing.T) {
	changed := buildingPlan()
	changed.Building.Sources[1].Env[0].Value = "FALSE"
	before := map[string]bool{}
	for _, dt := range definition(t, buildingPlan(), testWorld(), TargetVenv) {
		before[string(dt)] = true
	}
	var after [][]byte
	for _, dt := range definition(t, changed, testWorld(), TargetVenv) {
		if !before[string(dt)] {
			after = append(after, dt)
		}
	}
	for _, op := range ops(t, after) {
		if exec := op.GetExec(); exec != nil && !strings.Contains(strings.Join(exec.Meta.Args, " "), "flash") {
			t.Errorf("%q is another step", exec.Meta.Args)
		}
	}
}

func TestAChosenFileGetsTheSecretOfItsIndexAlone(t *testing.T) {
	found := false
	for _, op := range ops(t, definition(t, buildingPlan(), testWorld(), TargetRuntime)) {
		exec := op.GetExec()
		if exec == nil {
			continue
		}
		var secrets []string
		for _, m := range exec.Mounts {
			if m.SecretOpt != nil && m.SecretOpt.ID != "ca-certificates" {
				secrets = append(secrets, m.SecretOpt.ID)
			}
		}
		if _, ok := command(op).(protocol.Choose); ok {
			found = true
			if !slices.Equal(secrets, []string{"ours"}) {
				t.Errorf("choosing sees %v", secrets)
			}
		} else if slices.Contains(secrets, "ours") {
			t.Errorf("%q sees the secret of an index it does not ask", exec.Meta.Args)
		}
	}
	if !found {
		t.Error("nothing is chosen")
	}
	if c := commands(t, buildingPlan(), "resolve"); len(c) != 1 || !strings.Contains(c[0], "--wheel /moult/wheels/ours") || !strings.Contains(c[0], "--build-constraints") {
		t.Errorf("the resolver runs as %q", c)
	}
}

func TestAStepGetsTheSecretsOfTheIndexesThatItAsksAlone(t *testing.T) {
	p := buildingPlan()
	p.Building.Indexes = append(p.Building.Indexes, plan.Index{URL: "https://open.example.com/simple"})
	asking := 0
	for _, op := range ops(t, definition(t, p, testWorld(), TargetRuntime)) {
		exec := op.GetExec()
		if exec == nil {
			continue
		}
		var named, mounted []string
		for _, index := range indexesOf(command(op)) {
			if index.Secret != "" {
				named = append(named, index.Secret)
			}
		}
		for _, m := range exec.Mounts {
			if m.SecretOpt != nil && slices.Contains([]string{"index-password", "ours"}, m.SecretOpt.ID) {
				mounted = append(mounted, m.Dest)
			}
		}
		asking += len(named)
		if !slices.Equal(named, mounted) {
			t.Errorf("%q asks with %q and sees %q", exec.Meta.Args, named, mounted)
		}
	}
	if asking == 0 {
		t.Error("no step asks an index with a secret")
	}
}

// A backend is a stranger's code, and so is everything in its tree.
func TestABackendGetsNothingOfTheUsers(t *testing.T) {
	p := buildingPlan()
	p.Building.Sources[len(p.Building.Sources)-2].Network = true // odd
	backends := 0
	for _, op := range ops(t, definition(t, p, testWorld(), TargetRuntime)) {
		exec := op.GetExec()
		network := false
		switch c := command(op).(type) {
		case protocol.AskBackend:
		case protocol.BuildWheel:
			network = c.Network
		default:
			continue
		}
		backends++
		if (exec.Network == pb.NetMode_NONE) == network {
			t.Errorf("%q has the network mode %s", exec.Meta.Args, exec.Network)
		}
		for _, m := range exec.Mounts {
			switch {
			case m.MountType == pb.MountType_SECRET && (!network || m.SecretOpt.ID != protocol.CertificateSecret):
				t.Errorf("%q sees the secret %s", exec.Meta.Args, m.SecretOpt.ID)
			case m.MountType == pb.MountType_SSH:
				t.Errorf("%q sees the SSH agent", exec.Meta.Args)
			case m.MountType == pb.MountType_CACHE:
				t.Errorf("%q sees the cache %s", exec.Meta.Args, m.CacheOpt.ID)
			}
		}
	}
	if backends < 4 {
		t.Errorf("%d steps run a backend", backends)
	}
}

func TestProjectsShareNoCacheOfPip(t *testing.T) {
	ids := map[string]bool{}
	for _, name := range []string{"one", "other"} {
		p := buildingPlan()
		p.Project = name
		for _, op := range ops(t, definition(t, p, testWorld(), TargetRuntime)) {
			for _, m := range op.GetExec().GetMounts() {
				if m.MountType == pb.MountType_CACHE && strings.Contains(m.Dest, "pip") {
					if ids[m.CacheOpt.ID] {
						t.Errorf("both have %s", m.CacheOpt.ID)
					}
					ids[m.CacheOpt.ID] = true
				}
			}
		}
	}
	if len(ids) != 2 {
		t.Errorf("caches: %v", ids)
	}
}

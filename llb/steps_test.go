package llb

import (
	"slices"
	"strings"
	"testing"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/step/protocol"
)

// partsPlan has files from everywhere, stages, and steps of every kind.
func partsPlan() *plan.Plan {
	p := testPlan()
	download := func(name string) *plan.Download {
		return &plan.Download{URL: "https://files.example.com/" + name, Filename: name, SHA256: strings.Repeat("5", 64)}
	}
	etc := []plan.ParentDirectory{{Path: "/etc", Mode: 0o755}}
	p.Files = []plan.Files{
		{From: "deploy/nginx.conf", To: "/etc/nginx.conf", Parents: etc, Mode: 0o640, UID: 65532, GID: 65532},
		{From: "deploy", Include: []string{"*.conf"}, Exclude: []string{"x.conf"}, To: "/etc/conf.d", Parents: etc, Mode: 0o444},
		{Image: "tool:1", From: "/bin/tool", To: "/usr/local/bin/"},
		{Context: "assets", From: ".", To: "/srv/assets"},
		{Stage: "web", From: "/src/dist", To: "/srv/web"},
		{Download: download("single"), Name: "single", From: ".", To: "/srv/", Mode: 0o644},
		{Download: download("x.tar.gz"), Name: "x.tar.gz", Unpack: true, Strip: 1, From: "bin/x", To: "/usr/local/bin/x"},
	}
	p.Building.Files = []plan.Files{{Stage: "lib", From: "/src/lib.so", To: "/usr/lib/lib.so"}}
	p.App.Added = []plan.Added{{Stage: "web", From: "/src/js", To: "static"}}
	p.Building.Sources[0].Folder().Added = []plan.Added{{Stage: "lib", From: "/src/gen", To: "gen"}}
	p.Stages = []plan.Stage{
		{Name: "lib", Dir: "native", Workdir: "/src", Steps: []plan.Step{{Run: []string{"make"}}}},
		{Name: "web", Image: "node:20", Dir: "web", Workdir: "/src", Exclude: []string{"node_modules"}, Venv: true, ExcludePackages: []string{"native"}, AddPython: true,
			Env: []plan.Variable{{Name: "NODE_ENV", Value: "production"}}, Steps: []plan.Step{
				{Run: []string{"npm", "ci"}, Inputs: &plan.Patterns{"package.json"}, Network: true, Caches: []plan.Cache{{Path: "/root/.npm", ID: "npm"}}},
				{Run: []string{"npm", "run", "build"}},
				{Run: []string{"npm", "test"}, Outputs: &plan.Outputs{}},
				{Run: []string{"npm", "run", "pack"}, Outputs: &plan.Outputs{{Path: "/src/dist"}}},
			}},
	}
	outputs := func(paths ...string) *plan.Outputs {
		var all plan.Outputs
		for _, p := range paths {
			all = append(all, plan.Output{Path: p, Parents: []plan.ParentDirectory{{Path: "/app", Mode: 0o755}}})
		}
		return &all
	}
	p.Steps = []plan.Step{
		{Name: "narrow", Root: plan.RootBase, Run: []string{"a"}, Inputs: &plan.Patterns{"manage.py"}, Outputs: outputs("/app/static", "/app/media")},
		{Name: "nothing", Root: plan.RootBase, Run: []string{"b"}, Inputs: &plan.Patterns{}, ExcludePackages: []string{"native"}, Outputs: outputs("/app/model"), Network: true},
		{Name: "builder", Run: []string{"c"}, Inputs: &plan.Patterns{"locale"}, Outputs: outputs("/app/locale"), Root: plan.RootBuilder},
		{Name: "whole", Run: []string{"d"}},
		{Name: "difference", Root: plan.RootBase, Run: []string{"e"}, Inputs: &plan.Patterns{"x.py"}},
		{Name: "test", Run: []string{"f"}, Outputs: &plan.Outputs{}},
	}
	return arranged(p)
}

func partsWorld() World {
	w := testWorld()
	img := func(ref string) bk.State { return bk.Image(ref, bk.Platform(amd64)).Platform(amd64) }
	w.Can.Diff = true
	w.Images = map[string]Image{
		"tool:1":  {State: img("docker.io/library/tool:1@sha256:" + strings.Repeat("6", 64))},
		"node:20": {State: img("docker.io/library/node:20@sha256:" + strings.Repeat("7", 64)), Env: []string{"PATH=/usr/bin", "NODE_VERSION=20"}},
	}
	w.Contexts = map[string]bk.State{"assets": bk.Local("assets", bk.SessionID("s"))}
	return w
}

// allOps are the operations of a result and of its checks.
func allOps(t *testing.T, p *plan.Plan, w World) (defs [][]byte) {
	t.Helper()
	encoded, err := NewGraph(p, w).Target(TargetRuntime)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range append([]bk.State{encoded.State}, encoded.Checks...) {
		def, err := st.Marshal(t.Context(), bk.Platform(amd64))
		if err != nil {
			t.Fatal(err)
		}
		defs = append(defs, def.Def...)
	}
	return defs
}

func TestTheGraphOfPartsIsTheSameEveryTime(t *testing.T) {
	for _, can := range []Abilities{{Merge: true, Diff: true, CopyMode: true, NoOutput: true}, {Merge: true, CopyMode: true}, {}} {
		w := partsWorld()
		w.Can = can
		first := allOps(t, partsPlan(), w)
		for range 10 {
			if again := allOps(t, partsPlan(), w); !slices.EqualFunc(first, again, slices.Equal[[]byte]) {
				t.Fatalf("%+v: another graph", can)
			}
		}
	}
}

func TestStepsOfPartsKeepTheLaws(t *testing.T) {
	runs := map[string]*pb.ExecOp{}
	for _, op := range ops(t, allOps(t, partsPlan(), partsWorld())) {
		if file := op.GetFile(); file != nil {
			for _, a := range file.Actions {
				if c := a.GetCopy(); c != nil && c.Timestamp != fixedTime.UnixNano() {
					t.Errorf("a copy of %s has the time %d", c.Src, c.Timestamp)
				}
				if m := a.GetMkdir(); m != nil && m.Timestamp != fixedTime.UnixNano() {
					t.Errorf("the folder %s has the time %d", m.Path, m.Timestamp)
				}
			}
		}
		exec := op.GetExec()
		if exec == nil {
			continue
		}
		if !strings.HasPrefix(exec.Meta.Args[0], "/moult/bin/") {
			t.Errorf("a step runs %q", exec.Meta.Args)
		}
		switch c := command(op).(type) {
		case protocol.Run:
			runs[strings.Join(c.Command, " ")] = exec
		case protocol.Unpack:
			if exec.Network != pb.NetMode_NONE {
				t.Error("unpacking has a network")
			}
		}
	}
	for name, network := range map[string]bool{
		"a": false, "b": true, "c": false, "d": false, "e": false, "f": false,
		"make": false, "npm ci": true, "npm run build": false, "npm test": false, "npm run pack": false,
	} {
		exec := runs[name]
		if exec == nil {
			t.Errorf("%q does not run", name)
			continue
		}
		if got := exec.Network != pb.NetMode_NONE; got != network {
			t.Errorf("%q has network %v", name, got)
		}
	}
	if env := runs["npm ci"].Meta.Env; !slices.Contains(env, "NODE_ENV=production") || !slices.Contains(env, "NODE_VERSION=20") ||
		!slices.ContainsFunc(env, func(kv string) bool { return strings.HasPrefix(kv, "PATH=/opt/venv/bin:/usr/bin") }) {
		t.Errorf("the stage's environment is %q", env)
	}
}

// A stage may make what a package is built from; it must not get that package,
// or neither could be made before the other.
func TestAStageDoesNotGetAPackageThatSharesALayer(t *testing.T) {
	p := partsPlan()
	p.Layers = []plan.Layer{packagesLayer("fastapi", "native", "starlette"), packagesLayer("numpy")}
	arranged(p)
	p.Building.Files = nil
	p.Stages[0].Venv, p.Stages[0].ExcludePackages = true, []string{"native"}
	var layers []string
	for _, op := range ops(t, allOps(t, p, partsWorld())) {
		if c, ok := command(op).(protocol.InstallWheels); ok {
			layers = append(layers, strings.Join(c.Wheels, " "))
		}
	}
	if !slices.ContainsFunc(layers, func(l string) bool { return strings.Contains(l, "native") }) ||
		!slices.ContainsFunc(layers, func(l string) bool { return strings.Contains(l, "starlette") && !strings.Contains(l, "native") }) {
		t.Errorf("the layers are %q", layers)
	}
}

func TestAStepInTheBuilderAfterOneThatKeepsAllNeedsTheDifference(t *testing.T) {
	for _, test := range []struct {
		says  string
		diff  bool
		steps []plan.Step
		fails bool
	}{
		{"all is kept before it", false, []plan.Step{{Run: []string{"all"}}, {Run: []string{"make"}, Root: plan.RootBuilder, Outputs: &plan.Outputs{}}}, true},
		{"all is kept before it, and it names its inputs", false, []plan.Step{{Run: []string{"all"}}, {Run: []string{"make"}, Root: plan.RootBuilder, Outputs: &plan.Outputs{}, Inputs: &plan.Patterns{}}}, true},
		{"the daemon can tell the difference", true, []plan.Step{{Run: []string{"all"}}, {Run: []string{"make"}, Root: plan.RootBuilder, Outputs: &plan.Outputs{}}}, false},
		{"all is kept after it", false, []plan.Step{{Run: []string{"make"}, Root: plan.RootBuilder, Outputs: &plan.Outputs{}}, {Run: []string{"all"}}}, false},
		{"another in the image follows", false, []plan.Step{{Run: []string{"all"}}, {Run: []string{"make"}, Outputs: &plan.Outputs{}}}, false},
	} {
		p, w := partsPlan(), partsWorld()
		p.Steps, w.Can.Diff = test.steps, test.diff
		arranged(p)
		_, err := NewGraph(p, w).Target(TargetRuntime)
		if test.fails != (err != nil) || err != nil && !strings.Contains(err.Error(), `the step "all" before it wrote`) {
			t.Errorf("%s: %v", test.says, err)
		}
	}
}

func TestTheClientsLimitsHoldForEveryStep(t *testing.T) {
	w := testWorld()
	w.Limits = []bk.RunOption{bk.AddUlimit(bk.UlimitNofile, 64, 128)}
	found := map[string]bool{}
	for _, op := range ops(t, definition(t, buildingPlan(), w, TargetRuntime)) {
		exec := op.GetExec()
		if exec == nil {
			continue
		}
		found[typeName(command(op))] = true
		if len(exec.Meta.Ulimit) != 1 || exec.Meta.Ulimit[0].Hard != 128 {
			t.Errorf("%v has the limits %v", exec.Meta.Args, exec.Meta.Ulimit)
		}
	}
	for _, kind := range []protocol.Command{protocol.InstallWheels{}, protocol.BuildWheel{}, protocol.CreateVenv{}} {
		if !found[typeName(kind)] {
			t.Errorf("no step is a %s", typeName(kind))
		}
	}
}

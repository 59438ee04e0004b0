package llb

import (
	"context"
	"slices"
	"testing"
	"time"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/protocol"
)

var amd64 = ocispecs.Platform{OS: "linux", Architecture: "amd64"}

// testWorld is a world without a daemon.
func testWorld() World {
	img := func(ref string) bk.State { return bk.Image(ref, bk.Platform(amd64)).Platform(amd64) }
	return World{
		Target: amd64, Build: amd64,
		ImageStates: ImageStates{
			Base:     img("docker.io/library/python:3.13-slim@sha256:1111111111111111111111111111111111111111111111111111111111111111"),
			Compiler: img("docker.io/library/python:3.13-slim@sha256:1111111111111111111111111111111111111111111111111111111111111111"),
			Builder:  img("docker.io/library/python:3.13@sha256:2222222222222222222222222222222222222222222222222222222222222222"),
			Tools:    img("registry.example.com/moult@sha256:3333333333333333333333333333333333333333333333333333333333333333"),
			ToolsDir: "/moult/bin",
		},
		Context: func(s Selection) bk.State {
			return bk.Local("context", bk.SessionID("s"), bk.SharedKeyHint(s.Hint),
				bk.IncludePatterns(s.Include), bk.ExcludePatterns(s.Exclude))
		},
		Locate:        func(source.Pos) bk.ConstraintsOpt { var m *bk.SourceMap; return m.Location(nil) },
		ClientOptions: ClientOptions{NoCache: func(string) bool { return false }},
		Can:           Abilities{Merge: true, CopyMode: true, NoOutput: true, ContentCacheOff: true, GitChecksum: true},
	}
}

// testPlan has something of everything.
func testPlan() *plan.Plan {
	p := &plan.Plan{
		Project: "demo",
		Environment: environment.Environment{
			Platform: environment.Platform{OS: "linux", Arch: "amd64"},
			Python: environment.Python{Major: 3, Minor: 13, Interpreter: "/usr/local/bin/python3.13",
				Library: "/usr/local/lib/python3.13"},
		},
		Base: "python:3.13-slim",
		Building: &plan.Building{
			Image:   "python:3.13",
			System:  &plan.SystemPackages{Manager: "apt", Packages: []string{"libpq-dev"}},
			Indexes: []plan.Index{{URL: "https://index.example.com/simple", Secret: "index-password"}},
			Resolve: &plan.Resolve{Requirements: []string{"fastapi", "numpy>=2"}, Git: []string{"git.example.com"}, SSH: true},
			Sources: []plan.Source{{Name: "native", Origin: &plan.ContextFolder{Dir: "native"}, Requires: []string{"setuptools"}, Backend: "setuptools.build_meta"}},
		},
		System: &plan.SystemPackages{Manager: "apt", Packages: []string{"libpq5"}},
		Packages: []plan.Package{
			{Name: "fastapi", Version: "0.115.0", Size: 90_000, Origin: plan.Resolved{Filename: "fastapi-0.115.0-py3-none-any.whl"}},
			{Name: "native", Origin: plan.Built{Source: "native"}},
			{Name: "numpy", Version: "2.1.0", Size: 16_000_000, Origin: &plan.Download{
				URL: "https://files.example.com/numpy.whl", Filename: "numpy-2.1.0-cp313-cp313-manylinux_2_17_x86_64.whl",
				SHA256: "4444444444444444444444444444444444444444444444444444444444444444"}},
			{Name: "starlette", Version: "0.40.0", Size: 70_000, Origin: plan.Resolved{Filename: "starlette-0.40.0-py3-none-any.whl"}},
		},
		Bytecode: true, LibraryBytecode: &plan.LibraryBytecode{Exclude: []string{"test", "tests", "idle_test", "idlelib", "turtledemo", "tkinter", "ensurepip", "lib2to3", "pydoc_data", "site-packages", "dist-packages"}},
		App:     &plan.App{From: ".", Dir: "/app", Exclude: []string{".git", "**/__pycache__"}},
		Folders: []plan.Folder{{Path: "/srv/data", Owned: true}},
		User:    &plan.User{Name: "app", UID: 1000, GID: 1000, Home: "/home/app"},
		Steps: []plan.Step{{
			Run: []string{"python", "manage.py", "collectstatic"}, Env: []plan.Variable{{Name: "SECRET_KEY", Value: "x"}},
			Caches: []plan.Cache{{Path: "/root/.npm", ID: "npm"}},
		}},
		Image: plan.Image{WorkingDir: "/app", User: "65532:65532",
			Env: []plan.Variable{{Name: "B", Value: "1"}, {Name: "A", Value: "2"}}},
	}
	p.BaseConfig = plan.Config{Env: []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"}}
	p.Config = p.BaseConfig.With(p.Image)
	p.Layers = []plan.Layer{packagesLayer("native"), packagesLayer("numpy"), packagesLayer("fastapi", "starlette")}
	return arranged(p)
}

// packagesLayer is a layer of packages.
func packagesLayer(names ...string) plan.Layer {
	return plan.Layer{ID: "packages/" + names[0], Kind: plan.LayerPackages, Packages: names}
}

// arranged gives a plan all of its layers, once more after something was
// changed in it by hand.
func arranged(p *plan.Plan) *plan.Plan {
	p.Layers = plan.Layers(p, slices.DeleteFunc(p.Layers, func(l plan.Layer) bool { return l.Kind != plan.LayerPackages }))
	return p
}

func definition(t *testing.T, p *plan.Plan, w World, target string) [][]byte {
	t.Helper()
	encoded, err := NewGraph(p, w).Target(target)
	if err != nil {
		t.Fatal(err)
	}
	def, err := encoded.State.Marshal(context.Background(), bk.Platform(amd64))
	if err != nil {
		t.Fatal(err)
	}
	return def.Def
}

func ops(t *testing.T, def [][]byte) []*pb.Op {
	t.Helper()
	all := make([]*pb.Op, len(def))
	for n, dt := range def {
		all[n] = &pb.Op{}
		if err := all[n].UnmarshalVT(dt); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestTheGraphIsTheSameEveryTime(t *testing.T) {
	for _, target := range Targets {
		first := definition(t, testPlan(), testWorld(), target)
		for n := range 25 {
			again := definition(t, testPlan(), testWorld(), target)
			if !slices.EqualFunc(first, again, slices.Equal[[]byte]) {
				t.Fatalf("%s: attempt %d gives another graph", target, n)
			}
		}
	}
}

// TestPackagesThatShareALayerAreInstalledInOneStep holds the number of
// containers of a first build down.
func TestPackagesThatShareALayerAreInstalledInOneStep(t *testing.T) {
	p := testPlan()
	p.Packages[0].DirectURL = `{"url":"https://example.com/a=b"}`
	var installs []protocol.InstallWheels
	for _, op := range ops(t, definition(t, p, testWorld(), TargetVenv)) {
		if c, ok := command(op).(protocol.InstallWheels); ok {
			installs = append(installs, c)
		}
	}
	if len(installs) != 3 {
		t.Fatalf("3 layers of packages are made by %d steps", len(installs))
	}
	slices.SortFunc(installs, func(a, b protocol.InstallWheels) int { return len(b.Wheels) - len(a.Wheels) })
	const fastapi, starlette = "/moult/wheels/fastapi/fastapi-0.115.0-py3-none-any.whl", "/moult/wheels/starlette/starlette-0.40.0-py3-none-any.whl"
	direct := []protocol.DirectURL{{Wheel: fastapi, Content: `{"url":"https://example.com/a=b"}`}}
	if got := installs[0]; !slices.Equal(got.Wheels, []string{fastapi, starlette}) || !slices.Equal(got.DirectURLs, direct) {
		t.Errorf("the shared layer's step is %+v", got)
	}
}

func TestNoStepRunsAShell(t *testing.T) {
	for _, op := range ops(t, definition(t, testPlan(), testWorld(), TargetRuntime)) {
		exec := op.GetExec()
		if exec == nil {
			continue
		}
		switch exec.Meta.Args[0] {
		case "/moult/bin/moult-install", "/moult/bin/moult-build":
		default:
			t.Errorf("a step runs %q", exec.Meta.Args)
		}
	}
}

func TestOnlyFetchingReachesTheNetwork(t *testing.T) {
	for _, op := range ops(t, definition(t, testPlan(), testWorld(), TargetRuntime)) {
		exec := op.GetExec()
		if exec == nil {
			continue
		}
		offline := exec.Meta.Args[0] == protocol.InstallTool
		switch command(op).(type) {
		case protocol.Run, protocol.Accounts, protocol.AskBackend, protocol.BuildWheel:
			offline = true
		}
		if offline != (exec.Network == pb.NetMode_NONE) {
			t.Errorf("%q has network mode %v", exec.Meta.Args, exec.Network)
		}
	}
}

func TestEveryFileOperationHasAFixedTime(t *testing.T) {
	for _, merge := range []bool{true, false} {
		w := testWorld()
		w.Can.Merge = merge
		for _, op := range ops(t, definition(t, testPlan(), w, TargetRuntime)) {
			file := op.GetFile()
			if file == nil {
				continue
			}
			for _, a := range file.Actions {
				var when int64
				switch a := a.Action.(type) {
				case *pb.FileAction_Copy:
					when = a.Copy.Timestamp
				case *pb.FileAction_Mkdir:
					when = a.Mkdir.Timestamp
				case *pb.FileAction_Mkfile:
					when = a.Mkfile.Timestamp
				default:
					t.Errorf("an action of type %T", a)
				}
				if when != fixedTime.UnixNano() {
					t.Errorf("%v has the time %d", a, when)
				}
			}
		}
	}
}

func TestTheApplicationHasTheEpochWhereItsLayerIsCopied(t *testing.T) {
	epoch := time.Unix(1_700_000_000, 0)
	w := testWorld()
	w.Can.Merge, w.Epoch = false, &epoch
	times := map[int64]int{}
	for _, op := range ops(t, definition(t, testPlan(), w, TargetRuntime)) {
		for _, a := range op.GetFile().GetActions() {
			if c := a.GetCopy(); c != nil {
				times[c.Timestamp]++
			}
		}
	}
	// Out of the context, and from its layer into the image.
	if times[epoch.UnixNano()] != 2 || len(times) != 2 || times[fixedTime.UnixNano()] == 0 {
		t.Errorf("copies have the times %v", times)
	}
}

func TestWithoutMergeEveryLayerIsCopied(t *testing.T) {
	w := testWorld()
	w.Can.Merge = false
	for _, op := range ops(t, definition(t, testPlan(), w, TargetRuntime)) {
		if op.GetMerge() != nil {
			t.Error("there is a merge")
		}
	}
}

func TestCredentialsAreSecretsOfTheStep(t *testing.T) {
	for _, op := range ops(t, definition(t, testPlan(), testWorld(), TargetRuntime)) {
		exec := op.GetExec()
		if _, ok := command(op).(protocol.Resolve); !ok {
			continue
		}
		ids := map[string]bool{}
		for _, m := range exec.Mounts {
			if m.SecretOpt != nil {
				ids[m.SecretOpt.ID] = true
			}
		}
		for _, id := range []string{"index-password", "GIT_AUTH_TOKEN.git.example.com", "ca-certificates"} {
			if !ids[id] {
				t.Errorf("the resolver is not given the secret %q", id)
			}
		}
	}
}

func TestAnUnknownTargetIsAnError(t *testing.T) {
	if _, err := NewGraph(testPlan(), testWorld()).Target("nonsense"); err == nil {
		t.Error("there is no error")
	}
}

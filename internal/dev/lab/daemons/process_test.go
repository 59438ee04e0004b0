package daemons

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// scratch is a lab with folders and nothing in them.
func scratch(t *testing.T) *lab {
	t.Helper()
	l, unlock, err := open(t.TempDir(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	return l
}

func sleeper(seconds string) service {
	return service{name: "sleeper", argv: []string{"/bin/sleep", seconds}, ready: func(context.Context) error { return nil }}
}

func TestADaemonIsStartedOnceAndReplacedWhenItsCommandChanges(t *testing.T) {
	l := scratch(t)
	t.Cleanup(func() { _ = l.stop("sleeper") })
	pid := func(s service) int {
		t.Helper()
		if err := l.start(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		r, err := l.readRecord(s.name)
		if err != nil || !r.alive() {
			t.Fatalf("%+v %v", r, err)
		}
		return r.PID
	}
	first := pid(sleeper("600"))
	if again := pid(sleeper("600")); again != first {
		t.Errorf("started again: %d, %d", first, again)
	}
	if other := pid(sleeper("601")); other == first {
		t.Error("the old command goes on")
	}
	newer := sleeper("601")
	newer.version = "2"
	before, _ := l.readRecord("sleeper")
	if after := pid(newer); after == before.PID {
		t.Error("the old version goes on")
	}
}

func TestStoppingEndsTheRecordedProcessAndNoOther(t *testing.T) {
	l := scratch(t)
	if err := l.start(t.Context(), sleeper("600")); err != nil {
		t.Fatal(err)
	}
	r, err := l.readRecord("sleeper")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.stop("sleeper"); err != nil {
		t.Fatal(err)
	}
	if r.alive() {
		t.Error("it runs on")
	}
	if err := l.stop("sleeper"); err != nil {
		t.Errorf("stopping twice: %v", err)
	}

	// A process that got the recorded number later is somebody else's.
	stranger := exec.Command("/bin/sleep", "600")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = stranger.Process.Kill()
		_ = stranger.Wait()
	}()
	data := strings.Replace(`{"pid":PID,"started":"1","boot":"`+bootID()+`"}`, "PID", strconv.Itoa(stranger.Process.Pid), 1)
	if err := os.WriteFile(l.recordPath("sleeper"), []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := l.stop("sleeper"); err != nil {
		t.Fatal(err)
	}
	if err := stranger.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the stranger was ended: %v", err)
	}
}

func TestADaemonThatEndsAtOnceIsAnErrorWithItsLog(t *testing.T) {
	l := scratch(t)
	s := service{name: "broken", argv: []string{"/bin/sh", "-c", "echo no luck; exit 3"}, ready: func(context.Context) error { return os.ErrNotExist }}
	if err := l.start(t.Context(), s); err == nil || !strings.Contains(err.Error(), "no luck") {
		t.Errorf("%v", err)
	}
}

func TestPlacesAreChosenOnce(t *testing.T) {
	l := scratch(t)
	if err := l.choosePlaces(); err != nil {
		t.Fatal(err)
	}
	again, unlock, err := open(l.checkout, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if err := again.choosePlaces(); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again.state, l.state) {
		t.Errorf("%+v\n%+v", l.state, again.state)
	}
	env, err := os.ReadFile(filepath.Join(l.dir, "env"))
	if err != nil || !strings.Contains(string(env), "BUILDKIT_HOST='"+l.state.Buildkit+"'") {
		t.Errorf("%s %v", env, err)
	}
}

func TestASecondRunReadsTheStateThatTheFirstOneWrites(t *testing.T) {
	dir := t.TempDir()
	l, unlock, err := open(dir, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	type opened struct {
		registry string
		err      error
	}
	second := make(chan opened)
	go func() {
		l, unlock, err := open(dir, io.Discard)
		if err != nil {
			second <- opened{err: err}
			return
		}
		defer unlock()
		second <- opened{registry: l.state.Registry}
	}()
	select {
	case got := <-second:
		t.Fatalf("the second run does not wait: %+v", got)
	case <-time.After(100 * time.Millisecond):
	}
	l.state.Registry = "127.0.0.1:5000"
	if err := l.state.Write(); err != nil {
		t.Fatal(err)
	}
	unlock()
	if got := <-second; got.err != nil || got.registry != l.state.Registry {
		t.Errorf("the second run has %+v", got)
	}
}

// docker buildx removes the container only while its Docker Engine runs.
func TestAnEngineIsStoppedBeforeTheOneThatItRunsOn(t *testing.T) {
	l := scratch(t)
	below := sleeper("600")
	below.name = containerEngine
	t.Cleanup(func() { _ = l.stop(below.name) })
	if err := l.start(t.Context(), below); err != nil {
		t.Fatal(err)
	}
	r, err := l.readRecord(below.name)
	if err != nil {
		t.Fatal(err)
	}
	instances := filepath.Join(l.dir, "docker", "buildx", "instances")
	if err := os.MkdirAll(instances, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		filepath.Join(instances, containerBuilder): "{}",
		filepath.Join(l.bin, "buildx"):             "#!/bin/sh\nkill -0 " + strconv.Itoa(r.PID) + " && rm " + filepath.Join(instances, containerBuilder) + "\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.stopEngines(t.Context()); err != nil {
		t.Errorf("the container was not removed: %v", err)
	}
	if r.alive() {
		t.Error("its Docker Engine runs on")
	}
}

func TestTheRequiredVersionIsReadFromGoMod(t *testing.T) {
	file := filepath.Join(t.TempDir(), "go.mod")
	text := "module x\n\nrequire one.example/a v1.0.0\n\nrequire (\n\ttwo.example/b v2.1.0 // indirect\n)\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for module, want := range map[string]string{"one.example/a": "v1.0.0", "two.example/b": "v2.1.0", "three.example/c": ""} {
		if got, err := required(file, module); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q %v", module, got, err)
		}
	}
}

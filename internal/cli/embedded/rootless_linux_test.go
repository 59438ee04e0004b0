package embedded

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"
)

func TestASignalIsPassedOn(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer passOn(cmd.Process, syscall.SIGTERM)()
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %v", err)
	}
}

// roleVariable tells the program of the tests to be one of two processes of
// which the second must not outlive the first.
const roleVariable = "MOULT_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "outside":
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), roleVariable+"=inside", fmt.Sprintf("%s=%d", parentVariable, os.Getpid()))
		cmd.Stdout = os.Stdout
		fmt.Println(cmd.Run())
	case "inside":
		var parent int
		_, _ = fmt.Sscan(os.Getenv(parentVariable), &parent)
		if err := endWith(parent); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("inside")
		time.Sleep(time.Minute)
	default:
		os.Exit(m.Run())
	}
}

func TestTheProcessInTheNamespaceEndsWhenItsParentIsKilled(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), roleVariable+"=outside")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	said := bufio.NewReader(r)
	if line, err := said.ReadString('\n'); line != "inside\n" {
		t.Fatalf("it said %q: %v", line, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	// The pipe ends with the last process that holds it.
	if err := r.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(said); err != nil {
		t.Errorf("the process inside lives on: %v; it said %q", err, rest)
	}
}

func TestAProcessWhoseParentIsGoneAlreadyDoesNotStart(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), roleVariable+"=inside", parentVariable+"=-1")
	out, err := cmd.Output()
	if err != nil || string(out) != "the process that started this one is gone\n" {
		t.Errorf("%v: %s", err, out)
	}
}

func TestVariablesAreLeftOutOfAnEnvironment(t *testing.T) {
	env := []string{"A=1", "AB=2", "B=3=4", "C="}
	if got := without(env, "A", "C"); !slices.Equal(got, []string{"AB=2", "B=3=4"}) {
		t.Errorf("%q", got)
	}
	if len(env) != 4 || env[0] != "A=1" {
		t.Errorf("it changed what it was given: %q", env)
	}
}

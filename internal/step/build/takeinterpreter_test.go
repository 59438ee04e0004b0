package build

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/moult-build/moult/internal/step/protocol"
	"github.com/moult-build/moult/internal/step/takenpython"
)

func takenAnswers(t *testing.T, step TakeInterpreter) protocol.Answers {
	t.Helper()
	if err := step.Make(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(step.Out, protocol.AnswersFile))
	if err != nil {
		t.Fatal(err)
	}
	var answers protocol.Answers
	if err := json.Unmarshal(content, &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

func TestAnImageIsAskedAlsoIfItsInterpreterCannotBeTaken(t *testing.T) {
	root := t.TempDir()
	for name, content := range map[string]string{"usr/lib/os-release": "ID=debian\n", "usr/local/bin/python3.13": "#!/bin/sh\n", "opt/tool": ""} {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../usr/lib/os-release", filepath.Join(root, "etc/os-release")); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	a := takenAnswers(t, TakeInterpreter{
		From: root, Interpreter: "/usr/local/bin/python3.13", Library: "/usr/local/lib/python3.13", Out: out,
		Files: []string{"/etc/os-release", "/etc/passwd"}, Folders: []string{"/", "/etc", "/srv"},
	})
	if !strings.Contains(a.NotTaken, "is no program") {
		t.Errorf("the interpreter: %q", a.NotTaken)
	}
	if string(a.Files["/etc/os-release"]) != "ID=debian\n" || len(a.Files) != 1 {
		t.Errorf("the files are %q", a.Files)
	}
	if e := a.Folders["/etc"]["os-release"]; e.Link != "../usr/lib/os-release" || e.Mode&fs.ModeSymlink == 0 {
		t.Errorf("the link is %+v", e)
	}
	if e := a.Folders["/"]["etc"]; !e.Mode.IsDir() || e.Mode.Perm() != 0o700 || len(a.Folders["/"]) != 3 || len(a.Folders) != 2 {
		t.Errorf("the folders are %+v", a.Folders)
	}
	if _, err := os.Stat(filepath.Join(out, protocol.TakenPython)); err == nil {
		t.Error("a part of the interpreter is there")
	}
}

// The machine's own interpreter is as good as any: it has a loader, libraries and codecs.
func TestAnInterpreterCompilesWithoutTheRestOfItsImage(t *testing.T) {
	python := python3(t)
	out, err := exec.CommandContext(t.Context(), python, "-c", "import sys, os; print(os.path.realpath(sys.executable)); print(os.path.dirname(os.__file__))").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(out))
	step := TakeInterpreter{From: "/", Interpreter: lines[0], Library: lines[1], Out: t.TempDir()}
	if a := takenAnswers(t, step); a.NotTaken != "" {
		t.Fatal(a.NotTaken)
	}
	argv, env := takenpython.Command(filepath.Join(step.Out, protocol.TakenPython), "import sys, encodings; print(sys.prefix, encodings.__file__)")
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	cmd.Env = env
	said, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(said), step.Out) != 2 {
		t.Errorf("%s, %v", said, err)
	}
}

func TestALibraryBehindALinkIsNotTaken(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"opt/lib/python3.13", "usr"} {
		if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/opt", filepath.Join(root, "usr/local")); err != nil {
		t.Fatal(err)
	}
	a := takenAnswers(t, TakeInterpreter{From: root, Interpreter: "/opt/bin/python3.13", Library: "/usr/local/lib/python3.13", Out: t.TempDir()})
	if a.NotTaken != "/usr/local/lib/python3.13 is behind a symbolic link" {
		t.Errorf("%q", a.NotTaken)
	}
}

func TestAPipeOfAnImageIsNotRead(t *testing.T) {
	root := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(root, "group"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := (TakeInterpreter{From: root, Files: []string{"/group"}, Out: t.TempDir()}).Make(); err == nil || err.Error() != "read /group: is no regular file" {
		t.Error(err)
	}
}

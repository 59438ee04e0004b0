package build

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/moult-build/moult/internal/step/homefiles"
)

func TestAStepTellsWhatItHasWrittenIntoItsHomeFolder(t *testing.T) {
	home, report := t.TempDir(), t.TempDir()
	t.Setenv("HOME", home)
	if err := os.WriteFile(filepath.Join(home, "before"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	run := Run{
		Args:    []string{"/bin/sh", "-c", "cd; mkdir -p .cache/huggingface/hub .cache/pip static; echo 12345 > .cache/huggingface/hub/m; echo 1 > .cache/huggingface/x; echo > .cache/pip/x; echo >> before; echo > static/x"},
		Outputs: []string{filepath.Join(home, "static")}, Report: report, Console: NewConsole(&bytes.Buffer{}),
	}
	if err := run.Make(t.Context()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(report, homefiles.AnswerFile))
	if err != nil {
		t.Fatal(err)
	}
	got, err := homefiles.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	got = slices.DeleteFunc(got, func(f homefiles.Folder) bool { return f.Home != home })
	info, err := os.Stat(home)
	if err != nil {
		t.Fatal(err)
	}
	want := []homefiles.Folder{{Path: filepath.Join(home, ".cache/huggingface"), Files: 2, Bytes: 8, Home: home, Mode: uint32(info.Mode().Perm())}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

package cli

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAnIgnoreFileThatCannotBeReadIsNotLeftOut(t *testing.T) {
	dir := t.TempDir()
	output := filepath.Join(dir, "Dockerfile")
	if err := writeIgnore([]string{dir}, output, []string{"a"}); err != nil {
		t.Fatal("without one:", err)
	}
	if err := os.Mkdir(filepath.Join(dir, ".dockerignore"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := writeIgnore([]string{dir}, output, []string{"a"}); err == nil {
		t.Error("a folder of that name was taken for a missing file")
	}
}

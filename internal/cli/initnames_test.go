package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNamesOfOtherDockerfilesCannotChangeTheTerminal(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"Dockerfile.\x1b[31mx": "FROM python\n", "main.py": "print(1)\n", "pyproject.toml": "[project]\nname = \"shop\"\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := New("test")
	var out strings.Builder
	c.SetOut(&out)
	c.SetErr(&out)
	c.SetArgs([]string{"init", dir})
	if err := c.Execute(); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); !strings.Contains(text, "there are Dockerfiles with other names") || strings.Contains(text, "\x1b[31mx") {
		t.Errorf("it says %q", text)
	}
}

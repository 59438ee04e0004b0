package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestAScriptThatSourcesActivateRunsTheEnvironmentsPrograms(t *testing.T) {
	prefix := filepath.Join(t.TempDir(), "venv")
	s := Skeleton{Target: Target{Prefix: prefix, Python: "3.13"}, Interpreter: "/usr/bin/python3.13"}
	if err := os.MkdirAll(prefix+"/bin", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"activate": s.activate(), "hello": "#!/bin/sh\necho here\n"} {
		if err := os.WriteFile(prefix+"/bin/"+name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ path, script, want string }{
		{"/usr/bin:/bin", ". PREFIX/bin/activate; hello; echo $VIRTUAL_ENV", "here\nPREFIX\n"},
		{"PREFIX/bin:/usr/bin:/bin", ". PREFIX/bin/activate; echo $PATH", "PREFIX/bin:/usr/bin:/bin\n"},
		{"/usr/bin:PREFIX/bin:/bin", "set -eu; . PREFIX/bin/activate; echo $PATH", "PREFIX/bin:/usr/bin:PREFIX/bin:/bin\n"},
		{"/usr/bin:/bin", ". PREFIX/bin/activate; deactivate; echo $PATH${VIRTUAL_ENV-}; deactivate; echo $PATH", "/usr/bin:/bin\n/usr/bin:/bin\n"},
	} {
		in := func(text string) string { return strings.ReplaceAll(text, "PREFIX", prefix) }
		cmd := exec.Command("/bin/sh", "-c", in(c.script))
		cmd.Env = []string{"PATH=" + in(c.path)}
		out, err := cmd.CombinedOutput()
		if err != nil || string(out) != in(c.want) {
			t.Errorf("%s: %v\n%s", c.script, err, out)
		}
	}
}

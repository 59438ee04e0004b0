package confine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// pip 26.2 has a wheel built in a folder of its cache, which a backend must not see.
func TestAWheelThatPipWantsInItsCacheIsBuiltElsewhereAndCopied(t *testing.T) {
	temporary, cache := t.TempDir(), t.TempDir()
	input := filepath.Join(temporary, "input.json")
	call := func(folder string) {
		t.Helper()
		content, err := json.Marshal(map[string]any{"kwargs": map[string]any{"wheel_directory": folder, "config_settings": map[string]any{"a": "b"}}, "hook": "x"})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(input, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	call(filepath.Join(temporary, "pip-wheel-x"))
	if f, err := redirect(input, temporary); f != nil || err != nil {
		t.Errorf("a folder in pip's temporary one: %v %v", f, err)
	}
	call(cache)
	f, err := redirect(input, temporary)
	if err != nil || f == nil {
		t.Fatal(f, err)
	}
	content, err := os.ReadFile(input)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Hook      string `json:"hook"`
		Arguments struct {
			Wheel    string            `json:"wheel_directory"`
			Settings map[string]string `json:"config_settings"`
		} `json:"kwargs"`
	}
	if err := json.Unmarshal(content, &got); err != nil || got.Arguments.Wheel != f.backends || filepath.Dir(f.backends) != temporary || got.Hook != "x" || got.Arguments.Settings["a"] != "b" {
		t.Errorf("%s %v", content, err)
	}
	secret := filepath.Join(t.TempDir(), "secret")
	for name, content := range map[string]string{filepath.Join(f.backends, "x-1-py3-none-any.whl"): "wheel", secret: "secret"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(secret, filepath.Join(f.backends, "y.whl")); err != nil {
		t.Fatal(err)
	}
	if err := f.deliver(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(cache)
	if err != nil || len(entries) != 1 || entries[0].Name() != "x-1-py3-none-any.whl" {
		t.Errorf("pip gets %v %v", entries, err)
	}
	if _, err := os.Stat(f.backends); !os.IsNotExist(err) {
		t.Errorf("the folder stays: %v", err)
	}
}

func TestACallWithoutAWheelIsNotChanged(t *testing.T) {
	temporary := t.TempDir()
	for _, content := range []string{"", `{"kwargs": {"config_settings": null}}`} {
		input := filepath.Join(temporary, "input.json")
		if content != "" {
			if err := os.WriteFile(input, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if f, err := redirect(input, temporary); f != nil || err != nil {
			t.Errorf("%q: %v %v", content, f, err)
		}
	}
}

package lock_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The answers are those of "uv lock --check" of uv 0.13.9 to the same changes.
// Moult takes two addresses that differ in a slash for one, and lets a limit be in
// a file of the machine.
func TestALockWithOtherSourcesOrSettingsIsStaleAsUVSays(t *testing.T) {
	const folder = "testdata/cases/u-settings"
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	pyproject, lock := read("pyproject.toml"), read("uv.lock")
	const six = `six = { index = "pypi" }`
	for name, c := range map[string]struct{ old, new, want string }{
		"nothing":               {"shop", "shop", ""},
		"another tag":           {`tag = "v1"`, `tag = "v2"`, "pyproject.toml:14:18: uv.lock does not match the project any more: gadget comes from https://git.example/gadget (tag=v2), the lock was made for https://git.example/gadget (tag=v1); run: uv lock"},
		"a branch":              {`tag = "v1"`, `branch = "v1"`, "gadget comes from https://git.example/gadget (branch=v1)"},
		"no tag":                {`, tag = "v1"`, ``, "gadget comes from https://git.example/gadget,"},
		"another repository":    {"git.example/gadget", "git.example/fork", "gadget comes from https://git.example/fork (tag=v1)"},
		"a folder of it":        {`tag = "v1"`, `tag = "v1", subdirectory = "x"`, "gadget comes from"},
		"a user's name":         {"git.example/gadget", "git@git.example/gadget", ""},
		"no repository":         {"gadget = {", "other = {", "gadget comes from an index that is not named, the lock was made for https://git.example/gadget (tag=v1)"},
		"no index":              {six, "", "comes from an index that is not named, the lock was made for the index https://pypi.org/simple"},
		"another index":         {`url = "https://pypi.org/simple"`, `url = "https://index.example/simple"`, "six in override-dependencies comes from the index https://index.example/simple, the lock was made for the index https://pypi.org/simple"},
		"an index more":         {six, six + "\niniconfig = { index = \"pypi\" }", "iniconfig"},
		"a URL":                 {six, `six = { url = "https://files.example/six-1.16.0-py2.py3-none-any.whl" }`, "comes from https://files.example/six-1.16.0-py2.py3-none-any.whl"},
		"a URL in the list":     {`"gadget",`, `"gadget @ https://files.example/gadget.zip",`, ""},
		"a source elsewhere":    {six, six[:len(six)-2] + `, marker = "sys_platform == 'win32'" }`, "six"},
		"another override":      {"six==1.16.0", "six==1.17.0", "pyproject.toml:7:26: uv.lock does not match the project any more: the project asks for six==1.17.0 in override-dependencies, the lock was made for six==1.16.0"},
		"an override respelled": {"six==1.16.0", "Six == 1.16", ""},
		"no override":           {`override-dependencies = ["six==1.16.0"]`, "", "it was made for six==1.16.0 in override-dependencies, which the project does not ask for"},
		"an unused override":    {`"six==1.16.0"`, `"six==1.16.0", "zipp>1"`, ""},
		"a marker that holds":   {"six==1.16.0", "six==1.16.0 ; python_version > '3.0'", ""},
		"another constraint":    {"iniconfig<3", "iniconfig<4", "the project asks for iniconfig<4 in constraint-dependencies"},
		"an unused constraint":  {`"iniconfig<3"`, `"iniconfig<3", "zipp"`, ""},
		"another day":           {"2026-01-01T00:00:00Z", "2026-01-02", ""},
		"another resolution":    {`"highest"`, `"lowest"`, `the project sets resolution = "lowest", the lock was made with "highest"`},
		"no prereleases":        {`prerelease = "allow"`, `prerelease = "disallow"`, `pyproject.toml:12:1: uv.lock does not match the project any more: the project sets prerelease = "disallow", the lock was made with "allow"`},
	} {
		if !strings.Contains(pyproject, c.old) {
			t.Fatalf("%s: the project has no %q", name, c.old)
		}
		check(t, name, strings.Replace(pyproject, c.old, c.new, 1), lock, nil, c.want)
	}
	limit := "[options]\nprerelease-mode = \"allow\"\nexclude-newer = \"2026-01-01T00:00:00Z\"\n"
	if !strings.Contains(lock, limit) {
		t.Fatal("the lock has no limit")
	}
	check(t, "a lock without the limit", pyproject, strings.Replace(lock, limit, "[options]\nprerelease-mode = \"allow\"\n", 1), nil, "the lock was made without exclude-newer")
	// uv.toml is read instead of [tool.uv], so that it may have the overrides.
	without := strings.Replace(pyproject, `override-dependencies = ["six==1.16.0"]`, "", 1)
	check(t, "overrides in uv.toml", without, lock, map[string]string{"uv.toml": `override-dependencies = ["six==1.16.0"]`}, "")
}

// check compares what is wrong with a project and its lock with a part of it; ""
// is nothing.
func check(t *testing.T, name, pyproject, lock string, more map[string]string, want string) {
	t.Helper()
	dir := t.TempDir()
	for file, text := range map[string]string{"pyproject.toml": pyproject, "uv.lock": lock, "uv.toml": more["uv.toml"]} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := selected(t, dir, "3.11.7", nil, nil)
	if want == "" && strings.Contains(got, "not match") || want != "" && !strings.Contains(got, want) {
		t.Errorf("%s: got %q, want %q", name, got, want)
	}
}

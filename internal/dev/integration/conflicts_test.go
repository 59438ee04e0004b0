package integration

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/dev/lab"
)

// clashing is a locked project of two packages with the given modules.
func clashing(t *testing.T, l *lab.Lab, one, two map[string]string) string {
	t.Helper()
	c := l.Packages.Scope(t.Name())
	lock := "lock-version = \"1.0\"\ncreated-by = \"test\"\n"
	for name, modules := range map[string]map[string]string{"clash_one": one, "clash_two": two} {
		file, content := wheelOf(t, name, modules)
		if err := c.Add(file, content); err != nil {
			t.Fatal(err)
		}
		lock += "\n[[packages]]\nname = \"" + strings.ReplaceAll(name, "_", "-") + "\"\nversion = \"1.0\"\nwheels = [{ url = \"" +
			c.FileURL(file) + "\", hashes = { sha256 = \"" + sum(content) + "\" } }]\n"
	}
	return project(t, map[string]string{
		"pylock.toml": lock, "main.py": "print()\n",
		"pyproject.toml": "[project]\nname = \"clashing\"\nversion = \"1\"\ndependencies = [\"clash-one\", \"clash-two\"]\n[tool.moult]\npython = \"3.13\"\n",
	})
}

func TestFilesOfTwoPackagesAreToldOf(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := clashing(t, l,
		map[string]string{"clash_one.py": "1\n", "tests/__init__.py": "1\n", "LICENSE": "same\n"},
		map[string]string{"clash_two.py": "2\n", "tests/__init__.py": "2\n", "LICENSE": "same\n"})
	ref := l.Image("clashing:test")
	b := moult(t, dir)
	b.Exports = append(b.Exports, lab.ToRegistry(ref))
	r := mustBuild(t, l, b)
	if len(r.Warnings) != 1 || !strings.HasPrefix(r.Warnings[0].Short, "FileConflict: clash-") || r.Warnings[0].Line != 4 ||
		!strings.Contains(r.Warnings[0].Short, "both bring tests/__init__.py, with different content") {
		t.Fatalf("the warnings are %+v", r.Warnings)
	}
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	content, err := img.Read("/opt/venv/lib/python3.13/site-packages/tests/__init__.py")
	if err != nil {
		t.Fatal(err)
	}
	winner := map[string]string{"1\n": "clash-one", "2\n": "clash-two"}[string(content)]
	if !strings.Contains(r.Warnings[0].Short, "the image has those of "+winner) {
		t.Errorf("the image has the file of %q, the warning says %q", winner, r.Warnings[0].Short)
	}

	// The comparison is remembered, and its warning is not.
	r = mustBuild(t, l, b)
	if len(r.Warnings) == 0 || slices.Contains(steps(r), compareThePackages) {
		t.Errorf("the second build has the warnings %+v and ran %q", r.Warnings, steps(r))
	}
}

func TestAModuleOfTwoPackagesIsToldOfAndOneCanBeLeftOut(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	modules := map[string]string{"shared/__init__.py": "A = 1\n"}
	other := maps.Clone(modules)
	other["shared/__init__.py"] = "B = 1\n"
	dir := clashing(t, l, modules, other)
	told := func(b lab.Build) bool {
		t.Helper()
		return slices.ContainsFunc(mustBuild(t, l, b).Warnings, func(w lab.Warning) bool {
			return w.Line == 4 && strings.HasPrefix(w.Short, "ModuleConflict: clash-") &&
				strings.Contains(w.Short, "shared/__init__.py") && strings.Contains(w.Short, "install = false")
		})
	}
	if !told(moult(t, dir)) {
		t.Error("nothing is told")
	}
	edit(t, filepath.Join(dir, "pyproject.toml"), "[tool.moult]\n", "[tool.moult]\npackage.clash-two.install = false\n")
	b, ref := push(l, moult(t, dir), "left-out:test")
	if told(b) {
		t.Error("a package that is left out is told of")
	}
	img, err := l.ReadImage(t.Context(), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	content, err := img.Read("/opt/venv/lib/python3.13/site-packages/shared/__init__.py")
	if err != nil || string(content) != "A = 1\n" {
		t.Errorf("the image has %q %v", content, err)
	}
}

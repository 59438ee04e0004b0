package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bkclient "github.com/moby/buildkit/client"

	"github.com/moult-build/moult/internal/dev/lab"
)

// absentModules are the places at which a build says that a module is missing.
func absentModules(r *lab.Result) string {
	var all []string
	for _, w := range r.Warnings {
		if strings.HasPrefix(w.Short, "MissingModule: ") {
			_, rest, _ := strings.Cut(w.Short, " imports ")
			module, _, _ := strings.Cut(rest, ",")
			all = append(all, fmt.Sprintf("%s:%d %s", w.File, w.Line, module))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

func TestAnImportThatNoPackageBringsIsToldOf(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	c := l.Packages.Scope(t.Name())
	file, content := wheelOf(t, "named_other", map[string]string{"brought/__init__.py": "", "space/one.py": ""})
	if err := c.Add(file, content); err != nil {
		t.Fatal(err)
	}
	dir := project(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"lacks\"\nversion = \"1\"\ndependencies = [\"named-other\"]\n[tool.moult]\npython = \"3.13\"\ncmd = [\"python\", \"main.py\"]\n",
		"pylock.toml": "lock-version = \"1.0\"\ncreated-by = \"test\"\n\n[[packages]]\nname = \"named-other\"\nversion = \"1.0\"\nwheels = [{ url = \"" +
			c.FileURL(file) + "\", hashes = { sha256 = \"" + sum(content) + "\" } }]\n",
		"main.py":         "import brought\nimport shop.core\nprint(\"started\")\n",
		"shop/core.py":    "from space import one\n",
		"shop/unused.py":  "import nothing_brings_this\n",
		"shop/nothing.md": "",
	})
	b, ref := push(l, moult(t, dir), "lacks:test")
	if got := absentModules(mustBuild(t, l, b)); got != "" {
		t.Errorf("%q is told where nothing is missing", got)
	}
	if _, err := l.Docker(t.Context(), "pull", "--quiet", ref); err != nil {
		t.Fatal(err)
	}
	if out, err := l.Output(t.Context(), lab.Container{Image: ref}); err != nil || out != "started\n" {
		t.Errorf("it prints %q: %v", out, err)
	}

	edit(t, filepath.Join(dir, "shop/core.py"), "import one\n", "import one\nimport yaml\nfrom space import two\n")
	const want = "shop/core.py:2 yaml; shop/core.py:3 space.two"
	r := mustBuild(t, l, b)
	if got := absentModules(r); got != want || slices.Contains(steps(r), compareThePackages) {
		t.Errorf("it says %q and ran %q", got, steps(r))
	}
	// It is true.
	if _, err := l.Output(t.Context(), lab.Container{Image: ref}); err == nil || !strings.Contains(err.Error(), "No module named 'yaml'") {
		t.Errorf("the container ends with %v", err)
	}
	if got := absentModules(mustBuild(t, l, b)); got != want {
		t.Errorf("the second build says %q", got)
	}
	results, _ := linted(t, l, moult(t, dir))
	if got := sortedLines(placed(results)); got != "shop/core.py:2 MissingModule\nshop/core.py:3 MissingModule" {
		t.Errorf("the check says %q", got)
	}
	if got := absentModules(mustBuild(t, l, moult(t, dir, "build-arg:BUILDKIT_DOCKERFILE_CHECK=skip=MissingModule"))); got != "" {
		t.Errorf("%q is told where the rule is skipped", got)
	}
}

func TestAnImportWithoutAnyPackageIsToldOfWithAnImportedCacheToo(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"nothing\"\nversion = \"1\"\nrequires-python = \">=3.13,<3.14\"\n",
		"main.py":        "import json\nif __name__ == \"__main__\":\n    import yaml\n    print(yaml, json)\n",
	})
	b := moult(t, dir)
	b.CacheImports = []bkclient.CacheOptionsEntry{{Type: "registry", Attrs: map[string]string{"ref": l.Image("no-such:cache")}}}
	if got := absentModules(mustBuild(t, l, b)); got != "main.py:3 yaml" {
		t.Errorf("it says %q", got)
	}
}

func TestASourceThatCannotBeReadIsNoErrorOfTheBuild(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"unread\"\nversion = \"1\"\nrequires-python = \">=3.13,<3.14\"\n[tool.moult]\ncmd = [\"python\", \"main.py\"]\n",
		"main.py":        "import away, large\nimport yaml\n",
		// More than a message of the daemon holds.
		"large.py": "import toml\nDATA = '" + strings.Repeat("0", 17<<20) + "'\n",
	})
	if err := os.Symlink("../elsewhere/away.py", filepath.Join(dir, "away.py")); err != nil {
		t.Fatal(err)
	}
	if got := absentModules(mustBuild(t, l, moult(t, dir))); got != "main.py:2 yaml" {
		t.Errorf("it says %q", got)
	}
}

// A package's own modules are read where they are in the build context.
func TestAnImportOfTheProjectsOwnPackageIsToldOf(t *testing.T) {
	t.Parallel()
	l := lab.Need(t)
	dir := project(t, map[string]string{
		"pyproject.toml": "[project]\nname = \"own-tool\"\nversion = \"1\"\ndescription = \"A tool\"\nrequires-python = \">=3.13,<3.14\"\n[project.scripts]\ntool = \"own_tool.cli:main\"\n" +
			"[build-system]\nrequires = [\"flit_core>=3.11,<4\"]\nbuild-backend = \"flit_core.buildapi\"\n",
		"src/own_tool/__init__.py": "\"\"\"A tool.\"\"\"\n", "src/own_tool/cli.py": "import json\nimport yaml\ndef main(): print(yaml, json)\n",
	})
	if got := absentModules(mustBuild(t, l, moult(t, dir))); got != "src/own_tool/cli.py:2 yaml" {
		t.Errorf("it says %q", got)
	}
}

package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"go.yaml.in/yaml/v3"
)

// renovateBlock is the block of JSON of a page that configures Renovate.
var renovateBlock = regexp.MustCompile("(?s)```json\n([^`]*\"customManagers\"[^`]*)```")

func TestRenovateFindsTheFrontendOfEveryExample(t *testing.T) {
	page, err := os.ReadFile("../../docs/editors.md")
	if err != nil {
		t.Fatal(err)
	}
	block := renovateBlock.FindSubmatch(page)
	if block == nil {
		t.Fatal("the page has no rule")
	}
	var config struct {
		CustomManagers []struct{ ManagerFilePatterns, MatchStrings []string }
	}
	if err := json.Unmarshal(block[1], &config); err != nil {
		t.Fatal(err)
	}
	rule := config.CustomManagers[0]
	// Renovate writes a pattern of files between slashes, and reads both with RE2.
	file := regexp.MustCompile(rule.ManagerFilePatterns[0][1 : len(rule.ManagerFilePatterns[0])-1])
	line := regexp.MustCompile(rule.MatchStrings[0])
	found := 0
	for _, pattern := range []string{"../../examples/*/pyproject.toml", "../../examples/*/moult.toml", "../../examples/*/*/*/pyproject.toml"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(content) < 9 || string(content[:9]) != "# syntax=" {
				continue
			}
			found++
			m := line.FindSubmatch(content)
			if m == nil || !file.MatchString(filepath.ToSlash(name)) || string(m[line.SubexpIndex("depName")]) != "registry.example.com/moult" || string(m[line.SubexpIndex("currentValue")]) != "1" {
				t.Errorf("%s: the rule finds %q", name, m)
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d examples were read", found)
	}
	pinned := "# syntax=localhost:5000/moult:1.2.3@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
	m := line.FindStringSubmatch(pinned)
	if m == nil || m[line.SubexpIndex("depName")] != "localhost:5000/moult" || m[line.SubexpIndex("currentValue")] != "1.2.3" || len(m[line.SubexpIndex("currentDigest")]) != 71 {
		t.Errorf("a pinned frontend is read as %q", m)
	}
}

func TestTheHookRunsWhereALockChanges(t *testing.T) {
	content, err := os.ReadFile("../../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var hooks []struct{ ID, Files string }
	if err := yaml.Unmarshal(content, &hooks); err != nil {
		t.Fatal(err)
	}
	if len(hooks) != 1 || hooks[0].ID != "moult-check" {
		t.Fatalf("the hooks are %v", hooks)
	}
	files := regexp.MustCompile(hooks[0].Files)
	for _, name := range []string{"pyproject.toml", "services/api/moult.toml", "pylock.toml", "pylock.dev.toml", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "Pipfile", "requirements.txt", "requirements-dev.in"} {
		if !files.MatchString(name) {
			t.Errorf("the hook does not run where %s changes", name)
		}
	}
	if files.MatchString("src/main.py") {
		t.Error("the hook runs where code changes")
	}
}

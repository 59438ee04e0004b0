package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep503"
)

// devNames are usual names of groups and extras for development.
var devNames = []string{
	"dev", "develop", "development", "dev-dependencies", "test", "tests", "testing", "lint", "linting", "linters",
	"typing", "types", "typecheck", "mypy", "docs", "doc", "documentation", "ci", "debug", "bench", "benchmark", "pre-commit", "style", "format",
}

// forDevelopment reports whether a target's name, or a word of it, is in
// devNames: "test", "dev-gpu".
func forDevelopment(target string) bool {
	name := pep503.Normalize(target)
	isDev := func(word string) bool { return slices.Contains(devNames, word) }
	return isDev(name) || slices.ContainsFunc(strings.Split(name, "-"), isDev)
}

// devGroup finds groups and extras for development in the image. A target with
// a name for development may have them.
func devGroup(p Project) []Finding {
	if forDevelopment(p.Settings.Target) {
		return nil
	}
	var found []Finding
	for _, g := range p.Settings.Groups {
		if slices.Contains(devNames, pep503.Normalize(g.V)) {
			found = append(found, Finding{Rule: DevGroup, Pos: g.Pos,
				Msg:  fmt.Sprintf("the image gets the dependency group %q", g.V),
				Hint: "take it out of groups; an image for tests is a target of its own ([tool.moult.target.test])"})
		}
	}
	for _, e := range p.Settings.Extras {
		if slices.Contains(devNames, pep503.Normalize(e.V)) {
			found = append(found, Finding{Rule: DevGroup, Pos: e.Pos,
				Msg:  fmt.Sprintf("the image gets the extra %q", e.V),
				Hint: "take it out of extras; an image for tests is a target of its own ([tool.moult.target.test])"})
		}
	}
	return found
}

// defaultGroup finds groups that the project's tool installs unasked, if nothing
// says which groups the image gets. Those for development are not reported: that
// an image does not have them is what everybody expects.
func defaultGroup(p Project) []Finding {
	own := p.Command.Group // a group of the command is no choice of the build file
	if p.Settings.Groups != nil && own == "" || forDevelopment(p.Settings.Target) {
		return nil
	}
	before := ""
	if own != "" {
		before = strconv.Quote(own) + ", "
	}
	var found []Finding
	for _, g := range p.Unasked {
		name := pep503.Normalize(g.Name.V)
		if name == pep503.Normalize(own) {
			continue
		}
		empty := !slices.ContainsFunc(p.Groups, func(s project.Set) bool { return pep503.Normalize(s.Name.V) == name && len(s.Requirements) > 0 })
		if empty || forDevelopment(name) {
			continue
		}
		found = append(found, Finding{Rule: DefaultGroup, Pos: g.Name.Pos,
			Msg:  fmt.Sprintf("%q installs the group %q, and the image does not have it", g.Command, g.Name.V),
			Hint: fmt.Sprintf("write groups = [%s%q] under [tool.moult], or groups = [%s] if the image does not need it", before, g.Name.V, strings.TrimSuffix(before, ", "))})
	}
	return found
}

// devTools are packages that no application needs while it runs. Packages that
// some applications need (ipython, jupyter, coverage in long-running services)
// are not in this list.
var devTools = []string{
	"pytest", "tox", "nox", "hypothesis", "coverage", "codecov", "coveralls", "nose", "nose2", "mock", "responses", "factory-boy", "freezegun", "vcrpy",
	"moto", "testcontainers", "locust",
	"black", "ruff", "flake8", "pylint", "isort", "autopep8", "yapf", "autoflake", "bandit", "safety", "pip-audit", "vulture", "pre-commit", "djlint", "codespell",
	"mypy", "pyright", "basedpyright", "pyre-check", "pytype", "django-stubs", "djangorestframework-stubs", "boto3-stubs", "pandas-stubs",
	"sphinx", "mkdocs", "mkdocs-material", "pdoc",
	"build", "twine", "bump2version", "bumpversion", "bump-my-version", "commitizen", "towncrier", "pip-tools", "cibuildwheel",
	"ipdb", "pudb", "pyinstrument", "memory-profiler", "line-profiler", "django-debug-toolbar", "watchdog-gevent",
}

// isDevTool reports whether a package is one for development, by its
// normalized name.
func isDevTool(name string) bool {
	return slices.Contains(devTools, name) || strings.HasPrefix(name, "pytest-") || strings.HasPrefix(name, "flake8-") ||
		strings.HasPrefix(name, "types-") || strings.HasPrefix(name, "sphinx-") || strings.HasPrefix(name, "mkdocs-")
}

// devTool finds tools for development among the main dependencies.
func devTool(p Project) []Finding {
	if forDevelopment(p.Settings.Target) {
		return nil
	}
	var found []Finding
	for _, r := range chosenRequirements(p) {
		if name := r.NormalizedName(); isDevTool(name) {
			found = append(found, Finding{Rule: DevTool, Pos: r.Pos,
				Msg:  fmt.Sprintf("%s is a tool for development and comes into the image", name),
				Hint: "move it to a dependency group, such as [dependency-groups] dev"})
		}
	}
	return found
}

// chosenRequirements are the requirements of the image that somebody chose. A
// requirement file that is the lock also lists the dependencies of other packages.
func chosenRequirements(p Project) []project.Requirement {
	all := slices.Clone(p.Dependencies)
	if p.Locks == nil || p.Locks.Used == nil {
		for _, f := range p.RequirementFiles {
			all = append(all, f.Requirements...)
		}
	}
	return all
}

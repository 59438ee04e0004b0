package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// browserPackages are packages whose browsers a program of the same name
// downloads apart, each with the variable for the folder of these.
var browserPackages = map[string]string{"playwright": "PLAYWRIGHT_BROWSERS_PATH", "patchright": "PLAYWRIGHT_BROWSERS_PATH"}

// missingBrowser finds packages that drive a browser, where nothing of the build
// file brings one. They install without it, and fail when they start it.
func missingBrowser(p Project) []Finding {
	var found []Finding
	for _, r := range chosenRequirements(p) {
		name := r.NormalizedName()
		variable := browserPackages[name]
		if variable == "" || bringsBrowser(p, name, variable) || slices.ContainsFunc(found, func(f Finding) bool { return strings.HasPrefix(f.Msg, name+" ") }) {
			continue
		}
		found = append(found, Finding{Rule: MissingBrowser, Pos: r.Pos,
			Msg: fmt.Sprintf("%s downloads its browsers apart from its package, and no step does so, so that the program fails when it starts one", name),
			Hint: fmt.Sprintf("write env = {%s = \"/srv/browsers\"} and a step with run = [%q, \"install\", \"chromium\"], network = true and outputs = [\"/srv/browsers\"], and name the browser's libraries under apt.run: %q lists them",
				variable, name, name+" install-deps --dry-run chromium")})
	}
	return found
}

// bringsBrowser reports whether the build file has a step that installs
// browsers, or another source of them: a base or files of an image for
// browsers, a folder that a variable names, or a system package.
func bringsBrowser(p Project, name, variable string) bool {
	s := &p.Settings
	if s.Base != nil && (strings.Contains(s.Base.V, name) || strings.Contains(s.Base.V, "browser")) {
		return true
	}
	return slices.ContainsFunc(s.Env, func(v project.Variable) bool { return v.Name == variable }) ||
		slices.ContainsFunc(s.Steps, func(step project.Step) bool {
			text := strings.Join(step.Run.Strings(), " ")
			return strings.Contains(text, "install") && (strings.Contains(text, name) || strings.Contains(text, "browser")) || strings.Contains(text, "setup")
		}) ||
		slices.ContainsFunc(s.Apt.Run, func(a project.SystemPackage) bool {
			return strings.HasPrefix(a.Name, "chromium") || strings.HasPrefix(a.Name, "firefox") || strings.HasPrefix(a.Name, "google-chrome")
		})
}

package plan

import (
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
)

// Init is an init process that is copied into an image without a package
// manager that has it.
type Init struct {
	// Image is an image with apt.
	Image string `json:"image"`
	// System is the package that has it, installed there.
	System *SystemPackages `json:"system"`
	// From is the program's path there, To the one in the image.
	From string `json:"from"`
	To   string `json:"to"`
}

// initPackage is the package of tini in Debian's and Alpine's distributions;
// Red Hat's have none.
const initPackage = "tini"

// wantsInit reports whether the build file asks for an init process.
func wantsInit(s *project.ImageSettings) bool { return s.Init != nil && s.Init.V }

// initFromPackage reports whether the base's package manager has it.
func initFromPackage(p *project.Project, env environment.Environment) bool {
	return wantsInit(&p.Settings.ImageSettings) && (env.Manager == environment.Apt || env.Manager == environment.Apk)
}

// initProgram is the path of tini in the image.
func initProgram(env environment.Environment) string {
	if env.Manager == environment.Apk {
		return "/sbin/tini"
	}
	return "/usr/bin/tini"
}

// initFor is the init process for a base whose package manager has none; nil
// if none is wanted or the package manager has it. Debian's is linked
// statically, so that it runs everywhere.
func initFor(p *project.Project, python project.Python, env environment.Environment) *Init {
	if !wantsInit(&p.Settings.ImageSettings) || initFromPackage(p, env) {
		return nil
	}
	return &Init{
		Image:  DefaultBase(python.Minor),
		System: &SystemPackages{Manager: environment.Apt, Packages: []string{initPackage}, Pos: p.Settings.Init.Pos},
		From:   "/usr/bin/tini-static",
		To:     initProgram(env),
	}
}

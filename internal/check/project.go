package check

import (
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
)

// Project is the input of the rules that need no image: what the files and the
// arguments of a build say.
type Project struct {
	*project.Project
	// Options say which rules apply.
	Options Options
	// Python is the chosen release; its Minor is "" where none could be chosen.
	Python project.Python
	// Command is what the image runs.
	Command project.Command
	// Locks are the locks that were found; nil if nobody has searched.
	Locks *lock.Found
	// Args are the build arguments that the client has passed.
	Args map[string]string
	// Today is the day of the build, "2026-11-23".
	Today string
}

// Check runs the rules that need no plan.
func (p Project) Check() []Finding {
	if p.Project == nil {
		return p.Options.Check() // it could not be read, which is an error of its own
	}
	var all []Finding
	for _, rule := range []func(Project) []Finding{
		noLock, unlisted, severalLocks, unusedPins, dependencyConfusion, secretInArgument, unusedArgument, secretInEnv,
		pythonEndOfLife, basePatchVersion, devGroup, defaultGroup, devTool, missingBrowser, runsAsRoot, shellCommand, guessedCommand, nothingToPackage, guessedVersion,
	} {
		all = append(all, rule(p)...)
	}
	return append(all, p.Options.Check()...)
}

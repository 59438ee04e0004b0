package check

import (
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
)

// Project is what is known of a build before any image is looked at.
type Project struct {
	*project.Project
	// Options are those that the findings will be filtered by.
	Options Options
	// Python is the chosen release; its Minor is "" where none could be chosen.
	Python project.Python
	// Command is what the image runs.
	Command project.Command
	// Locks is what became of looking for a lock; nil where nobody looked.
	Locks *lock.Found
	// Args are the build arguments that the client has given.
	Args map[string]string
	// Today is the day of the build, "2026-11-23".
	Today string
}

// Check finds what is to be said about a project.
func (p Project) Check() []Finding {
	if p.Project == nil {
		return p.Options.Check() // it could not be read, which is an error of its own
	}
	var all []Finding
	for _, rule := range []func(Project) []Finding{
		noLock, severalLocks, unusedPins, dependencyConfusion, secretInArgument, unusedArgument, secretInEnv,
		pythonEndOfLife, basePatchVersion, devGroup, devTool, runsAsRoot, shellCommand, guessedCommand, nothingToPackage, guessedVersion,
	} {
		all = append(all, rule(p)...)
	}
	return append(all, p.Options.Check()...)
}

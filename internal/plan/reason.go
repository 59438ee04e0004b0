package plan

import (
	"fmt"
	"strings"

	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/tags"
)

// Reasons for the origin of a package, in addition to those of its lock.
const (
	ReasonOwn       = "the project itself"
	reasonDirectory = "a folder of the context"
	reasonFile      = "a file of the context"
	reasonGit       = "a commit of a repository"
	reasonURL       = "a file at its own address"
	reasonResolved  = "what pip chose"
	reasonCompiled  = "what pip chose, or compiled: a wheel for this kind of machine alone"
	reasonChosen    = "the best that its own index has"
	reasonNoBinary  = "to be built from source, as the build file says"
)

// reason says why this file of a package was chosen from all files in the
// lock: in a few words, for people.
func reason(c lock.Chosen, choice lock.Choice, supported *tags.Supported) string {
	switch c.Source.Kind {
	case lock.FromGit:
		return reasonGit
	case lock.FromDirectory:
		return reasonDirectory
	case lock.FromFile:
		return reasonFile
	case lock.FromURL:
		return reasonURL
	}
	var wheels []tags.Wheel
	fit := 0
	for _, a := range c.Wheels {
		w, err := tags.ParseWheelFilename(a.Filename)
		if err != nil {
			continue
		}
		wheels = append(wheels, w)
		if _, ok := supported.Rank(w.Tags); ok {
			fit++
		}
	}
	n := len(wheels)
	switch {
	case choice.Wheel && n == 1:
		return "its only wheel"
	case choice.Wheel && fit == 1:
		return fmt.Sprintf("the only one of %d wheels that fits", n)
	case choice.Wheel:
		return fmt.Sprintf("the best of %d wheels that fit, of %d", fit, n)
	case n == 0:
		return "it has no wheels"
	case fit > 0:
		return "wheels are not allowed"
	case n == 1:
		return "its only wheel does not fit: " + supported.WhyNone(wheels)
	}
	return fmt.Sprintf("none of its %d wheels fits: %s", n, supported.WhyNone(wheels))
}

// reason says the same of a wheel from pip's resolver. Wheels that pip has
// built have the plain platform tag, which no index accepts.
func (u Unlocked) reason(p *project.Project, w tags.Wheel) string {
	if u.Building != nil {
		for _, s := range u.Building.Sources {
			if s.Name == w.Name {
				return reasonOfSource(p, s)
			}
		}
	}
	for _, p := range w.Tags.Platforms {
		if strings.HasPrefix(p, "linux_") {
			return reasonCompiled
		}
	}
	return reasonResolved
}

// reasonOfSource says the same of a source tree of an unlocked project.
func reasonOfSource(p *project.Project, s Source) string {
	switch o := s.Origin.(type) {
	case *Choice:
		if o.NoBinary {
			return reasonNoBinary
		}
		return reasonChosen
	case *ContextFolder:
		if o.Dir == p.Dir && s.Name == pep503.Normalize(p.Name.V) {
			return ReasonOwn
		}
	}
	return reasonDirectory
}

package plan

import (
	"slices"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/step/indexfiles"
)

// LockedPins are the packages of a lock that does not name its files, as pinned
// requirements: only an index tells for which releases of Python they have wheels.
type LockedPins struct {
	Requested *project.Requested
	// hashes are those of the packages' files, by name.
	hashes map[string][]string
}

// PinsOfLock returns the packages of a lock such as Pipfile.lock or a requirement
// file with hashes; ok is false if the lock names its files. req are the project's
// requirements, for their indexes.
func PinsOfLock(l *lock.Lock, sel lock.Selection, python project.Python, platform environment.Platform, req *project.Requested) (pins LockedPins, ok bool) {
	chosen, err := lock.Select(l, sel, defaultEnvironment(python, platform).Markers())
	if err != nil {
		return LockedPins{}, false
	}
	pins = LockedPins{Requested: &project.Requested{Options: req.Options, IndexPins: req.IndexPins}, hashes: map[string][]string{}}
	for _, c := range chosen {
		if _, names := c.NeedsIndex(); !names {
			continue
		}
		text := "==" + c.Version
		set, err := pep440.ParseSpecifierSet(text)
		if err != nil {
			continue
		}
		pins.Requested.Lines = append(pins.Requested.Lines, project.Line{Text: c.Name + text, Name: c.Name, Specifier: set, Pos: c.Pos})
		pins.hashes[c.Name] = c.Hashes
	}
	return pins, len(pins.Requested.Lines) > 0
}

// Locked is an index's answer with the files alone whose hashes the lock has.
func (p LockedPins) Locked(answer indexfiles.Answer) indexfiles.Answer {
	locked := indexfiles.Answer{}
	for name, files := range answer {
		if len(p.hashes[name]) == 0 {
			locked[name] = files // the lock has none
			continue
		}
		for _, f := range files {
			for algorithm, digest := range f.Hashes {
				if slices.Contains(p.hashes[name], algorithm+":"+digest) {
					locked[name] = append(locked[name], f)
					break
				}
			}
		}
	}
	return locked
}

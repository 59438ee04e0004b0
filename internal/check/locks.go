package check

import (
	"fmt"
	"path"
	"strings"

	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// noLock finds projects that have dependencies and no lock. It does not report
// `lock = false`, which is a decision.
func noLock(p Project) []Finding {
	if p.Locks == nil || p.Locks.Used != nil || p.Locks.Unread || p.Settings.Lock.Off {
		return nil
	}
	var pos source.Pos
	for r := range requirements(p.Project) {
		pos = r.Pos
		break
	}
	if !pos.IsValid() {
		return nil
	}
	if err := p.Locks.NotLocked; err != nil && len(p.Locks.Empty) == 0 && almostLocked(p.Project) {
		return []Finding{{Rule: UnpinnedLock, Pos: err.Pos, Msg: "not every line of this requirement file is pinned and hashed, so it is not a lock: " + err.Msg, Hint: err.Hint}}
	}
	if names := p.Locks.Empty; len(names) > 0 {
		return []Finding{{Rule: NoLock, Pos: pos, Msg: fmt.Sprintf("%s empty, and there is no other lock file, so every build may install other versions", are(names)),
			Hint: "remove it; " + lockCommand(p.Project)}}
	}
	return []Finding{{Rule: NoLock, Pos: pos, Msg: "there is no lock file, so every build may install other versions",
		Hint: lockCommand(p.Project)}}
}

// unusedPins finds a requirements.txt whose versions are not installed. It
// reports none if there is a lock: then the file is most often exported from
// it.
func unusedPins(p Project) []Finding {
	if !p.UnusedPins.IsValid() || p.Locks == nil || p.Locks.Used != nil || p.Locks.Unread {
		return nil
	}
	name := path.Base(p.UnusedPins.File.Name)
	hint := fmt.Sprintf("write requirements = [%q] to install these versions%s", name, p.HintTable())
	return []Finding{{Rule: UnusedRequirements, Pos: p.UnusedPins,
		Msg:  fmt.Sprintf("%s is not used, because the dependencies of the project are in a table: pip chooses their versions", name),
		Hint: hint + fmt.Sprintf(", or lock = %q if every line is pinned and hashed", name)}}
}

// almostLocked reports whether a requirement file looks as if it was meant as
// a lock: at least half of its lines are pinned.
func almostLocked(p *project.Project) bool {
	all, pinned := 0, 0
	for _, f := range p.RequirementFiles {
		for _, r := range f.Requirements {
			all++
			if len(r.Hashes) > 0 || strings.HasPrefix(r.Specifier.String(), "==") {
				pinned++
			}
		}
	}
	return pinned*2 >= all
}

// lockCommand returns the command that locks a project, for a hint.
func lockCommand(p *project.Project) string {
	switch p.Locker {
	case project.LockerPoetry:
		return "run poetry lock and commit poetry.lock"
	case project.LockerPDM:
		return "run pdm lock and commit pdm.lock"
	case project.LockerPipenv:
		return "run pipenv lock and commit Pipfile.lock"
	}
	if len(p.Dependencies) == 0 && len(p.RequirementFiles) > 0 {
		return fmt.Sprintf("run uv pip compile --generate-hashes on %s and commit what it writes", p.RequirementFiles[0].Name.V)
	}
	return "run uv lock and commit uv.lock, or save the answer of docker buildx build --call lock"
}

// unlisted finds a lock that lists no files of some packages, so that the files
// are those that the index has.
func unlisted(p Project) []Finding {
	if p.Locks == nil || p.Locks.Used == nil {
		return nil
	}
	var first *lock.Package
	others := 0
	for _, one := range p.Locks.Used.Packages {
		switch {
		case !one.Unlisted:
		case first == nil:
			first = one
		default:
			others++
		}
	}
	if first == nil {
		return nil
	}
	what := first.Name
	if others > 0 {
		what = fmt.Sprintf("%s and %d more packages", first.Name, others)
	}
	return []Finding{{Rule: UnpinnedLock, Pos: first.Pos,
		Msg:  fmt.Sprintf("%s lists no files of %s, so that their files are those of the index, whatever it has", path.Base(p.Locks.Used.File.Name), what),
		Hint: "run: " + p.Locks.Used.Refresh()}}
}

// severalLocks finds lock files that the build does not use.
func severalLocks(p Project) []Finding {
	if p.Locks == nil || p.Locks.Used == nil || len(p.Locks.Others)+len(p.Locks.Empty) == 0 {
		return nil
	}
	var reasons []string
	if names := p.Locks.Empty; len(names) > 0 {
		reasons = append(reasons, are(names)+" empty")
	}
	if names := p.Locks.Others; len(names) > 0 {
		reasons = append(reasons, are(names)+" not")
	}
	hint := fmt.Sprintf("remove the others, or write lock = %q under [tool.moult] to confirm the choice", path.Base(p.Locks.Used.File.Name))
	if w := p.Workspace; w != nil && w.Root != p.Dir && path.Dir(p.Locks.Used.File.Name) == w.Root {
		hint = "remove the others, because the lock of the workspace precedes them"
	}
	return []Finding{{Rule: SeveralLocks, Pos: p.Settings.Pos,
		Msg:  fmt.Sprintf("%s is used; %s", p.Locks.Used.File.Name, strings.Join(reasons, ", ")),
		Hint: hint}}
}

// are begins a sentence about files.
func are(names []string) string {
	if len(names) == 1 {
		return names[0] + " is"
	}
	return strings.Join(names, ", ") + " are"
}

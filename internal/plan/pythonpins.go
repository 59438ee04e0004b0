package plan

import (
	"fmt"
	"slices"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/step/indexfiles"
)

// PinnedRequest is the request to indexes that tells for which releases of
// Python a project without a lock has wheels: the files of each requirement that
// names one version. It is empty where the release is known, or where no
// requirement does.
func PinnedRequest(p *project.Project, python project.Python, req *project.Requested) indexfiles.Request {
	request := indexfiles.Request{Partial: true}
	if !python.Guessed() || p.Settings.Base != nil || p.Settings.PythonFrom != nil || len(project.OpenPythons(p)) < 2 {
		return request
	}
	asked := Relocking{Plan: &Plan{Building: &Building{Indexes: indexes(p, req.Options)}}, Requested: req}
	seen := map[string]bool{}
	for _, line := range req.Lines {
		version, ok := triedVersion(line)
		if !ok || seen[line.Name] {
			continue
		}
		pkg := indexfiles.Package{Name: line.Name, Version: version}
		for _, index := range asked.indexes(line.Name) {
			pkg.Indexes = append(pkg.Indexes, place(&request, index))
		}
		if len(pkg.Indexes) > 0 {
			seen[line.Name] = true
			request.Packages = append(request.Packages, pkg)
		}
	}
	return request
}

// pinnedVersion is the one version that a line allows.
func pinnedVersion(line project.Line) (string, bool) {
	specs := line.Specifier.Specifiers()
	if line.Direct || len(specs) != 1 || specs[0].Op != pep440.Equal || specs[0].Prefix {
		return "", false
	}
	return specs[0].Version.String(), true
}

// triedVersion is the version that a line was written for: the one that it allows,
// or the first of those that differ in the last number (~=10.4.0). The wheels of the
// others are mostly for the same releases of Python.
func triedVersion(line project.Line) (string, bool) {
	specs := line.Specifier.Specifiers()
	if !line.Direct && len(specs) == 1 && specs[0].Op == pep440.Compatible && specs[0].Version.ReleaseLen() > 2 {
		return specs[0].Version.String(), true
	}
	return pinnedVersion(line)
}

// PythonForPins is the newest release that the project allows and for which the
// fewest pinned requirements have to be compiled, by what the indexes answer.
// Where most requirements are pinned, it is one that was out when the youngest of
// them was uploaded: nobody has tried them with a later one. ok is false where
// nothing tells the releases apart.
func PythonForPins(p *project.Project, python project.Python, req *project.Requested, answer indexfiles.Answer, platform environment.Platform) (chosen project.Python, ok bool) {
	all := project.UsualPythons(p)
	candidates := all
	day := youngest(req, answer)
	if day != "" {
		candidates = slices.DeleteFunc(slices.Clone(all), func(c project.Python) bool { return !c.ReleasedBy(day) })
		if len(candidates) == 0 {
			candidates = all[len(all)-1:]
		}
	}
	fewest := -1
	for _, candidate := range candidates {
		if n, _ := unfitting(req, answer, pinnedEnvironment(candidate, platform)); fewest < 0 || n < fewest {
			fewest, chosen = n, candidate
		}
	}
	if fewest < 0 || chosen.Minor == python.Minor {
		return project.Python{}, false
	}
	_, example := unfitting(req, answer, pinnedEnvironment(candidates[0], platform))
	switch {
	case chosen.Minor == candidates[0].Minor && day != "":
		chosen.Reason = "the newest that was out when the youngest pinned requirement was, on " + day
	case fewest > 0:
		chosen.Reason = fmt.Sprintf("the newest for which the fewest pinned requirements have to be compiled; %s has no wheel for %s", example, candidates[0].Minor)
	case example == "":
		// Another reason than a wheel had told for an older one.
		chosen.Reason = "the newest for which every pinned requirement has a wheel"
	default:
		chosen.Reason = fmt.Sprintf("the newest for which every pinned requirement has a wheel; %s has none for %s", example, candidates[0].Minor)
	}
	chosen.Why, chosen.Pos, chosen.Reason = project.PythonByPins, python.Pos, p.Limited(chosen.Reason)
	return chosen, true
}

// youngest is the day on which the youngest of the pinned versions was uploaded;
// "" where the index does not say it, or where less than three quarters of the
// requirements are pinned, so that the others say as much of the project's age.
func youngest(req *project.Requested, answer indexfiles.Answer) string {
	pinned, day := 0, ""
	for _, line := range req.Lines {
		if _, ok := pinnedVersion(line); !ok {
			continue
		}
		pinned++
		first := ""
		for _, f := range answer[line.Name] {
			if f.Uploaded != "" && (first == "" || f.Uploaded < first) {
				first = f.Uploaded
			}
		}
		day = max(day, first)
	}
	if 4*pinned < 3*len(req.Lines) {
		return ""
	}
	return day
}

// pinnedEnvironment is that of the default base of a release. The patch version
// is one that no marker excludes.
func pinnedEnvironment(python project.Python, platform environment.Platform) environment.Environment {
	env := defaultEnvironment(python, platform)
	env.Python.Full = python.Minor + ".20"
	return env
}

// unfitting counts the pinned requirements that have wheels, but none for an
// environment, or that are not for its Python at all.
func unfitting(req *project.Requested, answer indexfiles.Answer, env environment.Environment) (n int, example string) {
	supported, markers := env.Tags(), env.Markers()
	for _, line := range req.Lines {
		files := answer[line.Name]
		if _, ok := triedVersion(line); !ok || len(files) == 0 || !applies(line.Text, markers) {
			continue
		}
		if !fitsAny(files, supported, env.Python.Full) {
			n++
			if example == "" {
				example = line.Text
			}
		}
	}
	return n, example
}

// fitsAny reports whether one of a version's files can be installed without a
// compiler: a wheel that fits, or a source where there is no wheel at all.
func fitsAny(files []indexfiles.File, supported *tags.Supported, python string) bool {
	var wheels []tags.Wheel
	source, anyWheel := false, false
	for _, f := range files {
		w, err := tags.ParseWheelFilename(f.Filename)
		isWheel := err == nil
		anyWheel = anyWheel || isWheel
		if f.RequiresPython != "" {
			set, err := pep440.ParseSpecifierSet(f.RequiresPython)
			if err == nil && !set.ContainsString(python, pep440.PrereleasesDenied) {
				continue
			}
		}
		if isWheel {
			wheels = append(wheels, w)
		} else {
			source = true
		}
	}
	if !anyWheel {
		return source
	}
	_, ok := supported.Best(wheels)
	return ok
}

// applies reports whether a requirement applies to an environment.
func applies(text string, env pep508.Environment) bool {
	r, err := pep508.ParseRequirement(text)
	if err != nil {
		return false
	}
	ok, err := r.Marker.Evaluate(env, pep508.Active{Context: pep508.InRequirement})
	return err == nil && ok
}

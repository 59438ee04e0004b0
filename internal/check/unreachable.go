package check

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/docker/go-units"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project/start"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/homefiles"
)

// unreachable finds files that steps and [[files]] put below a folder that the
// image's user may not enter, such as /root.
func unreachable(p Plan) []Finding {
	if isRoot(p.Plan) {
		return nil
	}
	enter := mayEnter(p.Plan)
	var found []Finding
	report := func(to string, parents []plan.ParentDirectory, pos source.Pos) {
		n := slices.IndexFunc(parents, func(d plan.ParentDirectory) bool {
			return d.Mode&enter == 0 && d.UID == 0 && d.GID == 0 && start.Within(d.Path, to) != to
		})
		if n < 0 {
			return
		}
		f := Finding{Rule: UnreachableFile, Pos: pos,
			Msg:  fmt.Sprintf("the image has %s, which its user cannot reach: only root may enter %s", to, parents[n].Path),
			Hint: "let the step write to a folder such as /srv, and name this folder in outputs and, by a variable, to the program"}
		if variable, folder := otherFolder(to); variable != "" {
			f.Hint = fmt.Sprintf("write env = {%s = %q} for the step and%s, and %s instead of %s", variable, folder, p.HintTable(), folder, to)
		}
		found = append(found, f)
	}
	for _, s := range p.Plan.Steps {
		for _, o := range s.Outputs.All() {
			report(o.Path, o.Parents, s.Pos)
		}
	}
	for _, f := range p.Plan.Files {
		report(path.Clean(f.To), f.Parents, f.Pos)
	}
	return found
}

// isRoot reports whether the image's user may enter every folder.
func isRoot(p *plan.Plan) bool {
	user, _, _ := strings.Cut(p.Config.User, ":")
	return user == "" || user == "root" || user == "0" || p.User != nil && p.User.UID == 0
}

// mayEnter are the permissions of root's folders of which the image's user needs one
// to enter them.
func mayEnter(p *plan.Plan) uint32 {
	_, group, named := strings.Cut(p.Config.User, ":")
	if group == "0" || group == "root" || !named && (p.User == nil || p.User.GID == 0) {
		return 0o011 // as in images for OpenShift, whose users have root's group
	}
	return 0o001
}

// otherFolder returns the variable that tells a program another folder than one in the
// home folder, and such a folder; "" if none is known.
func otherFolder(to string) (variable, folder string) {
	variable, name := homefiles.Variable(to)
	return variable, "/srv/" + name
}

func numberOf(files int) string {
	if files == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", files)
}

// largeHomeFiles is the size from which files in the home folder are probably needed
// when the image runs.
const largeHomeFiles = 5_000_000

// HomeFiles reports what a step has written into its home folder and the program
// does not find when the image runs: the image has it below a folder that its
// user may not enter, or does not have it, because no output names it.
func HomeFiles(p Plan, s plan.Step, folders []homefiles.Folder) []Finding {
	home, _ := environment.LookupEnv(p.Plan.Config.Env, "HOME")
	var found []Finding
	for _, f := range folders {
		variable, folder := otherFolder(f.Path)
		msg := fmt.Sprintf("the step has written %s (%s, %s), ", f.Path, units.HumanSize(float64(f.Bytes)), numberOf(f.Files))
		hint := "let the step write to a folder such as /srv, "
		switch {
		case s.Outputs != nil:
			// Many programs leave something in the home folder that nobody misses.
			if variable == "" && f.Bytes < largeHomeFiles {
				continue
			}
			msg += "and the image does not get it: no output names it"
			hint += "name it in outputs, and tell the program this folder"
		case f.Home == home && f.Home != "/root" || isRoot(p.Plan) || f.Mode&mayEnter(p.Plan) != 0:
			continue
		default:
			msg += "which the image's user cannot reach: only root may enter " + f.Home
			hint += "and tell the program this folder"
		}
		if variable != "" {
			hint = fmt.Sprintf("write env = {%s = %q} for the step and%s", variable, folder, p.HintTable())
			if s.Outputs != nil {
				hint += fmt.Sprintf(", and add %q to its outputs", folder)
			}
		}
		found = append(found, Finding{Rule: UnreachableFile, Pos: s.Pos, Msg: msg, Hint: hint})
	}
	return found
}

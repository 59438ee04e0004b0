package check

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/check/imports"
	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/start"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/stdlib"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
)

// PackageSources is the folder of imports.Files below which the folders are from
// which packages are built. It is no folder of the image.
const PackageSources = "/.context"

// Started is the program that an image starts, with the project's sources. The
// caller adds the modules of the packages. ok is false if a program may get
// modules that are not known here.
func Started(p *project.Project, pl *plan.Plan, files imports.Files) (img imports.Image, ok bool) {
	img = imports.Image{
		Python: pl.Environment.Python.Name(), Workdir: pl.Config.WorkingDir, Files: files,
		Command: slices.Concat(pl.Config.Entrypoint, pl.Config.Cmd), Path: environment.Getenv(pl.Config.Env, "PYTHONPATH"),
		Settings: environment.Getenv(pl.Config.Env, "DJANGO_SETTINGS_MODULE"), Scripts: map[string]string{},
	}
	if environment.Getenv(pl.Config.Env, "PYTHONHOME") != "" || len(img.Command) == 0 || !path.IsAbs(img.Workdir) {
		return img, false
	}
	for _, s := range pl.Steps {
		if s.HasNoOutputs() {
			continue
		}
		if s.Outputs == nil {
			return img, false // it may write anything
		}
		for _, o := range s.Outputs.All() {
			img.Added = append(img.Added, o.Path)
		}
	}
	for _, f := range pl.Files {
		to := f.To
		if f.Name != "" && strings.HasSuffix(to, "/") {
			to += f.Name
		}
		img.Added = append(img.Added, to)
	}
	if a := pl.App; a != nil && len(a.Added) > 0 {
		img.Added = append(img.Added, a.Dir)
	}
	if sys := pl.System; sys != nil && slices.ContainsFunc(sys.Packages, func(name string) bool {
		return strings.HasPrefix(name, "python3-") || strings.HasPrefix(name, "py3-")
	}) {
		return img, false // a program may search the distribution's folders
	}
	if pl.Building != nil {
		for _, s := range pl.Building.Sources {
			if folder, is := s.Origin.(*plan.ContextFolder); is {
				dir := path.Join(PackageSources, folder.Dir, s.Subdirectory)
				img.Packaged = append(img.Packaged, path.Join(dir, "src"), dir)
				img.Own = append(img.Own, start.ModuleName(s.Name))
			}
		}
	}
	if p.BuildSystem != nil {
		for _, s := range p.Scripts {
			img.Scripts[s.Name.V] = s.Target.V
			top, _, _ := strings.Cut(s.Module(), ".")
			img.Own = append(img.Own, top)
		}
	}
	return img, true
}

// Imports is the input of the rule MissingModule: what the program of an image
// imports in vain.
type Imports struct {
	*project.Project
	Missing []imports.Missing
	// Command is the line that decides on the command.
	Command source.Pos
	// File returns the user's file at a path of the image's sources.
	File func(at string) *source.File
	// Requirements are the application's requirement files that the build does not
	// read.
	Requirements []*source.File
	// Locked is true if the packages come from a lock.
	Locked bool
}

// Check reports the modules without which the program cannot start.
func (in Imports) Check() []Finding {
	var found []Finding
	for _, m := range in.Missing {
		f := Finding{Rule: MissingModule, Pos: in.Command, Hint: in.add(m)}
		who := "the command"
		if m.File != "" {
			f.Pos = source.Pos{File: in.File(m.File), Line: m.Line, Col: m.Col}
			who = f.Pos.File.Name
		}
		why := "which the image does not have"
		switch {
		case m.Presence == stdlib.Removed:
			why = "which Python does not have since " + m.Since
		case m.Presence == stdlib.Added:
			why = "which Python has since " + m.Since
		case m.Presence == stdlib.Windows:
			why = "which Python has only on Windows"
		case m.Folder != "":
			why = fmt.Sprintf("which is in %s, where Python does not look for it", m.Folder)
		}
		f.Msg = fmt.Sprintf("%s imports %s, %s, so that the program fails at its start", who, m.Module, why)
		found = append(found, f)
	}
	return found
}

// add says what to write for a missing module.
func (in Imports) add(m imports.Missing) string {
	names := imports.Distributions(m.Module)
	for part := m.Module; names == nil && strings.Contains(part, "."); {
		part = part[:strings.LastIndex(part, ".")]
		names = imports.Distributions(part)
	}
	older := ""
	if minor, err := strconv.Atoi(strings.TrimPrefix(m.Since, "3.")); err == nil {
		older = fmt.Sprintf("write python = %q%s", "3."+strconv.Itoa(minor-1), in.HintTable())
	}
	switch {
	case m.Folder != "":
		return fmt.Sprintf("write env = {PYTHONPATH = %q}%s", m.Folder, in.HintTable())
	case m.Presence == stdlib.Removed && names != nil:
		return fmt.Sprintf("add %s to the requirements, or %s", names[0], older)
	case m.Presence == stdlib.Removed:
		return older
	case m.Presence == stdlib.Added:
		return fmt.Sprintf("write python = %q%s", m.Since, in.HintTable())
	case m.Presence == stdlib.Windows:
		return "import it on Windows only"
	case m.Own:
		return "add the file to the project, or to the image if .dockerignore leaves it out"
	}
	known := append(slices.Clone(names), pep503.Normalize(m.Module))
	if where := in.named(known); where != "" {
		return where
	}
	if names != nil {
		return fmt.Sprintf("add %s to the requirements", names[0])
	}
	return "add its package to the requirements, or the file to the project"
}

// named says where the project names one of the packages: in an extra or a
// group that is not installed, or in a requirement file that is not read.
func (in Imports) named(packages []string) string {
	for _, sets := range []struct {
		key  string
		sets []project.Set
	}{{"extras", in.Extras}, {"groups", in.Groups}} {
		for _, set := range sets.sets {
			if slices.ContainsFunc(set.Requirements, func(r project.Requirement) bool { return slices.Contains(packages, r.NormalizedName()) }) {
				return fmt.Sprintf("write %s = [%q]%s, or move it from there to the requirements", sets.key, set.Name.V, in.HintTable())
			}
		}
	}
	for _, file := range in.Requirements {
		for line := range strings.Lines(string(file.Data)) {
			name := requirementName.FindString(strings.TrimSpace(line))
			switch {
			case name == "" || !slices.Contains(packages, pep503.Normalize(name)):
			case in.Locked:
				return fmt.Sprintf("add %s to the lock; only %s has it, which is not used", pep503.Normalize(name), file.Name)
			default:
				return fmt.Sprintf("write requirements = [%q]%s, where it is", start.Within(in.Dir, file.Name), in.HintTable())
			}
		}
	}
	return ""
}

// requirementName matches the name at the beginning of a requirement.
var requirementName = regex.New(`^[A-Za-z0-9][A-Za-z0-9._-]*`)

package fromdockerfile

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// chain returns a stage and the stages on which it is based, the lowest first.
func (d *dockerfile) chain(s *instructions.Stage) []*instructions.Stage {
	all := []*instructions.Stage{s}
	for len(all) < 20 {
		parent := d.stages[strings.ToLower(d.expand(all[0].BaseName, d.args))]
		if parent == nil || slices.Contains(all, parent) {
			break
		}
		all = append([]*instructions.Stage{parent}, all...)
	}
	return all
}

// image reads the stages that make an image.
func (d *dockerfile) image(stages []instructions.Stage, final *instructions.Stage) {
	image := d.chain(final)
	d.base(d.expand(image[0].BaseName, d.args))
	d.bareBase(image)
	builders := d.builders(image)
	for n := range stages {
		s := &stages[n]
		if slices.Contains(image, s) {
			continue
		}
		if !d.pythonStage(s) {
			d.note(s.Location, s.OrigCmd+" "+s.BaseName+as(s.Name), "write it as [tool.moult.stage."+cmp.Or(s.Name, "NAME")+"] with its steps and outputs")
			continue
		}
		if !slices.Contains(builders, s) {
			continue // another target
		}
		d.enter(true)
		d.current = s
		// Only the instructions of this stage are read here; its parents have their
		// own turn.
		for _, parent := range d.chain(s) {
			for _, c := range parent.Commands {
				if parent == s {
					d.builderCommand(c)
				} else {
					d.scope(c)
				}
			}
		}
		d.inStages[s] = d.copies
	}
	d.home = d.appFolder(image)
	d.enter(false)
	for _, s := range image {
		d.ownCmd = false
		for _, c := range s.Commands {
			d.command(c)
		}
	}
	d.finish()
}

// builders returns the stages from which an image's stages copy, and the
// parents of those.
func (d *dockerfile) builders(image []*instructions.Stage) []*instructions.Stage {
	var all []*instructions.Stage
	for todo := image; len(todo) > 0; {
		s := todo[0]
		todo = todo[1:]
		for _, c := range s.Commands {
			var from []string
			switch c := c.(type) {
			case *instructions.CopyCommand:
				from = append(from, c.From)
			case *instructions.RunCommand:
				for _, m := range d.mounts(c) {
					from = append(from, m.From)
				}
			}
			for _, name := range from {
				other := d.stage(d.expand(name, d.args))
				if other == nil {
					continue
				}
				for _, o := range d.chain(other) {
					if !slices.Contains(all, o) && !slices.Contains(image, o) {
						all, todo = append(all, o), append(slices.Clone(todo), o)
					}
				}
			}
		}
	}
	return all
}

// enter resets the state of the current stage, before a stage and its parents
// are read.
func (d *dockerfile) enter(builder bool) {
	d.builder, d.workdir, d.vars, d.copies = builder, "/", map[string]string{}, nil
}

// scope applies the effects of an instruction on later ones: the working
// directory and variables.
func (d *dockerfile) scope(c instructions.Command) {
	switch c := c.(type) {
	case *instructions.EnvCommand:
		for _, kv := range c.Env {
			d.vars[kv.Key] = d.expand(kv.Value, d.vars)
		}
	case *instructions.ArgCommand:
		for _, a := range c.Args {
			d.arguments[a.Key] = true
			if a.Value != nil {
				d.vars[a.Key] = d.expand(*a.Value, d.vars)
			} else if v, ok := d.args[a.Key]; ok {
				d.vars[a.Key] = v
			}
		}
	case *instructions.WorkdirCommand:
		d.workdir = clean(d.workdir, d.expand(c.Path, d.vars))
	}
}

// builderCommand reads an instruction of a stage that builds the environment.
func (d *dockerfile) builderCommand(c instructions.Command) {
	d.scope(c)
	switch c := c.(type) {
	case *instructions.RunCommand:
		d.run(c, true)
	case *instructions.CopyCommand:
		d.copy(c)
	case *instructions.AddCommand:
		if len(c.SourcePaths) > 0 && !isURL(c.SourcePaths[0]) {
			d.copyPaths(c.SourcesAndDest, copyOptions{})
		}
	}
}

// appFolder returns the project's folder in the image: the destination of the
// copy of the whole project, or else the working directory.
func (d *dockerfile) appFolder(image []*instructions.Stage) string {
	d.enter(true)
	whole := ""
	for _, s := range image {
		for _, c := range s.Commands {
			d.scope(c)
			var paths instructions.SourcesAndDest
			switch c := c.(type) {
			case *instructions.CopyCommand:
				if c.From == "" {
					paths = c.SourcesAndDest
				}
			case *instructions.AddCommand:
				paths = c.SourcesAndDest
			}
			if len(paths.SourcePaths) == 1 && path.Clean(strings.TrimLeft(paths.SourcePaths[0], "/")) == "." {
				whole = clean(d.workdir, d.expand(paths.DestPath, d.vars))
			}
		}
	}
	// A copy that is only made for an installation is not the application.
	if _, temporary := below("/tmp", whole); whole != "" && whole != "/" && !temporary {
		return whole
	}
	if whole == "/" && d.workdir != "/" && d.project.known() && d.project.folder(d.workdir[1:]) {
		return "/" // the working directory is a folder of the project
	}
	return d.workdir
}

func as(name string) string {
	if name == "" {
		return ""
	}
	return " AS " + name
}

// pythonStage reports whether a stage builds the Python environment, as Moult's
// builder does.
func (d *dockerfile) pythonStage(s *instructions.Stage) bool {
	base := d.expand(d.chain(s)[0].BaseName, d.args)
	if strings.Contains(base, "python") || strings.Contains(base, "astral-sh/uv") {
		return true
	}
	for _, c := range s.Commands {
		if run, ok := c.(*instructions.RunCommand); ok && installer.MatchString(strings.Join(run.CmdLine, " ")) {
			return true
		}
	}
	return false
}

package fromdockerfile

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// builtStep is a command of the project in a stage from which the image copies,
// with the variables of the stage.
type builtStep struct {
	stage *instructions.Stage
	command
	vars map[string]string
	used bool
}

// remember keeps a command of the project in a stage for fromStage.
func (d *dockerfile) remember(c command) {
	d.built = append(d.built, builtStep{stage: d.current, command: c, vars: maps.Clone(d.vars)})
}

// fromStage turns the commands of a stage into steps of the image, if the image
// copies the folder in which they work, or what they make there, to the same
// place of its own application. It reports whether there are any.
func (d *dockerfile) fromStage(s *instructions.Stage, src, dest string) bool {
	chain, any := d.chain(s), false
	for n := range d.built {
		b := &d.built[n]
		at := ""
		if rel, ok := below(src, b.cwd); ok {
			at = path.Join(dest, rel)
		} else if rel, ok := below(b.cwd, src); ok && strings.HasSuffix(dest, "/"+rel) {
			at = strings.TrimSuffix(dest, "/"+rel)
		}
		if _, ok := below(d.home, at); !ok || !slices.Contains(chain, b.stage) {
			continue
		}
		any = true
		if b.used {
			continue
		}
		b.used = true
		c := b.command
		c.builder, c.cwd = false, at
		for _, name := range sortedKeys(b.vars) {
			if v, ok := d.vars[name]; name != "PATH" && !isOurs(name) && !namesOurs(b.vars[name]) && (!ok || v != b.vars[name]) {
				c.ofStage = append(c.ofStage, Variable{name, b.vars[name]})
			}
		}
		d.step(c)
	}
	return any
}

// unbuilt reports the commands of stages that are no steps.
func (d *dockerfile) unbuilt() {
	for _, b := range d.built {
		if !b.used {
			d.note(b.at, b.line(), ofWheel)
		}
	}
}

// ofWheel says what becomes of a command in a stage of the environment.
const ofWheel = "if a wheel needs it, put it into a stage: [tool.moult.stage.NAME]"

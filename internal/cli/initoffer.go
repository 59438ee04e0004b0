package cli

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/cli/fromdockerfile"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/start"
)

// offer adds to a proposal the extras and groups that the commands of its images
// need, and reports whether there are any. content is the build file that it gives.
func (i initializer) offer(p *fromdockerfile.Proposal, read, name string, content []byte) bool {
	changed := false
	add := func(target string, cmd []string, extras, groups *[]string, reset *[]string) {
		found := offered(os.DirFS(i.dir), name, content, target, cmd)
		if found.Name == "" {
			return
		}
		key, list := "extras", extras
		if found.Group {
			key, list = "groups", groups
		}
		*list, changed = append(slices.Clone(*list), found.Name), true
		if reset != nil {
			*reset = slices.DeleteFunc(*reset, func(line string) bool { return strings.HasPrefix(line, key+" =") })
		}
		p.Notes = append(p.Notes, fromdockerfile.Note{File: read, Text: found.Program, Why: fmt.Sprintf("%s has %q, because nothing else that the project asks for has the command's program", key, found.Name)})
	}
	// A list of a target takes the place of the image's.
	for n := range p.Targets {
		t := &p.Targets[n]
		o := &t.Differs
		if o.Cmd == nil && o.Entrypoint == nil {
			continue
		}
		extras, groups := o.Extras, o.Groups
		if extras == nil && !resets(t.Reset, "extras") {
			extras = p.Extras
		}
		if groups == nil && !resets(t.Reset, "groups") {
			groups = p.Groups
		}
		kept, keptGroups := len(extras), len(groups)
		entrypoint, cmd := o.Entrypoint, o.Cmd
		if entrypoint == nil && !resets(t.Reset, "entrypoint") {
			entrypoint = p.Entrypoint
		}
		if cmd == nil && o.Entrypoint == nil {
			cmd = p.Cmd
		}
		add(t.Name, slices.Concat(entrypoint, cmd), &extras, &groups, &t.Reset)
		if len(extras) > kept {
			o.Extras = extras
		}
		if len(groups) > keptGroups {
			o.Groups = groups
		}
	}
	add("", slices.Concat(p.Entrypoint, p.Cmd), &p.Extras, &p.Groups, nil)
	return changed
}

// resets reports whether lines of a target take a key of the image away.
func resets(lines []string, key string) bool {
	return slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, key+" =") })
}

// offered is the extra or the group that a command of a target of the new build file
// needs.
func offered(dir fs.FS, name string, content []byte, target string, cmd []string) start.Offered {
	if len(cmd) == 0 {
		return start.Offered{}
	}
	p, err := project.Read(written{project.FS(dir), name, content}, name, project.Options{Target: target})
	if err != nil {
		return start.Offered{}
	}
	requested, err := project.Requirements(p, project.Selection{Extras: p.Settings.Extras, Groups: p.Settings.Groups})
	if err != nil {
		return start.Offered{}
	}
	return start.Offering(p, start.Installed(requested), cmd)
}

package fromdockerfile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// copy reads COPY.
func (d *dockerfile) copy(c *instructions.CopyCommand) {
	at := c.Location()
	if c.From == "" {
		d.copyPaths(c.SourcesAndDest, at, c.String())
		return
	}
	from := d.expand(c.From, d.args)
	if s := d.stages[strings.ToLower(from)]; s != nil || strings.Trim(from, "0123456789") == "" {
		if s == nil || d.pythonStage(s) {
			return // the environment, which Moult lays out itself
		}
		d.note(at, c.String(), fmt.Sprintf("give the stage outputs = {%q = %q}", path.Base(c.SourcePaths[0]), clean(d.workdir, c.DestPath)))
		return
	}
	if strings.Contains(from, "astral-sh/uv") {
		return // a tool that installs
	}
	for _, src := range c.SourcePaths {
		to := clean(d.workdir, c.DestPath)
		if strings.HasSuffix(c.DestPath, "/") {
			to += "/"
		}
		d.Files = append(d.Files, File{Image: from, From: src, To: to})
	}
}

// copyPaths reads what is copied from the context. What goes to the
// application's folder needs no word: the whole project does.
func (d *dockerfile) copyPaths(c instructions.SourcesAndDest, at []parser.Range, text string) {
	if len(c.SourceContents) > 0 {
		d.note(at, text, "put the text into a file of the project")
		return
	}
	dest := clean(d.workdir, d.expand(c.DestPath, d.args))
	for _, src := range c.SourcePaths {
		src = path.Clean(strings.TrimPrefix(src, "/"))
		base := path.Base(src)
		target := dest
		if strings.HasSuffix(c.DestPath, "/") || len(c.SourcePaths) > 1 || c.DestPath == "." || strings.HasSuffix(c.DestPath, "/.") {
			target = path.Join(dest, base)
		}
		switch {
		case src == "." || target == path.Join(d.workdir, src) || dest == path.Join(d.workdir, src):
			continue
		case isProjectFile(base):
			continue // read where it is
		case strings.HasPrefix(dest, d.workdir+"/") || dest == d.workdir:
			if target == path.Join(d.workdir, base) || dest == d.workdir {
				// The contents of a folder, at the application's root.
				d.note(at, text, fmt.Sprintf("the application is copied as it lies in the project, so that %s is at %s", src, path.Join(d.workdir, src)))
				continue
			}
			fallthrough
		default:
			to := dest
			if strings.HasSuffix(c.DestPath, "/") || len(c.SourcePaths) > 1 {
				to += "/"
			}
			d.Files = append(d.Files, File{From: src, To: to})
		}
	}
}

func isProjectFile(base string) bool {
	return strings.Contains(base, "requirements") || slices.Contains([]string{
		"pyproject.toml", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile", "Pipfile.lock", "pylock.toml", "setup.py", "setup.cfg", ".python-version",
	}, base)
}

func isURL(s string) bool { return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") }

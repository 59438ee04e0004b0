package fromdockerfile

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"

	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
)

// copy reads COPY.
func (d *dockerfile) copy(c *instructions.CopyCommand) {
	at := c.Location()
	o := copyOptions{at: at, text: c.String(), mode: octal(d.expand(c.Chmod, d.vars)), owner: d.expand(c.Chown, d.vars)}
	if c.From == "" {
		d.copyPaths(c.SourcesAndDest, o)
		return
	}
	from := d.expand(c.From, d.vars)
	if s := d.stage(from); s != nil {
		if d.pythonStage(s) {
			d.copyStage(s, c, o)
			return
		}
		d.note(at, c.String(), fmt.Sprintf("give the stage outputs = {%q = %q}", path.Base(c.SourcePaths[0]), clean(d.workdir, c.DestPath)))
		return
	}
	if strings.Contains(from, "astral-sh/uv") || strings.Trim(from, "0123456789") == "" {
		return // a tool that installs
	}
	for _, src := range c.SourcePaths {
		to := clean(d.workdir, d.expand(c.DestPath, d.vars))
		if strings.HasSuffix(c.DestPath, "/") {
			to += "/"
		}
		d.Files = append(d.Files, File{Image: from, From: src, To: to, Mode: o.mode})
	}
}

// copyOptions are the options of COPY and ADD.
type copyOptions struct {
	at          []parser.Range
	text        string
	mode, owner string
}

// ofUser reports whether the files belong to a user other than root.
func (o copyOptions) ofUser() bool {
	user, _, _ := strings.Cut(o.owner, ":")
	return user != "" && user != "root" && user != "0"
}

// octal is a mode in the form of the build file.
func octal(mode string) string {
	if mode == "" || strings.Trim(mode, "01234567") != "" {
		return ""
	}
	return "0" + strings.TrimLeft(mode, "0")
}

// copyStage reads a copy from a stage that builds the environment. Moult
// creates the environment itself, so only the project's files in that stage
// matter.
func (d *dockerfile) copyStage(s *instructions.Stage, c *instructions.CopyCommand, o copyOptions) {
	dest := clean(d.workdir, d.expand(c.DestPath, d.vars))
	for _, src := range c.SourcePaths {
		src, carried := clean("/", d.expand(src, d.vars)), false
		for _, p := range d.inStages[s] {
			rel, ok := below(src, p.to)
			if ok {
				carried = true
				d.place(p.from, path.Join(dest, rel), d.project.folder(p.from), o)
				continue
			}
			if rel, ok := below(p.to, src); ok && d.project.folder(p.from) && d.project.exists(path.Join(p.from, rel)) && d.project.known() {
				d.place(path.Join(p.from, rel), dest, true, o)
				carried = true
			}
		}
		if !d.builder && d.fromStage(s, src, dest) {
			carried = true
		}
		if !carried && !environment(src) && !d.builder {
			d.note(o.at, o.text, "what the stage has at "+src+" is not in the image, unless a package of the project brings it; a stage makes it: [tool.moult.stage."+cmp.Or(s.Name, "NAME")+"] with its steps and outputs")
		}
	}
}

// ofEnvironment matches paths of a Python environment.
var ofEnvironment = regexp.MustCompile(`venv|__pypackages__|site-packages|dist-packages|/\.local|/lib/python|wheel|\.whl|/install\b|^/(usr|usr/local|usr/local/bin|usr/local/lib|root|opt|packages|deps|dependencies|python|env|pythonenv\S*)$|requirements[^/]*\.txt$|/(uv|uvx|poetry|uvicorn|gunicorn|celery|alembic|flask|streamlit|python[0-9.]*|pip[0-9.]*)$|/\.cache/(uv|pip)|^/(root/)?\.?(pyenv|local/share/uv)`)

// environment reports whether a path of a stage belongs to the environment,
// which Moult creates itself.
func environment(name string) bool { return ofEnvironment.MatchString(name) }

// copyPaths reads a copy from the context. A copy to the application's folder
// needs no entry, because the whole project is copied there.
func (d *dockerfile) copyPaths(c instructions.SourcesAndDest, o copyOptions) {
	if len(c.SourceContents) > 0 {
		to, mode := d.expand(c.DestPath, d.vars), ""
		if o.mode != "" {
			mode = fmt.Sprintf(" and mode = %q", octal(o.mode))
		}
		d.note(o.at, o.text, fmt.Sprintf("put the text into a file of the project and write it as [[tool.moult.files]] with from, to = %q%s", to, mode))
		return
	}
	written := d.expand(c.DestPath, d.vars)
	dest := clean(d.workdir, written)
	into := strings.HasSuffix(written, "/") || len(c.SourcePaths) > 1 || written == "." || strings.HasSuffix(written, "/.")
	for _, src := range c.SourcePaths {
		src = path.Clean(strings.TrimLeft(d.expand(src, d.vars), "/"))
		folder := d.project.folder(src)
		target := dest
		if into && !folder {
			target = path.Join(dest, path.Base(src))
		}
		d.place(src, target, folder, o)
	}
}

// place puts a file or folder of the context at a path of the image.
func (d *dockerfile) place(from, to string, folder bool, o copyOptions) {
	d.copies = append(d.copies, place{to, from})
	if d.builder {
		return
	}
	base := strings.TrimRight(path.Base(from), "*")
	switch {
	case !folder && d.aptFile(from, to, o.at):
	case ignored(from):
		if slices.Contains(d.told, from) {
			return
		}
		d.told = append(d.told, from)
		if why := leftOut(from); to == path.Join(d.home, from) {
			d.note(o.at, o.text, why)
		} else {
			why, _, _ = strings.Cut(why, ", or app.exclude")
			d.note(o.at, o.text, fmt.Sprintf("%s, or [[tool.moult.files]] with from = %q, to = %q copies it", why, from, to))
		}
	case from == "." && to == d.home, from == "." && to == "/":
		d.include("**")
		d.secrets(".", o)
		d.givenAway(to, o)
	case from == ".":
		d.note(o.at, o.text, fmt.Sprintf("the project is at %s and not at %s: app.to = %q changes that", d.home, to, to))
	case to == path.Join(d.home, from):
		if isProjectFile(base) && base != "setup.py" {
			return // read where it is
		}
		if !d.project.exists(from) {
			d.note(o.at, o.text, "the project has no "+from)
			return
		}
		d.include(from)
		if folder {
			d.secrets(from, o)
			d.givenAway(to, o)
		}
		if o.mode != "" && !folder && executable(o.mode) {
			d.Executable = append(d.Executable, from)
		}
	case isProjectFile(base):
		d.elsewhere(from, o)
	case !d.project.exists(from):
		d.note(o.at, o.text, "the project has no "+from)
	default:
		f := File{From: from, To: to, Mode: o.mode}
		if strings.ContainsAny(from, "*?[") {
			f.To = strings.TrimSuffix(path.Dir(to), "/") + "/"
		}
		if folder {
			f.Mode = ""
		}
		if o.ofUser() && !strings.HasPrefix(to, d.home+"/") && to != d.home {
			f.Owner = "user"
		}
		if folder {
			d.secrets(from, o)
		}
		d.Files = append(d.Files, f)
	}
}

// secrets reports .env files in a copied folder, because Moult copies them into
// no image.
func (d *dockerfile) secrets(folder string, o copyOptions) {
	for _, name := range d.project.matching(path.Join(folder, ".env*")) {
		if ignored(name) && !d.project.excluded(name) && !slices.Contains(d.told, name) {
			d.told = append(d.told, name)
			d.note(o.at, o.text, leftOut(name))
		}
	}
}

func leftOut(name string) string {
	return fmt.Sprintf("%s is left out of every image, because such files hold secrets or describe the build: docker run --env-file passes variables, or app.exclude = [%q] brings it back", name, "!"+name)
}

// givenAway reports once that the application belongs to root, although the
// Dockerfile gives it to a user.
func (d *dockerfile) givenAway(to string, o copyOptions) {
	if !o.ofUser() || d.toldOwner {
		return
	}
	d.toldOwner = true
	d.note(o.at, o.text, `the application belongs to root and cannot change itself; it may create files in `+d.home+`, and other folders that it writes to belong into writable`)
}

// elsewhere reports files with requirements in another folder of the context,
// which this build file does not read.
func (d *dockerfile) elsewhere(from string, o copyOptions) {
	dir := path.Dir(from)
	if dir == "." || d.toldElsewhere || !slices.Contains([]string{"pyproject.toml", "Pipfile"}, path.Base(from)) || !d.project.known() || !d.project.exists(from) || d.project.exists(path.Base(from)) {
		return
	}
	d.toldElsewhere = true
	d.note(o.at, o.text, "the project is in "+dir+": run moult init --from "+d.name+" "+dir+", and name files of other folders from the root of the context, as in /"+dir)
}

// executable reports whether a mode makes files executable.
func executable(mode string) bool { return strings.ContainsAny(mode[1:], "1357") }

// include adds files to app.include that the image has in addition to the
// package.
func (d *dockerfile) include(name string) {
	if !d.project.Packaged {
		return
	}
	if name != "**" && slices.Contains(append([]string{"src", "README.md", "README.rst", "README", "LICENSE"}, d.project.Modules...), name) {
		return // the package itself
	}
	d.Include = append(d.Include, name)
}

// startedFile adds the folder of the package to app.include, if the command names a
// file in it: the image has the package itself where Python installs it.
func (d *dockerfile) startedFile() {
	if !d.project.Packaged || d.Workdir != "" {
		return
	}
	for _, word := range slices.Concat(d.Entrypoint, d.Cmd) {
		folder, below, ok := strings.Cut(path.Clean(word), "/")
		if !ok || folder == "" || path.Ext(below) != ".py" || !d.project.exists(path.Clean(word)) {
			continue
		}
		if folder == "src" || slices.Contains(d.project.Modules, folder) {
			d.Include = append(d.Include, folder)
		}
	}
}

// ignored reports whether Moult copies a file into no image.
func ignored(name string) bool {
	out, err := patternmatcher.MatchesOrParentMatches(name, project.IgnoreInApp())
	return err == nil && out
}

func isProjectFile(base string) bool {
	if format := lock.FormatOf(base); format != "" && format != lock.Requirements {
		return true
	}
	return strings.Contains(base, "requirements") && strings.HasSuffix(base, ".txt") || slices.Contains([]string{
		"pyproject.toml", "Pipfile", "setup.py", "setup.cfg", ".python-version",
	}, base)
}

func isURL(s string) bool { return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") }

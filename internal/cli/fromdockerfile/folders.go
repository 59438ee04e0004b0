package fromdockerfile

import (
	"cmp"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/moult-build/moult/internal/project"
)

// place is the path of a file of the context in the image.
type place struct{ to, from string }

// source returns the name in the context of a file of the image, by the copies
// so far.
func (d *dockerfile) source(name string) (string, bool) {
	best, out := -1, ""
	for _, c := range d.copies {
		rel, ok := below(c.to, name)
		if ok && len(c.to) >= best && (rel == "." || d.project.folder(c.from)) {
			best, out = len(c.to), path.Join(c.from, rel)
		}
	}
	return out, best >= 0
}

// below returns a name relative to a folder that contains it.
func below(folder, name string) (string, bool) {
	if folder == name {
		return ".", true
	}
	if folder != "/" {
		folder += "/"
	}
	return strings.CutPrefix(name, folder)
}

// modeExecutes and modeWrites match the modes of chmod that make a file
// executable, and a path writable for users other than its owner.
var (
	modeExecutes = regexp.MustCompile(`\+[rwst]*x|^[0-7]*[1357][0-7]?[0-7]?$`)
	modeWrites   = regexp.MustCompile(`[ago]+\+[rxXst]*w|^\+[rxXst]*w|^[0-7]?[0-7]([2367][0-7]|[0-7][2367])$`)
)

// mode reads "chmod MODE PATHS" and "chown OWNER PATHS" at a working directory.
func (d *dockerfile) mode(cwd string, words []string, at []parser.Range, line string) {
	var operands []string
	for _, w := range words[1:] {
		if !strings.HasPrefix(w, "-") || strings.Trim(w[1:], "rwxst") == "" && words[0] == "chmod" && w != "-R" {
			operands = append(operands, d.expand(w, d.vars))
		}
	}
	if len(operands) < 2 {
		return
	}
	executes := words[0] == "chmod" && modeExecutes.MatchString(operands[0])
	writes := words[0] == "chown" || modeWrites.MatchString(operands[0])
	for _, name := range operands[1:] {
		full := clean(cwd, name)
		switch {
		case strings.ContainsAny(full, "$`"):
			d.note(at, "RUN "+line, "folders to write to are named by writable = [...]")
		case executes && d.executable(full):
		case writes:
			d.owned = append(d.owned, owned{full, at, line})
		}
	}
}

// owned is a path that a user may write.
type owned struct {
	path string
	at   []parser.Range
	line string
}

// executable marks a file of the project, and reports whether the path is one.
func (d *dockerfile) executable(full string) bool {
	for n := range d.Files {
		f := &d.Files[n]
		target := f.To
		if strings.HasSuffix(target, "/") {
			target += path.Base(cmp.Or(f.From, f.URL))
		}
		byFull, _ := path.Match(full, target)
		byTarget, _ := path.Match(target, full)
		if byFull || byTarget || target == full {
			if d.project.folder(f.From) && f.Image == "" && f.URL == "" {
				return true // a folder: its files have their modes
			}
			f.Mode = "0755"
			return true
		}
	}
	for n := range d.network {
		f := &d.network[n]
		if f.To == full || strings.HasSuffix(f.To, "/") && f.To+path.Base(f.URL) == full {
			f.Mode = "0755"
			return true
		}
	}
	name, ok := d.source(full)
	if !ok {
		return false
	}
	if !d.project.folder(name) {
		d.Executable = append(d.Executable, name)
	}
	return true
}

// system matches folders to which no program writes while it runs.
var system = regexp.MustCompile(`^/(etc|usr|bin|sbin|lib|lib64|root|tmp|proc|sys|dev|run|boot)(/|$)|^/var/(cache|lib/apt|run)(/|$)|^/opt/venv|^/(opt|srv|var|home)?$`)

// folders decides which folders are writable: those that the Dockerfile
// creates, and those that it gives to a user.
func (d *dockerfile) folders() {
	inApp := func(name string) bool { _, ok := below(name, d.home); return ok }
	home := func(name string) bool {
		for user, a := range d.users {
			if _, ok := below(cmp.Or(a.Home, "/home/"+user), name); ok {
				return true
			}
		}
		return false
	}
	var all []string
	for _, name := range d.made {
		if !inApp(name) && !system.MatchString(name) && !home(name) {
			all = append(all, name)
		} else if _, ok := below(d.workdir, name); ok && name != d.workdir && d.given(name) {
			all = append(all, name) // the application may be in the user's home folder
		}
		all = append(all, d.madeAbove(name)...)
	}
	for _, o := range d.owned {
		from, copied := d.source(o.path)
		switch {
		case inApp(o.path):
			d.note(o.at, "RUN "+o.line, `the application belongs to root and cannot change itself; it may create files in `+d.home+`, and other folders that it writes to belong into writable`)
		case slices.Contains(d.made, o.path) || home(o.path):
		case copied && !d.project.folder(from):
		case system.MatchString(o.path) || strings.ContainsAny(o.path, "*?"):
			d.note(o.at, "RUN "+o.line, "if the program writes there: writable = [...]")
		default:
			all = append(all, o.path)
		}
	}
	for _, name := range all {
		if !slices.Contains(d.Volumes, name) {
			d.Writable = append(d.Writable, name)
		}
	}
	slices.Sort(d.Writable)
	d.Writable = slices.Compact(d.Writable)
}

// madeAbove returns the parent directories in the application's folder that
// "mkdir -p" created and that were also given to a user.
func (d *dockerfile) madeAbove(name string) (all []string) {
	for dir := path.Dir(name); dir != d.home; dir = path.Dir(dir) {
		rel, ok := below(d.home, dir)
		if !ok || d.project.known() && d.project.exists(rel) {
			break
		}
		if d.given(dir) {
			all = append(all, dir)
		}
	}
	return all
}

// given reports whether the Dockerfile gives a folder, or one that contains it, to
// a user.
func (d *dockerfile) given(name string) bool {
	return slices.ContainsFunc(d.owned, func(o owned) bool { _, covers := below(o.path, name); return covers })
}

// defaultFolder is where Moult puts the application.
const defaultFolder = project.DefaultAppDir

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// alternatives expands {a,b} in a path, as a shell does.
func alternatives(word string) []string {
	m := alternative.FindStringSubmatch(word)
	if m == nil {
		return []string{word}
	}
	var all []string
	for _, part := range strings.Split(m[2], ",") {
		all = append(all, alternatives(m[1]+part+m[3])...)
	}
	return all
}

var alternative = regexp.MustCompile(`^([^{}$]*)\{([^{}]*,[^{}]*)\}(.*)$`)

// installFolder reads "install -d", which makes folders for a user. It
// reports whether the command is one.
func (d *dockerfile) installFolder(c command) bool {
	var folders []string
	makes, owned := false, false
	for n := 1; n < len(c.words); n++ {
		w := c.words[n]
		switch {
		case strings.HasPrefix(w, "--directory"):
			makes = true
		case strings.HasPrefix(w, "--"):
			owned = owned || strings.HasPrefix(w, "--owner") || strings.HasPrefix(w, "--group")
		case strings.HasPrefix(w, "-"):
			makes = makes || strings.Contains(w, "d")
			if last := w[len(w)-1]; last == 'o' || last == 'g' || last == 'm' {
				owned = owned || last != 'm'
				n++
			}
		default:
			folders = append(folders, w)
		}
	}
	if !makes || c.builder {
		return makes
	}
	d.housekeeping(command{words: append([]string{"mkdir"}, folders...), cwd: c.cwd, at: c.at, text: c.text})
	if owned {
		d.mode(c.cwd, append([]string{"chown", "user"}, folders...), c.at, c.text)
	}
	return true
}

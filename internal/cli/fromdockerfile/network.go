package fromdockerfile

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// networkFile is a file that ADD fetches without a digest.
type networkFile struct {
	File
	at   []parser.Range
	text string
}

var (
	// gitAddress matches an ADD of a git repository.
	gitAddress = regexp.MustCompile(`^git@|^git://|\.git(?:#\S*)?$`)
	// archive matches the names of files that ADD unpacks.
	archive = regexp.MustCompile(`\.(?:tar|tgz|tbz2?|txz|tar\.(?:gz|bz2|xz))$`)
)

// add reads ADD.
func (d *dockerfile) add(c *instructions.AddCommand) {
	at := c.Location()
	o := copyOptions{at: at, text: c.String(), mode: octal(d.expand(c.Chmod, d.vars)), owner: d.expand(c.Chown, d.vars)}
	var local []string
	for _, src := range c.SourcePaths {
		src = d.expand(src, d.vars)
		switch {
		case gitAddress.MatchString(src):
			d.note(at, c.String(), "clone it in a stage: [tool.moult.stage.NAME] with its steps and outputs")
		case isURL(src):
			d.addURL(c, src, o)
		case archive.MatchString(src) && (c.Unpack == nil || *c.Unpack):
			d.addArchive(c, src, o)
		default:
			local = append(local, src)
		}
	}
	if len(local) > 0 || len(c.SourceContents) > 0 {
		paths := c.SourcesAndDest
		paths.SourcePaths = local
		d.copyPaths(paths, o)
	}
}

// addURL reads an ADD of a file of the network.
func (d *dockerfile) addURL(c *instructions.AddCommand, src string, o copyOptions) {
	if installsTool.MatchString(src) {
		return
	}
	to := clean(d.workdir, d.expand(c.DestPath, d.vars))
	if keyFolder.MatchString(to) {
		if strings.HasSuffix(c.DestPath, "/") {
			to = path.Join(to, path.Base(src))
		}
		d.keys = append(d.keys, signingKey{at: o.at, url: src, path: to, instruct: o.text})
		return
	}
	if strings.HasSuffix(c.DestPath, "/") {
		to += "/"
	}
	f := File{URL: src, To: to, Mode: o.mode, Unpack: c.Unpack != nil && *c.Unpack}
	if o.ofUser() {
		f.Owner = "user"
	}
	if sum, ok := strings.CutPrefix(d.expand(c.Checksum, d.vars), "sha256:"); ok {
		f.SHA256 = sum
		d.Files = append(d.Files, f)
		return
	}
	d.network = append(d.network, networkFile{f, o.at, o.text})
}

// addArchive reads an ADD of an archive of the project, which unpacks it.
func (d *dockerfile) addArchive(c *instructions.AddCommand, src string, o copyOptions) {
	from, to := path.Clean(strings.TrimLeft(src, "/")), clean(d.workdir, d.expand(c.DestPath, d.vars))
	if strings.ContainsAny(from, "*?[") || !d.project.exists(from) {
		d.note(o.at, o.text, "ADD unpacks an archive: unpack it in the project, or in a step: [[tool.moult.steps]]")
		return
	}
	home := d.home
	if home == "/" {
		home = defaultFolder
	}
	d.include(from)
	d.Steps = append(d.Steps, Step{Run: []string{"python", "-m", "tarfile", "-e", path.Join(home, from), to}})
	d.note(o.at, o.text, "ADD unpacks the archive: a step does it now")
}

// writeNetwork makes comments of the files of the network without a digest.
func (d *dockerfile) writeNetwork() {
	for _, f := range d.network {
		w := &writer{}
		w.files("PREFIX", []File{f.File})
		lines := strings.Split(strings.TrimSpace(w.b.String()), "\n")
		lines = slices.Insert(lines, 2, `sha256 = "..."`)
		d.later(f.at, "a file of the network; fill in its digest", lines)
		d.note(f.at, f.text, "write it as [[tool.moult.files]] with url and sha256; the build file has it as a comment: fill in its digest")
	}
}

// initProcess replaces an init process that the Dockerfile fetches from the
// network by Moult's own.
func (d *dockerfile) initProcess() {
	if len(d.Entrypoint) == 0 {
		return
	}
	program := d.Entrypoint[0]
	name := path.Base(program)
	_, ofProject := d.source(clean(d.workdir, program))
	if name != "tini" && name != "tini-static" && name != "dumb-init" || ofProject || d.laid(clean(d.workdir, program)) ||
		slices.Contains(d.AptRun, name) || slices.Contains(d.ApkRun, name) || d.Base != "" && !d.ofDebian() {
		return
	}
	fetched := func(f networkFile) bool {
		return path.Base(strings.TrimSuffix(f.To, "/")) == name || path.Base(f.URL) == name
	}
	why := "init = true starts the command under tini"
	if n := slices.IndexFunc(d.network, fetched); n >= 0 {
		d.note(d.network[n].at, d.network[n].text, why)
	} else {
		d.note(nil, strings.Join(d.Entrypoint, " "), why)
	}
	d.network = slices.DeleteFunc(d.network, fetched)
	rest := d.Entrypoint[1:]
	for len(rest) > 0 && strings.HasPrefix(rest[0], "-") {
		end := rest[0] == "--"
		if !end {
			d.note(nil, name+" "+rest[0], "the option is left out")
		}
		if rest = rest[1:]; end {
			break
		}
	}
	d.Init, d.Entrypoint = true, slices.Clone(rest)
	if len(rest) == 0 {
		d.Entrypoint = nil
	}
}

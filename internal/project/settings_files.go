package project

import (
	"path"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

var contextName = regex.New(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

// fileSet reads one entry of [[tool.moult.files]].
func (r *reader) fileSet(t fileTable) {
	before := len(r.errs)
	at := t.node
	f := FileSet{Pos: at.Pos(), Exclude: r.patterns(t.Exclude)}
	var counts bool
	f.Condition, counts = r.condition(t.conditionTable)
	if t.Stage != nil && !counts {
		r.skippedStages[t.Stage.V] = true
	}

	var sources []string
	for _, key := range []string{"image", "context", "stage", "url"} {
		if at.Get(key) != nil {
			sources = append(sources, key)
		}
	}
	if len(sources) > 1 {
		r.fail(source.Errorf(at.Get(sources[1]).KeyPos(), "an entry of files has one source, and this has %s", strings.Join(sources, " and ")).
			WithHint("write one entry for each"))
	}
	if image := r.image(t.Image, "image"); image != nil {
		f.Image = *image
	}
	if t.Context != nil {
		f.Context = *t.Context
		if !contextName.MatchString(t.Context.V) {
			r.fail(source.Errorf(t.Context.Pos, "context: %q is not the name of a build context", t.Context.V).
				WithHint("write the name that the build gives it: docker buildx build --build-context NAME=...; a folder of the project is written as from"))
		}
	}
	if t.Stage != nil {
		f.Stage = *t.Stage
		if t.Stage.V == "" {
			r.fail(source.Errorf(t.Stage.Pos, "stage: the name is empty"))
		}
	}
	r.fileURL(t, &f)
	r.fileFrom(t, &f)

	r.fileTo(t, &f)
	if t.Mode != nil {
		mode, err := parseMode(t.Mode)
		if err == nil && mode > 0o777 {
			err = source.Errorf(t.Mode.Pos(), "mode %q has a bit beyond the permissions, which a copy does not set", t.Mode.Str).
				WithHint("write the permissions, and set that bit in a step")
		}
		r.fail(err)
		f.Mode = mode
	}
	if t.Owner != nil {
		owner, err := parseOwner(*t.Owner)
		r.fail(err)
		f.Owner = owner
	}
	r.fileIn(t, &f)
	r.fileBytecode(t, &f)
	if counts { // of two that exclude each other one counts
		r.twice(at, f)
	}
	if counts && len(r.errs) == before {
		r.p.Settings.Files = append(r.p.Settings.Files, f)
	}
}

// fileTo reads the destination of the files.
func (r *reader) fileTo(t fileTable, f *FileSet) {
	switch to := t.To.V; {
	case !t.To.Pos.IsValid():
	case to == "" || strings.ContainsAny(to, "\x00\r\n"):
		r.fail(source.Errorf(t.To.Pos, "to: %q is not a path", to))
	case !path.IsAbs(to):
		r.fail(source.Errorf(t.To.Pos, "to: %q must be an absolute path in the image", to).WithHint("write %q for a place beside the application", path.Join(DefaultAppDir, to)))
	default:
		f.To = source.At[string]{V: path.Clean(to), Pos: t.To.Pos}
		if strings.HasSuffix(to, "/") && f.To.V != "/" {
			f.To.V += "/"
		}
	}
}

// fileBytecode reads whether the files' modules are compiled.
func (r *reader) fileBytecode(t fileTable, f *FileSet) {
	if f.Bytecode = t.Bytecode; t.Bytecode != nil && !f.InImage {
		r.fail(source.Errorf(t.Bytecode.Pos, "bytecode belongs to files of the image").WithHint("leave it out: the builder's files are not compiled"))
	}
}

// fileIn reads whether the files are for the image, the builder or both.
func (r *reader) fileIn(t fileTable, f *FileSet) {
	if t.In == nil {
		f.InImage = true
		return
	}
	items := t.In.Items
	if t.In.Kind != toml.Array {
		items = []*toml.Node{t.In}
	}
	if len(items) == 0 {
		r.fail(source.Errorf(t.In.Pos(), "in is empty, so the files are copied nowhere").WithHint(`write "image", "builder", or both`))
	}
	for _, n := range items {
		switch {
		case n.Kind == toml.String && n.Str == "image":
			f.InImage = true
		case n.Kind == toml.String && n.Str == "builder":
			f.InBuilder = true
		case n.Kind == toml.String:
			r.fail(source.Errorf(n.Pos(), "in: %q is neither \"image\" nor \"builder\"", n.Str).WithHint(`write "image", "builder", or both`))
		default:
			r.fail(source.Errorf(n.Pos(), "in must be a string or an array of strings, not %s", n.Kind).WithHint(`write "image", "builder", or both`))
		}
	}
}

// twice finds an entry that copies a file to the path of another entry of the
// same list. Several folders may have the same path, and a target's entry may
// replace an inherited one.
func (r *reader) twice(at *toml.Node, f FileSet) {
	one := len(f.URL) > 0 && !f.Unpack && !strings.HasSuffix(f.To.V, "/")
	for _, older := range r.fileNodes {
		o := older.set
		same := o.To.V == f.To.V && o.Image.V == f.Image.V && o.Context.V == f.Context.V && o.Stage.V == f.Stage.V && o.From.V == f.From.V && len(o.URL) == 0 && len(f.URL) == 0
		both := one && older.one && o.To.V == f.To.V
		if f.To.V == "" || !same && !both || older.node.Parent() != at.Parent() || len(f.Arch)+len(o.Arch) > 0 || f.Extra.V != o.Extra.V || o.InImage != f.InImage {
			continue
		}
		r.fail(source.Errorf(f.To.Pos, "to: %q is there twice, first at line %d", f.To.V, o.To.Pos.Line))
		return
	}
	r.fileNodes = append(r.fileNodes, fileNode{at, f, one})
}

// fileNode is an entry of files that was read.
type fileNode struct {
	node *toml.Node
	set  FileSet
	one  bool
}

// fileFrom reads the key from.
func (r *reader) fileFrom(t fileTable, f *FileSet) {
	from := source.At[string]{V: ".", Pos: f.Pos}
	if t.From != nil {
		from = *t.From
	}
	ownFolder := t.Image == nil && t.Context == nil && t.Stage == nil && t.URL == nil
	if t.From != nil && t.URL != nil && !f.Unpack {
		r.fail(source.Errorf(from.Pos, "from needs an archive that is unpacked").WithHint("write unpack = true, or leave from out"))
		return
	}
	var err error
	switch {
	case strings.HasPrefix(from.V, "!"):
		err = source.Errorf(from.Pos, "from: %q is a pattern that excludes files", from.V).WithHint("write it into exclude")
	case ownFolder:
		from.V, err = fromContext(r.p.Dir, from, "from")
	case from.V == "" || strings.ContainsAny(from.V, "\x00\r\n"):
		err = source.Errorf(from.Pos, "from: %q is not a path", from.V)
	case escapes(from.V):
		err = source.Errorf(from.Pos, "from: %q leaves its source", from.V)
	case t.Stage != nil:
		from.V = path.Clean(from.V) // made absolute where the stage is known
	default:
		if from.V = strings.TrimPrefix(path.Clean("/"+from.V), "/"); from.V == "" {
			from.V = "."
		}
	}
	if err == nil && from.V != "." {
		if _, e := path.Match(from.V, ""); e != nil {
			err = source.Errorf(from.Pos, "from: %q is not a pattern: %v", from.V, e)
		}
	}
	r.fail(err)
	f.From = from
}

// fileURL reads url and sha256, each a string or a table by architecture, and
// the keys unpack and strip.
func (r *reader) fileURL(t fileTable, f *FileSet) {
	f.Unpack = t.Unpack != nil && t.Unpack.V
	if t.Strip != nil {
		if t.Strip.V < 0 {
			r.fail(source.Errorf(t.Strip.Pos, "strip: %d is not a number of folders", t.Strip.V))
		}
		f.Strip = t.Strip.V
		if t.URL != nil && !f.Unpack {
			r.fail(source.Errorf(t.Strip.Pos, "strip needs an archive that is unpacked").WithHint("write unpack = true"))
		}
	}
	if t.URL == nil {
		switch {
		case t.SHA256 != nil:
			r.fail(source.Errorf(t.SHA256.Pos(), "sha256 belongs to a url"))
		case t.Unpack != nil:
			r.fail(source.Errorf(t.Unpack.Pos, "unpack belongs to a url"))
		case t.Strip != nil:
			r.fail(source.Errorf(t.Strip.Pos, "strip belongs to a url"))
		}
		return
	}
	urls, ok := r.byArch(t.URL)
	if !ok {
		return
	}
	f.URL, f.SHA256 = map[string]source.At[string]{}, map[string]source.At[string]{}
	for _, e := range urls {
		f.URL[e.Key] = e.V
		r.fail(checkFetchURL(e.V, "a file"))
	}
	if t.SHA256 == nil {
		r.fail(source.Errorf(t.URL.Pos(), "a url needs its sha256, so that no change of the file stays unnoticed").WithHint("curl -L URL | sha256sum prints it"))
		return
	}
	sums, ok := r.byArch(t.SHA256)
	if !ok {
		return
	}
	for _, e := range sums {
		digest, err := parseSHA256(e.V)
		if _, known := f.URL[e.Key]; err == nil && !known {
			err = source.Errorf(e.V.Pos, "there is a sha256 of %s, but no url", archWord(e.Key))
		}
		r.fail(err)
		f.SHA256[e.Key] = source.At[string]{V: digest, Pos: e.V.Pos}
	}
	for _, e := range urls {
		if _, known := f.SHA256[e.Key]; !known {
			r.fail(source.Errorf(t.SHA256.Pos(), "there is no sha256 of the url of %s", archWord(e.Key)))
		}
	}
}

func archWord(arch string) string {
	if arch == "" {
		return "all architectures"
	}
	return arch
}

// byArch reads a string, which is for all architectures, or a table of them.
func (r *reader) byArch(n *toml.Node) (list toml.Entries[source.At[string]], ok bool) {
	before := len(r.errs)
	switch n.Kind {
	case toml.String:
		return toml.Entries[source.At[string]]{{V: source.At[string]{V: n.Str, Pos: n.Pos()}}}, true
	case toml.Table:
		r.fail(toml.Decode(n, &list))
		for _, e := range list {
			r.fail(checkArch(e.Key, e.KeyPos))
		}
		if len(n.Items) == 0 {
			r.fail(source.Errorf(n.Pos(), "%s is empty", n.Path()).WithHint(`write one for each architecture: {amd64 = "...", arm64 = "..."}`))
		}
	default:
		r.fail(source.Errorf(n.Pos(), "%s must be a string or a table by architecture, not %s", n.Path(), n.Kind))
	}
	return list, len(r.errs) == before
}

// parseOwner reads "user", "root", "uid" or "uid:gid".
func parseOwner(v source.At[string]) (string, error) {
	switch v.V {
	case "user":
		return "user", nil
	case "root", "0", "0:0":
		return "", nil
	}
	uid, gid, both := strings.Cut(v.V, ":")
	if !both {
		gid = uid
	}
	for _, id := range []string{uid, gid} {
		if n, err := strconv.Atoi(id); err != nil || !number.MatchString(id) || n > maxID {
			return "", source.Errorf(v.Pos, "owner: %q is not an owner", v.V).WithHint(`write "root", "user" for the image's user, or numbers such as "1000:1000"`)
		}
	}
	return uid + ":" + gid, nil
}

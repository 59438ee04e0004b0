package plan

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// Files are files of the image or the builder that do not belong to the
// application. At most one of Image, Context, Stage and Download is set; with
// none of them, the files come from the build context.
type Files struct {
	Image    string    `json:"image,omitempty"`
	Context  string    `json:"context,omitempty"`
	Stage    string    `json:"stage,omitempty"`
	Download *Download `json:"download,omitempty"`
	// Unpack is true if the download is an archive. Strip is the number of
	// leading folders that are removed from its paths.
	Unpack bool `json:"unpack,omitempty"`
	Strip  int  `json:"strip,omitempty"`
	// From is a folder or a file in the source: absolute for an image or a
	// stage, else relative to its root.
	From string `json:"from"`
	// Include and Exclude are .dockerignore patterns relative to From; no
	// Include means all.
	Include []string `json:"include,omitempty"`
	Exclude []string `json:"exclude,omitempty"`
	// To is absolute. A slash at its end means into that folder; a file of a
	// download is then called Name.
	To   string `json:"to"`
	Name string `json:"name,omitempty"`
	// Parents are its parent directories, as the image has them.
	Parents []ParentDirectory `json:"parents,omitempty"`
	// Mode are the permission bits of files; 0 means the mode of the source,
	// made readable by everybody.
	Mode uint32 `json:"mode,omitempty"`
	UID  int    `json:"uid,omitempty"`
	GID  int    `json:"gid,omitempty"`
	// Bytecode is true if the modules among them are compiled, in a layer of its
	// own.
	Bytecode bool `json:"bytecode,omitempty"`
	// Undecided is true if Bytecode depends on whether there are modules.
	Undecided bool `json:"-"`

	// Pos is the entry's, SourcePos that of the image or the context.
	Pos       source.Pos `json:"-"`
	SourcePos source.Pos `json:"-"`
}

// What describes the files in a few words, for the progress and the image's
// history.
func (f Files) What() string {
	from := f.From
	switch {
	case f.Download != nil && !f.Unpack:
		return "copy " + f.Download.Filename + " to " + f.To
	case f.Download != nil:
		return "copy " + from + " of " + f.Download.Filename + " to " + f.To
	case f.Image != "":
		return "copy " + from + " of " + f.Image + " to " + f.To
	case f.Stage != "":
		return "copy " + from + " of " + f.Stage + " to " + f.To
	case f.Context != "":
		return "copy " + from + " of " + f.Context + " to " + f.To
	}
	return "copy " + path.Join(append([]string{from}, first(f.Include)...)...) + " to " + f.To
}

// OfContext reports whether the files come from the build context.
func (f Files) OfContext() bool {
	return f.Image == "" && f.Context == "" && f.Stage == "" && f.Download == nil
}

// Selects reports whether the files have one of their source, whose name is
// relative to From.
func (f Files) Selects(rel string) bool {
	return !matches(f.Exclude, rel) && (len(f.Include) == 0 || matches(f.Include, rel))
}

// Holds reports whether the files have one of the build context, which is named
// relative to the context's root.
func (f Files) Holds(name string) bool {
	if !f.OfContext() || f.From != "." && !within(name, f.From) {
		return false
	}
	rel := name
	if f.From != "." {
		rel = strings.TrimPrefix(strings.TrimPrefix(name, f.From), "/")
	}
	return f.Selects(rel)
}

// MayHoldAccounts reports whether the files may be lists of the image's users and
// groups. Whether a path is a file or a folder is not known.
func (f Files) MayHoldAccounts() bool {
	switch path.Clean(f.To) {
	case "/", "/etc", "/etc/passwd", "/etc/group", "/etc/shadow":
		return true
	}
	return false
}

// AllFiles are the files of the image and of the builder.
func (p *Plan) AllFiles() []Files {
	if p.Building == nil {
		return p.Files
	}
	return slices.Concat(p.Files, p.Building.Files)
}

func first(all []string) []string { return all[:min(len(all), 1)] }

// files are the files of the image: the entries in the order of the build
// file, and then the outputs of stages.
func (in Input) files(user owner) ([]Files, error) {
	var all []Files
	s := &in.Project.Settings
	for _, set := range s.Files {
		if !set.InImage || !in.counts(set.Condition) {
			continue
		}
		f, err := fileSet(in.Project, set, in.Environment.Platform.Arch, user)
		if err != nil {
			return nil, err
		}
		if f.To, f.Parents, err = in.place(set.To.V, set.To.Pos); err != nil {
			return nil, err
		}
		switch {
		case set.Bytecode != nil:
			f.Bytecode = set.Bytecode.V
		case s.Bytecode == nil || s.Bytecode.V:
			f.Undecided = f.OfContext() || f.Context != ""
		}
		all = append(all, f)
	}
	for _, stage := range s.Stages {
		for _, o := range stage.Outputs {
			if !path.IsAbs(o.To) {
				continue
			}
			f := Files{Stage: stage.Name, From: o.From, Pos: o.Pos}
			var err error
			if f.To, f.Parents, err = in.place(o.To, o.Pos); err != nil {
				return nil, err
			}
			all = append(all, f)
		}
	}
	return all, nil
}

// builderFiles are the files of the builder. The builder's folders are not
// known, so the files are copied onto its root file system and are not layers
// of their own.
func builderFiles(p *project.Project, arch string) ([]Files, error) {
	var all []Files
	for _, set := range p.Settings.Files {
		if !set.InBuilder || !holds(p, set.Condition, arch) {
			continue
		}
		f, err := fileSet(p, set, arch, owner{})
		if err != nil {
			return nil, err
		}
		f.UID, f.GID = 0, 0
		f.To = set.To.V
		all = append(all, f)
	}
	return all, nil
}

// owner is a user and a group by number.
type owner struct {
	UID, GID int
	// Known is false if the image's user has a name whose number is not known.
	Known bool
}

// fileSet is an entry of [[tool.moult.files]], for the image or for the
// builder.
func fileSet(p *project.Project, set project.FileSet, arch string, user owner) (Files, error) {
	f := Files{
		Image: set.Image.V, Context: set.Context.V, Stage: set.Stage.V,
		Unpack: set.Unpack, Strip: set.Strip, Mode: set.Mode, Pos: set.Pos, SourcePos: cmp.Or(set.Image.Pos, set.Context.Pos, set.Pos),
	}
	for _, e := range set.Exclude {
		f.Exclude = append(f.Exclude, e.V)
	}
	if f.Stage != "" && !slices.ContainsFunc(p.Settings.Stages, func(s project.Stage) bool { return s.Name == f.Stage }) {
		return f, source.Errorf(set.Stage.Pos, "there is no stage %q", f.Stage).WithHint("describe it under [tool.moult.stage.%s]", f.Stage)
	}
	if len(set.URL) > 0 {
		d, err := downloadFor(set, arch)
		if err != nil {
			return f, err
		}
		f.Download, f.Name = d, d.Filename
		if f.Mode == 0 && !f.Unpack {
			f.Mode = 0o644
		}
	}
	f.From, f.Include = splitPattern(set.From.V)
	if f.Image != "" || f.Stage != "" {
		f.From = path.Join("/", f.From)
	}
	switch set.Owner {
	case "", "root":
	case "user":
		if !user.Known && set.InImage {
			return f, source.Errorf(set.Pos, "the files are to belong to the image's user, whose uid is not known").
				WithHint("write the owner as numbers, owner = \"1000:1000\"")
		}
		f.UID, f.GID = user.UID, user.GID
	default:
		uid, gid, ok := ownerNumbers(set.Owner)
		if !ok {
			return f, source.Errorf(set.Pos, "the owner %q is neither \"root\", \"user\" nor two numbers as in \"1000:1000\"", set.Owner)
		}
		f.UID, f.GID = uid, gid
	}
	return f, nil
}

func ownerNumbers(text string) (uid, gid int, ok bool) {
	u, g, found := strings.Cut(text, ":")
	if !found {
		g = u
	}
	uid, err := strconv.Atoi(u)
	if err != nil {
		return 0, 0, false
	}
	gid, err = strconv.Atoi(g)
	return uid, gid, err == nil && uid >= 0 && gid >= 0
}

// downloadFor is the file for an architecture.
func downloadFor(set project.FileSet, arch string) (*Download, error) {
	pick := func(of map[string]source.At[string]) (source.At[string], bool) {
		if v, ok := of[arch]; ok {
			return v, true
		}
		v, ok := of[""]
		return v, ok
	}
	u, ok := pick(set.URL)
	if !ok {
		return nil, source.Errorf(set.Pos, "there is no url for %s", arch).
			WithHint("add one, or say with arch = [...] for which architectures the files are")
	}
	sum, ok := pick(set.SHA256)
	if !ok {
		return nil, source.Errorf(set.Pos, "there is no sha256 for %s", arch)
	}
	return &Download{URL: u.V, SHA256: strings.ToLower(sum.V), Filename: nameIn(u.V)}, nil
}

// nameIn is the file name at the end of a URL.
func nameIn(url string) string {
	for _, end := range []string{"#", "?"} {
		url, _, _ = strings.Cut(url, end)
	}
	name := path.Base(strings.TrimRight(url, "/"))
	if name == "." || name == "/" {
		return "download"
	}
	return name
}

// splitPattern splits a path with wildcards into the folder before the first
// one and the pattern from there.
func splitPattern(from string) (dir string, include []string) {
	from = strings.TrimSuffix(from, "/")
	parts := strings.Split(from, "/")
	for n, part := range parts {
		if strings.ContainsAny(part, "*?[") {
			dir := strings.Join(parts[:n], "/")
			if dir == "" {
				dir = "."
			}
			return dir, []string{strings.Join(parts[n:], "/")}
		}
	}
	if from == "" {
		return ".", nil
	}
	return from, nil
}

// counts reports whether an entry of a list applies to this build.
func (in Input) counts(c project.Condition) bool {
	return holds(in.Project, c, in.Environment.Platform.Arch)
}

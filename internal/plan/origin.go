package plan

import (
	"bytes"
	"encoding/json"
	"path"
	"slices"

	"github.com/moult-build/moult/internal/pypkg/wheel"
)

// WheelOrigin says where a package's wheel comes from: it is a *Download, a
// ContextFile, a *Git with a File, a Resolved or a Built.
type WheelOrigin interface{ wheel() }

// TreeOrigin says where a source tree is: it is a *ContextFolder, a ContextFile, a
// *Download, a *Git or a *Choice.
type TreeOrigin interface{ tree() }

// ContextFile is a file of the context: a wheel, or an sdist. SHA256 is the
// digest in hex that a lock has for it, if there is one.
type ContextFile struct{ Path, SHA256 string }

// Resolved is a wheel in the resolver's result.
type Resolved struct{ Filename string }

// Built is a wheel that is built from a Source.
type Built struct{ Source string }

// ContextFolder is a folder of the context.
type ContextFolder struct {
	Dir string
	// Exclude are .dockerignore patterns for files that do not belong to the
	// tree.
	Exclude []string
	// Pyproject is the content of its pyproject.toml; "" for that of the context.
	Pyproject string
	// Added are outputs of stages that are copied into it.
	Added []Added
}

func (*Download) wheel()   {}
func (ContextFile) wheel() {}
func (*Git) wheel()        {}
func (Resolved) wheel()    {}
func (Built) wheel()       {}

func (*ContextFolder) tree() {}
func (ContextFile) tree()    {}
func (*Download) tree()      {}
func (*Git) tree()           {}
func (*Choice) tree()        {}

// Download is the wheel's download; nil where it comes from elsewhere.
func (p Package) Download() *Download {
	d, _ := p.Origin.(*Download)
	return d
}

// Unresolved reports whether the packages of the requirements are not known, because
// a check and a plan that need no resolver do not run it. Those that are built from
// the project's own sources are known.
func (p *Plan) Unresolved() bool {
	return p.Building != nil && p.Building.Resolve != nil && !slices.ContainsFunc(p.Packages, func(pkg Package) bool { return pkg.Resolved() != "" })
}

// Resolved is the wheel's name in the resolver's result; empty where it comes
// from elsewhere.
func (p Package) Resolved() string {
	r, _ := p.Origin.(Resolved)
	return r.Filename
}

// BuiltFrom is the name of the Source that it is built from; empty where it
// comes as a wheel.
func (p Package) BuiltFrom() string {
	b, _ := p.Origin.(Built)
	return b.Source
}

// MayBeCompiled reports whether the package may hold compiled code.
func (p Package) MayBeCompiled() bool { return !wheel.AnyPlatform(p.WheelName()) }

// WheelName is the file name of its wheel; empty for what is built.
func (p Package) WheelName() string {
	switch o := p.Origin.(type) {
	case *Download:
		return o.Filename
	case ContextFile:
		return path.Base(o.Path)
	case *Git:
		return path.Base(o.File)
	case Resolved:
		return o.Filename
	default:
		return ""
	}
}

// Folder is the tree's folder; nil where it is elsewhere.
func (s Source) Folder() *ContextFolder {
	f, _ := s.Origin.(*ContextFolder)
	return f
}

// Download is the sdist's download; nil where the tree is elsewhere.
func (s Source) Download() *Download {
	d, _ := s.Origin.(*Download)
	return d
}

// Git is the tree's repository; nil where it is elsewhere.
func (s Source) Git() *Git {
	g, _ := s.Origin.(*Git)
	return g
}

// Choice is how the file is chosen; nil where it is known.
func (s Source) Choice() *Choice {
	p, _ := s.Origin.(*Choice)
	return p
}

// In JSON an origin is one key beside the others, named after its kind.

type packageFields Package

type packageJSON struct {
	packageFields
	Download   *Download `json:"download,omitempty"`
	File       string    `json:"file,omitempty"`
	FileSHA256 string    `json:"fileSHA256,omitempty"`
	Git        *Git      `json:"git,omitempty"`
	Resolved   string    `json:"resolved,omitempty"`
	Built      string    `json:"built,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (p Package) MarshalJSON() ([]byte, error) {
	out := packageJSON{packageFields: packageFields(p)}
	switch o := p.Origin.(type) {
	case *Download:
		out.Download = o
	case ContextFile:
		out.File, out.FileSHA256 = o.Path, o.SHA256
	case *Git:
		out.Git = o
	case Resolved:
		out.Resolved = o.Filename
	case Built:
		out.Built = o.Source
	}
	return encode(out)
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *Package) UnmarshalJSON(data []byte) error {
	var in packageJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*p = Package(in.packageFields)
	switch {
	case in.Download != nil:
		p.Origin = in.Download
	case in.File != "":
		p.Origin = ContextFile{in.File, in.FileSHA256}
	case in.Git != nil:
		p.Origin = in.Git
	case in.Resolved != "":
		p.Origin = Resolved{in.Resolved}
	case in.Built != "":
		p.Origin = Built{in.Built}
	}
	return nil
}

type sourceFields Source

type sourceJSON struct {
	sourceFields
	Dir        string    `json:"dir,omitempty"`
	Exclude    []string  `json:"exclude,omitempty"`
	Pyproject  string    `json:"pyproject,omitempty"`
	Added      []Added   `json:"added,omitempty"`
	File       string    `json:"file,omitempty"`
	FileSHA256 string    `json:"fileSHA256,omitempty"`
	Download   *Download `json:"download,omitempty"`
	Git        *Git      `json:"git,omitempty"`
	Choice     *Choice   `json:"choice,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (s Source) MarshalJSON() ([]byte, error) {
	out := sourceJSON{sourceFields: sourceFields(s)}
	switch o := s.Origin.(type) {
	case *ContextFolder:
		out.Dir, out.Exclude, out.Pyproject, out.Added = o.Dir, o.Exclude, o.Pyproject, o.Added
	case ContextFile:
		out.File, out.FileSHA256 = o.Path, o.SHA256
	case *Download:
		out.Download = o
	case *Git:
		out.Git = o
	case *Choice:
		out.Choice = o
	}
	return encode(out)
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *Source) UnmarshalJSON(data []byte) error {
	var in sourceJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*s = Source(in.sourceFields)
	switch {
	case in.Dir != "":
		s.Origin = &ContextFolder{Dir: in.Dir, Exclude: in.Exclude, Pyproject: in.Pyproject, Added: in.Added}
	case in.File != "":
		s.Origin = ContextFile{in.File, in.FileSHA256}
	case in.Download != nil:
		s.Origin = in.Download
	case in.Git != nil:
		s.Origin = in.Git
	case in.Choice != nil:
		s.Origin = in.Choice
	}
	return nil
}

// encode leaves the characters alone that only mean something in a web page:
// addresses hold them.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

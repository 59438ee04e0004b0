package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/plan"
)

// Measured are exact, uncompressed sizes of files in images and folders, in
// bytes; 0 if a size was not measured.
type Measured struct {
	// Python is the size of the base image's files below the interpreter's prefix,
	// System that of all its others.
	Python, System int64
	// App is the size of the application's files.
	App int64
}

// Size is the report of which parts take the space of an image.
type Size struct {
	Target    string         `json:"target"`
	Platforms []PlatformSize `json:"platforms"`
}

// PlatformSize is the same for one platform.
type PlatformSize struct {
	Project  string `json:"project,omitempty"`
	Platform string `json:"platform"`
	// Parts are sorted by size, the largest first; those of unknown size are last.
	Parts []Part `json:"parts"`
	// Wheels is the sum of the wheels' sizes, Unpacked the sum of all exact sizes,
	// both in bytes.
	Wheels   int64 `json:"wheels"`
	Unpacked int64 `json:"unpacked"`
	// Complete is true if each part has a size, of its wheel or unpacked.
	Complete bool `json:"complete"`
}

// PartKind is the kind of a part of an image.
type PartKind string

// The kinds of parts.
const (
	PartBase    PartKind = "base"
	PartPython  PartKind = "python"
	PartSystem  PartKind = "system packages"
	PartPackage PartKind = "package"
	PartApp     PartKind = "application"
)

// Part is a part of an image.
type Part struct {
	Kind PartKind `json:"kind"`
	Name string   `json:"name"`
	// Version is that of a package.
	Version string `json:"version,omitempty"`
	// Layer is the index, from 0, of its layer above the base; -1 for none.
	Layer int `json:"layer"`
	// Wheel is the compressed size of a package's wheel in bytes, from its lock or
	// its index. Unpacked is the exact size of its files in bytes. 0 means
	// unknown.
	Wheel    int64 `json:"wheel,omitempty"`
	Unpacked int64 `json:"unpacked,omitempty"`
	// Note says why the size is unknown, or describes the part.
	Note string `json:"note,omitempty"`
}

// NewSize makes the report from plans.
func NewSize(b Build) Size {
	s := Size{Target: b.Target}
	for _, p := range b.Platforms {
		s.Platforms = append(s.Platforms, platformSize(b.Target, p))
	}
	return s
}

func platformSize(target string, p Platform) PlatformSize {
	s := PlatformSize{Project: p.Plan.Project, Platform: p.Platform, Complete: true}
	if target != "venv" && target != "wheels" {
		s.Parts = append(s.Parts, base(p)...)
		if p.Plan.App != nil {
			note := ""
			if p.Measured.App == 0 {
				note = "not measured"
			}
			s.Parts = append(s.Parts, Part{Kind: PartApp, Name: p.Plan.App.Dir, Unpacked: p.Measured.App,
				Layer: layerOfKind(p, plan.LayerApp), Note: note})
		}
	}
	for _, pkg := range p.Plan.Packages {
		part := Part{Kind: PartPackage, Name: pkg.Name, Version: pkg.Version, Wheel: pkg.Size, Unpacked: pkg.Unpacked, Layer: layerOf(p, pkg.Name)}
		switch {
		case part.Wheel > 0 || part.Unpacked > 0:
		case pkg.BuiltFrom() != "":
			part.Note = "built from source; known after the build"
		case isFile(pkg):
			part.Note = "a wheel of the context"
		case isOfRepository(pkg):
			part.Note = "a wheel of a repository"
		default:
			part.Note = "the lock does not tell"
		}
		s.Parts = append(s.Parts, part)
	}
	for _, part := range s.Parts {
		s.Wheels += part.Wheel
		s.Unpacked += part.Unpacked
		s.Complete = s.Complete && part.Wheel+part.Unpacked > 0
	}
	slices.SortStableFunc(s.Parts, func(x, y Part) int {
		return cmp.Or(-cmp.Compare(max(x.Unpacked, x.Wheel), max(y.Unpacked, y.Wheel)), cmp.Compare(x.Name, y.Name))
	})
	return s
}

func base(p Platform) []Part {
	e := p.Plan.Environment
	if p.Measured.Python+p.Measured.System == 0 {
		return []Part{{Kind: PartBase, Name: p.Plan.Base, Layer: -1, Note: "not measured"}}
	}
	return []Part{
		{Kind: PartBase, Name: p.Plan.Base, Layer: -1, Unpacked: p.Measured.System, Note: "the base image without Python: " + strings.TrimSpace(e.Distribution.ID+" "+e.Distribution.Version)},
		{Kind: PartPython, Name: "python", Version: cmp.Or(e.Python.Full, e.Python.Name()), Layer: -1, Unpacked: p.Measured.Python, Note: "of the base image"},
	}
}

func layerOf(p Platform, name string) int {
	return slices.IndexFunc(p.Layers, func(l plan.Layer) bool { return slices.Contains(l.Packages, name) })
}

func layerOfKind(p Platform, kind plan.LayerKind) int {
	return slices.IndexFunc(p.Layers, func(l plan.Layer) bool { return l.Kind == kind })
}

// Text implements Printer.
func (r Size) Text(w io.Writer) error {
	p := &printer{w: w}
	for n, platform := range r.Platforms {
		if n > 0 {
			p.line("")
		}
		title := platform.Project
		if title == "" {
			title = "project"
		}
		p.line("%s: where the bytes of target %s for %s come from", title, r.Target, platform.Platform)
		p.line("")
		rows := [][]string{{"WHEEL", "UNPACKED", "SHARE", "WHAT"}}
		for _, part := range platform.Parts {
			rows = append(rows, []string{size(part.Wheel), size(part.Unpacked), share(part, platform), what(part)})
		}
		p.table(rows)
		p.line("")
		p.line("in all: %s of wheels, compressed; %s unpacked that are known exactly", size(platform.Wheels), size(platform.Unpacked))
	}
	p.line("")
	p.line("WHEEL is the size of the compressed file, as the lock or the index says; SHARE is of all wheels.")
	p.line("UNPACKED is exact, and without the bytecode that the build adds.")
	return p.err
}

func share(part Part, platform PlatformSize) string {
	if part.Wheel == 0 || platform.Wheels == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part.Wheel)/float64(platform.Wheels))
}

func what(part Part) string {
	text := strings.TrimSpace(part.Name + " " + part.Version)
	if part.Kind == PartApp {
		text = "the application, in " + part.Name
	}
	if part.Note != "" {
		text += " (" + part.Note + ")"
	}
	return text
}

// isFile reports whether a package is a wheel of the context.
func isFile(pkg plan.Package) bool {
	_, ok := pkg.Origin.(plan.ContextFile)
	return ok
}

// isOfRepository reports whether a package is a wheel of a git repository.
func isOfRepository(pkg plan.Package) bool {
	_, ok := pkg.Origin.(*plan.Git)
	return ok
}

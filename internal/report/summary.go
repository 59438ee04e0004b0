package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Summary is the report at the end of a build.
type Summary struct {
	Target    string            `json:"target"`
	Platforms []PlatformSummary `json:"platforms"`
}

// PlatformSummary is the same for one platform.
type PlatformSummary struct {
	Project  string `json:"project,omitempty"`
	Platform string `json:"platform"`
	// Base is the reference of the base image, with its digest if it has one.
	Base string `json:"base"`
	// Packages is the number of Python packages: Wheels came as wheels, Built
	// were built from source.
	Packages int `json:"packages"`
	Wheels   int `json:"wheels"`
	Built    int `json:"built"`
	// WheelBytes is the sum of the known sizes of the compressed wheels.
	WheelBytes int64 `json:"wheelBytes"`
	// Compiled counts the application's files that were compiled to bytecode; nil
	// if they were not counted.
	Compiled *Compiled `json:"compiled,omitempty"`
	// Layers is the number of layers above the base.
	Layers int `json:"layers"`
	// Largest are the largest packages, at most three.
	Largest []Part `json:"largest,omitempty"`
	// Steps are counts of the build's steps. It is nil in a frontend, because only
	// its client knows them.
	Steps *Steps `json:"steps,omitempty"`
}

// Compiled counts files that Python has compiled.
type Compiled struct {
	// Files is the number of files with bytecode, Failed of those that cannot be
	// compiled.
	Files  int `json:"files"`
	Failed int `json:"failed,omitempty"`
}

// Steps counts the steps of a build.
type Steps struct {
	// Ran is the number of steps that ran, Reused of those from the cache.
	Ran    int `json:"ran"`
	Reused int `json:"reused"`
}

// largest is the number of packages that the summary names.
const largest = 3

// NewSummary makes the summary from plans.
func NewSummary(b Build) Summary {
	s := Summary{Target: b.Target}
	for _, p := range b.Platforms {
		one := PlatformSummary{
			Project: p.Plan.Project, Platform: p.Platform, Base: cmp.Or(p.Base, p.Plan.Base),
			Packages: len(p.Plan.Packages), Layers: len(p.Layers), Compiled: p.Compiled,
		}
		var parts []Part
		for _, pkg := range p.Plan.Packages {
			if pkg.BuiltFrom() != "" {
				one.Built++
			} else {
				one.Wheels++
			}
			one.WheelBytes += pkg.Size
			if pkg.Size > 0 {
				parts = append(parts, Part{Kind: PartPackage, Name: pkg.Name, Version: pkg.Version, Wheel: pkg.Size, Layer: layerOf(p, pkg.Name)})
			}
		}
		slices.SortStableFunc(parts, func(x, y Part) int { return -cmp.Compare(x.Wheel, y.Wheel) })
		one.Largest = parts[:min(len(parts), largest)]
		s.Platforms = append(s.Platforms, one)
	}
	return s
}

// Text implements Printer: a line or two for each platform.
func (s Summary) Text(w io.Writer) error {
	p := &printer{w: w}
	for _, one := range s.Platforms {
		what := cmp.Or(one.Project, "project")
		if s.Target != "runtime" {
			what += " (" + s.Target + ")"
		}
		p.line("%s for %s: %s", what, one.Platform, one.contents())
		if one.Packages > largest && len(one.Largest) > 0 {
			var names []string
			for _, l := range one.Largest {
				names = append(names, l.Name+" "+size(l.Wheel))
			}
			p.line("  largest: %s", strings.Join(names, ", "))
		}
		if one.Steps != nil {
			p.line("  %s run, %d reused", count(one.Steps.Ran, "step"), one.Steps.Reused)
		}
	}
	return p.err
}

func (s PlatformSummary) contents() string {
	base, _, _ := strings.Cut(s.Base, "@")
	where := fmt.Sprintf("%s on %s", count(s.Layers, "layer"), base)
	if c := s.Compiled; c != nil {
		text := count(c.Files, "file") + " compiled"
		if c.Failed > 0 {
			text += fmt.Sprintf(" and %d not", c.Failed)
		}
		where = text + ", " + where
	}
	if s.Packages == 0 {
		return "no packages, " + where
	}
	var parts []string
	if s.Wheels > 0 {
		text := count(s.Wheels, "wheel")
		if s.WheelBytes > 0 {
			text += " of " + size(s.WheelBytes)
		}
		parts = append(parts, text)
	}
	if s.Built > 0 {
		parts = append(parts, fmt.Sprintf("%d built from source", s.Built))
	}
	return fmt.Sprintf("%s (%s), %s", count(s.Packages, "package"), strings.Join(parts, "; "), where)
}

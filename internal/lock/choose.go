package lock

import (
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/source"
)

// Choice is how a package is installed.
type Choice struct {
	// Artifact is the file: a wheel, or a source archive to build. Nil for
	// repositories, folders and virtual packages.
	Artifact *Artifact
	// Wheel is true if the file is a wheel, so that nothing is built.
	Wheel bool
}

// Choose returns the file of a package that fits an interpreter: the wheel
// with the best tag and then the highest build number, or the sdist if no
// wheel fits. If the lock does not name files (see NeedsIndex), links must be
// added first.
//
// The error says for every kind of wheel why it does not fit.
func (p *Package) Choose(supported *tags.Supported) (Choice, error) {
	switch p.Source.Kind {
	case FromGit:
		if p.Source.VCS != "git" {
			return Choice{}, source.Errorf(p.Pos, "%s comes from a %q repository; Moult fetches git only", p.Name, p.Source.VCS)
		}
		if p.Source.LFS {
			return Choice{}, source.Errorf(p.Pos, "%s comes from a repository with Git LFS, whose files BuildKit does not fetch", p.Name).
				WithHint("publish it as a wheel; or put a checkout into the project, require it by its path (for uv: %s = {path = %q} in [tool.uv.sources]), and lock again", p.Name, "vendor/"+p.Name)
		}
		if p.Source.File == "" {
			return Choice{}, nil
		}
	case FromDirectory:
		return Choice{}, nil
	}
	if p.needsNames() {
		return Choice{}, source.Errorf(p.Pos, "%s: the lock has hashes without file names", describe(p.Name, p.Version))
	}
	var wheels []tags.Wheel
	var of []int
	for i := range p.Wheels {
		if p.NoWheel {
			break
		}
		w, err := tags.ParseWheelFilename(p.Wheels[i].Filename)
		if err != nil {
			continue // an old name nobody can install; another may fit
		}
		wheels = append(wheels, w)
		of = append(of, i)
	}
	if best, ok := supported.Best(wheels); ok {
		return Choice{Artifact: &p.Wheels[of[best]], Wheel: true}, nil
	}
	if p.Sdist != nil && !p.NoSdist {
		return Choice{Artifact: p.Sdist}, nil
	}
	if p.NoSdist && p.Sdist != nil && len(wheels) == 0 || p.NoWheel {
		return Choice{}, source.Errorf(p.Pos, "--no-binary and --only-binary exclude every file of %s", describe(p.Name, p.Version))
	}
	if len(p.Wheels) == 0 {
		return Choice{}, source.Errorf(p.Pos, "%s has no files in the lock", describe(p.Name, p.Version)).WithHint("lock again")
	}
	reason := supported.WhyNone(wheels)
	if reason == "" {
		reason = "their names cannot be read"
	}
	return Choice{}, source.Errorf(p.Pos, "%s has no wheel for %s and no sdist: its wheels are %s",
		describe(p.Name, p.Version), supported.Target, reason).
		WithHint("use a base image that one of them fits, or lock a version of %s with a wheel for this one", p.Name)
}

// needsNames reports whether only hashes are known, or only the version.
func (p *Package) needsNames() bool {
	return p.Source.Kind == FromIndex && len(p.Wheels) == 0 && p.Sdist == nil && (len(p.Hashes) > 0 || p.Unlisted)
}

// NeedsIndex reports whether the addresses of the package's files must be
// looked up at its index. With names true, even the names of its files are
// not known, so that Choose must wait for the links.
func (p *Package) NeedsIndex() (need, names bool) {
	if p.Source.Kind != FromIndex {
		return false, false
	}
	if p.needsNames() {
		return true, true
	}
	for i := range p.Wheels {
		need = need || p.Wheels[i].URL == "" && p.Wheels[i].Path == ""
	}
	if p.Sdist != nil {
		need = need || p.Sdist.URL == "" && p.Sdist.Path == ""
	}
	return need, false
}

package plan

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/lock"
	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/indexpage"
	"github.com/moult-build/moult/internal/pypkg/pep440"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/pypkg/tags"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/step/indexfiles"
)

// Relocking is pip's resolution for one platform, from which a lock is made.
type Relocking struct {
	Plan      *Plan
	Requested *project.Requested
	// Direct are the packages that come from a repository, an address or a
	// file of the context, by name.
	Direct map[string]*lock.Package
	// Asked and Answer are the request to the indexes and their answer, see
	// Unlocated.
	Asked  indexfiles.Request
	Answer indexfiles.Answer
}

// Unlocated is the request to indexes that is needed to lock a resolution.
// It asks for every file of each version that pip chose, so that the lock
// also has the files for other interpreters.
func (r Relocking) Unlocated() indexfiles.Request {
	var request indexfiles.Request
	for _, pkg := range r.Plan.Packages {
		if pkg.Resolved() == "" || r.Direct[pkg.Name] != nil || r.local(pkg.Name) {
			continue
		}
		p := indexfiles.Package{Name: pkg.Name, Version: pkg.Version}
		indexes := r.indexes(pkg.Name)
		if len(indexes) == 0 {
			continue
		}
		for _, i := range indexes {
			p.Indexes = append(p.Indexes, place(&request, i))
		}
		request.Packages = append(request.Packages, p)
	}
	return request
}

// place is the position of an index in a request, which it is added to.
func place(request *indexfiles.Request, i Index) int {
	index := indexfiles.Index{URL: i.URL, Secret: i.Secret}
	at := slices.Index(request.Indexes, index)
	if at < 0 {
		at = len(request.Indexes)
		request.Indexes = append(request.Indexes, index)
	}
	return at
}

// local reports whether a package is made from a folder of the context.
func (r Relocking) local(name string) bool {
	return r.Plan.Building != nil && slices.ContainsFunc(r.Plan.Building.Sources, func(s Source) bool {
		return s.Name == name && s.Folder() != nil
	})
}

// indexes are the indexes from which pip may have taken a package; none if
// pip was told to ask none.
func (r Relocking) indexes(name string) []Index {
	for _, b := range r.Requested.IndexPins {
		if b.Name == name {
			return []Index{{Name: b.Index.Name, URL: b.Index.URL.V, Secret: b.Index.Secret.V}}
		}
	}
	if r.Requested.Options.NoIndex {
		return nil
	}
	if r.Plan.Building == nil || len(r.Plan.Building.Indexes) == 0 {
		return []Index{{URL: indexpage.Default}}
	}
	return r.Plan.Building.Indexes
}

// Relock makes a lock from pip's resolutions: one for all platforms, from
// which each platform gets its own resolution. The project itself is not in
// the lock, because its build does not need one.
func Relock(p *project.Project, python project.Python, all []Relocking) (*lock.Lock, error) {
	l := &lock.Lock{Format: lock.Pylock, Tool: "moult"}
	var err error
	if l.RequiresPython, err = pep440.ParseSpecifierSet("==" + python.Minor + ".*"); err != nil {
		return nil, err
	}
	for _, e := range p.Settings.Extras {
		l.Extras = append(l.Extras, pep503.Normalize(e.V))
	}
	for _, g := range p.Settings.Groups {
		l.Groups = append(l.Groups, g.V)
	}
	slices.Sort(l.Extras)
	slices.Sort(l.Groups)
	l.DefaultGroups = l.Groups
	conditions := make([]string, len(all))
	for n, r := range all {
		conditions[n] = condition(r.Plan.Environment)
	}
	for _, c := range slices.Compact(slices.Sorted(slices.Values(conditions))) {
		m, err := pep508.ParseMarker(c)
		if err != nil {
			return nil, err
		}
		l.Environments = append(l.Environments, lock.Condition{Marker: m})
	}

	// A package that is the same on all platforms has one entry; otherwise each
	// difference has an entry with a marker.
	type entry struct {
		pkg *lock.Package
		on  []string
	}
	byKey := map[string]*entry{}
	for n, r := range all {
		found, err := r.locked(p)
		if err != nil {
			return nil, err
		}
		for _, pkg := range found {
			key := pkg.Name + " " + pkg.Version + " " + string(pkg.Source.Kind) + " " + cmp.Or(pkg.Source.URL, pkg.Source.Index, pkg.Source.Path)
			e := byKey[key]
			if e == nil {
				e = &entry{pkg: pkg}
				byKey[key] = e
			} else if len(pkg.Wheels) < len(e.pkg.Wheels) {
				e.pkg = pkg // built there although a wheel would fit
			}
			e.on = append(e.on, conditions[n])
		}
	}
	everywhere := len(l.Environments)
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		e := byKey[key]
		on := slices.Compact(slices.Sorted(slices.Values(e.on)))
		if len(on) < everywhere {
			for n := range on {
				if len(on) > 1 {
					on[n] = "(" + on[n] + ")"
				}
			}
			if e.pkg.Marker, err = pep508.ParseMarker(strings.Join(on, " or ")); err != nil {
				return nil, err
			}
		}
		l.Packages = append(l.Packages, e.pkg)
	}
	return l, nil
}

// condition is the marker for an image's platform.
func condition(e environment.Environment) string {
	m := e.Markers()
	return fmt.Sprintf("platform_machine == %q and sys_platform == %q", m.PlatformMachine, m.SysPlatform)
}

// locked are the entries of one platform.
func (r Relocking) locked(p *project.Project) ([]*lock.Package, error) {
	var all []*lock.Package
	supported := r.Plan.Environment.Tags()
	own := pep503.Normalize(p.Name.V)
	for _, pkg := range r.Plan.Packages {
		switch direct := r.Direct[pkg.Name]; {
		case direct != nil:
			entry := *direct
			entry.Version = cmp.Or(entry.Version, versionOf(entry, pkg))
			all = append(all, &entry)
		case r.local(pkg.Name) && pkg.Name == own && p.BuildSystem != nil:
		case r.local(pkg.Name):
			dir, err := relative(p.Dir, r.folder(pkg.Name))
			if err != nil {
				return nil, source.Errorf(pkg.Pos, "%s lies in %s, and a lock beside the build file cannot refer to it: %w", pkg.Name, r.folder(pkg.Name), err)
			}
			all = append(all, &lock.Package{Name: pkg.Name, Source: lock.Source{Kind: lock.FromDirectory, Path: dir}})
		case pkg.Resolved() != "":
			entry, err := r.fromIndex(pkg, supported)
			if err != nil {
				return nil, err
			}
			all = append(all, entry)
		default:
			return nil, source.Errorf(pkg.Pos, "%s cannot be locked: its version is known only once it is built", pkg.Name)
		}
	}
	return all, nil
}

// versionOf is the version of a direct package in a lock. Only a file has
// one, because the version of a repository or a folder may differ from build
// to build.
func versionOf(entry lock.Package, pkg Package) string {
	if entry.Source.Kind == lock.FromURL || entry.Source.Kind == lock.FromFile {
		return pkg.Version
	}
	return ""
}

func (r Relocking) folder(name string) string {
	for _, s := range r.Plan.Building.Sources {
		if f := s.Folder(); f != nil && s.Name == name {
			return f.Dir
		}
	}
	return ""
}

// relative is a path of the context seen from one of its folders.
func relative(from, to string) (string, error) {
	if path.IsAbs(to) {
		return "", fmt.Errorf("it is outside the context")
	}
	up := ""
	for dir := path.Clean(from); ; dir = path.Dir(dir) {
		if dir == "." {
			return path.Clean(up + to), nil
		}
		if to == dir {
			return path.Clean(up + "."), nil
		}
		if rest, ok := strings.CutPrefix(to, dir+"/"); ok {
			return path.Clean(up + rest), nil
		}
		up += "../"
	}
}

// fromIndex is the entry of a package from an index: it has the files of the
// index that has the file of pip's choice.
func (r Relocking) fromIndex(pkg Package, supported *tags.Supported) (*lock.Package, error) {
	found := r.Answer[pkg.Name]
	if len(found) == 0 {
		err := source.Errorf(pkg.Pos, "no index has a file of %s %s, which pip has installed", pkg.Name, pkg.Version)
		if r.Requested.Options.NoIndex {
			return nil, err.WithHint("the requirements say --no-index, and files from folders and pages of links (--find-links) cannot be locked")
		}
		return nil, err
	}
	index := found[0].Index
	taken := slices.IndexFunc(found, func(l indexfiles.File) bool { return l.Filename == pkg.Resolved() })
	if taken >= 0 {
		index = found[taken].Index
	}
	entry := &lock.Package{
		Name: pkg.Name, Version: pkg.Version, Pos: pkg.Pos,
		Source: lock.Source{Kind: lock.FromIndex, Index: r.Asked.Indexes[index].URL},
	}
	for n, link := range found {
		if link.Index != index || link.Hashes["sha256"] == "" || link.Yanked && n != taken && (taken < 0 || !found[taken].Yanked) {
			continue
		}
		a := lock.Artifact{Filename: link.Filename, URL: link.URL, Size: link.Size, Hashes: map[string]string{"sha256": link.Hashes["sha256"]}}
		w, err := tags.ParseWheelFilename(link.Filename)
		switch _, fits := supported.Rank(w.Tags); {
		case err != nil && (entry.Sdist == nil || strings.HasSuffix(link.Filename, ".tar.gz")):
			entry.Sdist = &a
		case err != nil:
		case taken < 0 && fits:
			// pip has built it although this wheel fits, because the project says so.
		default:
			entry.Wheels = append(entry.Wheels, a)
		}
		if entry.RequiresPython.IsEmpty() && link.RequiresPython != "" {
			if set, err := pep440.ParseSpecifierSet(link.RequiresPython); err == nil {
				entry.RequiresPython = set
			}
		}
	}
	if entry.Sdist == nil && len(entry.Wheels) == 0 {
		return nil, source.Errorf(pkg.Pos, "the index %s gives no sha256 hash of the files of %s %s", entry.Source.Index, pkg.Name, pkg.Version)
	}
	choice, err := entry.Choose(supported)
	if err == nil && choice.Wheel && taken >= 0 && choice.Artifact.Filename != pkg.Resolved() {
		err = fmt.Errorf("the lock would install %s and not %s, which pip chose", choice.Artifact.Filename, pkg.Resolved())
	}
	if err != nil {
		return nil, source.Errorf(pkg.Pos, "%s cannot be locked: %w", pkg.Name, err)
	}
	return entry, nil
}

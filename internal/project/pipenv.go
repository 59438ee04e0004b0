package project

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/constraint"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/pep508"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// pipfile reads a Pipfile if nothing else says what to install.
func (r *reader) pipfile() {
	p := r.p
	if p.staticDependencies || p.DynamicDependencies || p.Origin == OriginPoetry || len(p.Settings.Requirements) > 0 {
		return
	}
	file, err := r.files.file(path.Join(p.Dir, "Pipfile"))
	if err != nil || file == nil {
		r.fail(err)
		return
	}
	root, err := toml.Parse(file)
	if err != nil {
		r.fail(err)
		return
	}
	if n := root.Get("requires"); n != nil {
		r.pipenvRequires(n)
	}
	if idle, err := r.idlePipfile(root); idle || err != nil {
		r.fail(err)
		return
	}
	p.staticDependencies, p.Locker = true, LockerPipenv
	if p.Origin == OriginNone {
		p.Origin = OriginPipenv
	}
	for _, n := range root.Items {
		switch n.Key {
		case "packages":
			p.Dependencies = r.pipenvPackages(n)
		case "source":
			r.pipenvSources(n)
		case "requires", "scripts":
		case "pipenv":
			if pre := n.Get("allow_prereleases"); pre != nil && pre.Kind == toml.Bool {
				p.Prereleases = pre.Bool
			}
		case "dev-packages":
			p.Groups = append(p.Groups, Set{Name: source.At[string]{V: "dev", Pos: n.KeyPos()}, Requirements: r.pipenvPackages(n)})
		default:
			// Every other table is a category of packages.
			if n.Kind == toml.Table {
				p.Groups = append(p.Groups, Set{Name: source.At[string]{V: n.Key, Pos: n.KeyPos()}, Requirements: r.pipenvPackages(n)})
			}
		}
	}
}

// idlePipfile reports whether a Pipfile and its lock name no package, and the
// project has a requirement file: "pipenv shell" writes such a Pipfile, and what
// the project needs stands in the other file. The Pipfile's Python counts. It
// is not idle if the build file wants one of its other categories of packages.
func (r *reader) idlePipfile(root *toml.Node) (bool, error) {
	if n := root.Get("packages"); n != nil && (n.Kind != toml.Table || len(n.Items) > 0) || r.p.Settings.Lock.File != "" {
		return false, nil
	}
	if slices.ContainsFunc(r.p.Settings.Groups, func(g source.At[string]) bool {
		return root.Get(g.V) != nil || g.V == "dev" && root.Get("dev-packages") != nil
	}) {
		return false, nil
	}
	if ok, err := r.locked(path.Join(r.p.Dir, "Pipfile.lock")); ok || err != nil {
		return false, err
	}
	file, err := r.usualRequirementFile()
	return file != nil, err
}

func (r *reader) pipenvSources(n *toml.Node) {
	var list []poetrySource
	r.fail(toml.Decode(n, &list, toml.AllowUnknown()))
	for i, s := range list {
		if s.URL == nil {
			continue
		}
		url := *s.URL
		url.V = variableCredentials.ReplaceAllString(url.V, "$1")
		r.addIndex(Index{Pos: s.pos, Name: s.Name, URL: url, Default: i == 0})
	}
}

func (r *reader) pipenvRequires(n *toml.Node) {
	if r.p.Settings.Python != nil {
		return // the key decides
	}
	for _, key := range []string{"python_full_version", "python_version"} {
		if v := n.Get(key); v != nil && v.Kind == toml.String {
			request, err := personalPython(source.At[string]{V: v.Str, Pos: v.Pos()})
			r.fail(err)
			r.pipfilePython = request
			return
		}
	}
}

// pipenvPackages converts a table of packages to requirements of PEP 508.
func (r *reader) pipenvPackages(n *toml.Node) []Requirement {
	if err := n.Expect(toml.Table); err != nil {
		r.fail(err)
		return nil
	}
	var list []Requirement
	for _, item := range n.Items {
		req, err := r.pipenvPackage(item)
		if err != nil {
			r.fail(err)
			continue
		}
		list = append(list, req)
	}
	return list
}

func (r *reader) pipenvPackage(n *toml.Node) (Requirement, error) {
	req := Requirement{Pos: n.KeyPos()}
	// "name[extra]" is one way to write extras.
	name, extras, _ := strings.Cut(strings.TrimSuffix(n.Key, "]"), "[")
	req.Name = strings.TrimSpace(name)
	for _, extra := range strings.Split(extras, ",") {
		if extra = strings.TrimSpace(extra); extra != "" {
			req.Extras = append(req.Extras, extra)
		}
	}
	if !pep503.IsValid(req.Name) {
		return req, source.Errorf(n.KeyPos(), "%q is not a valid project name", n.Key)
	}
	version := n
	if n.Kind == toml.Table {
		version = n.Get("version")
		for _, extra := range n.Get("extras").Elements() {
			req.Extras = append(req.Extras, extra.Text())
		}
	} else if err := n.Expect(toml.String); err != nil {
		return req, err
	}
	if text := version.Text(); text != "" && text != "*" {
		if c, err := constraint.Parse(text); err != nil {
			req.Unreadable = source.Errorf(version.Pos(), "%s: %w", n.Key, err)
		} else {
			req.setVersions(c)
		}
	}
	if n.Kind != toml.Table {
		return req, nil
	}
	var markers []string
	if text := n.Get("markers").Text(); text != "" {
		markers = append(markers, "("+text+")")
	}
	for _, key := range n.Keys() {
		if slices.Contains(pipenvMarkers, key) {
			markers = append(markers, key+" "+n.Get(key).Text())
		}
	}
	if len(markers) > 0 {
		marker, err := pep508.ParseMarker(strings.Join(markers, " and "))
		if err != nil {
			return req, source.Errorf(n.Pos(), "%s: invalid marker: %w", n.Key, err)
		}
		req.Marker = marker
	}
	err := r.pipenvOrigin(n, &req)
	return req, err
}

// pipenvOrigin reads the origin of a package, if its table has one.
func (r *reader) pipenvOrigin(n *toml.Node, req *Requirement) error {
	s := Source{Pos: n.KeyPos(), Name: pep503.Normalize(req.Name), Editable: n.Get("editable") != nil && n.Get("editable").Bool}
	file := n.Get("path")
	if file == nil {
		file = n.Get("file")
	}
	switch {
	case n.Get("git") != nil:
		url := n.Get("git")
		if err := checkURL(url.Text(), url.Pos()); err != nil {
			return err
		}
		s.Git = &GitSource{URL: strings.TrimPrefix(url.Text(), "git+"), Rev: n.Get("ref").Text(), Subdirectory: n.Get("subdirectory").Text()}
	case strings.Contains(file.Text(), "://"):
		if err := checkURL(file.Str, file.Pos()); err != nil {
			return err
		}
		s.URL = file.Str
	case file != nil:
		s.Pos = file.Pos()
		s.Path, s.Err = contextPath(r.p.Dir, source.At[string]{V: file.Text(), Pos: file.Pos()})
		if s.Err == nil && s.Path == r.p.Dir {
			req.Path = s.Path // the project itself
			return nil
		}
	case n.Get("index") != nil:
		s.Index = n.Get("index").Text()
	default:
		return nil
	}
	req.Source = &s
	return nil
}

// pipenvMarkers are the keys of a package that stand for a marker.
var pipenvMarkers = []string{
	"implementation_name", "implementation_version", "os_name", "platform_machine", "platform_python_implementation", "platform_release",
	"platform_system", "platform_version", "python_full_version", "python_version", "sys_platform",
}

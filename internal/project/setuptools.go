package project

import (
	"github.com/moult-build/moult/internal/pypkg/requirements"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// setuptoolsDynamic reads dependencies that setuptools takes from files:
// [tool.setuptools.dynamic] dependencies = {file = ["requirements.txt"]}.
func (r *reader) setuptoolsDynamic(n *toml.Node, dir string) {
	p := r.p
	if f := n.Get("version", "file"); f != nil {
		for _, v := range stringOrList(f) {
			r.buildFile(&r.p.BuildFiles, v, dir)
		}
	}
	if p.DynamicDependencies {
		if f := n.Get("dependencies", "file"); f != nil {
			p.Dependencies = append(p.Dependencies, r.dynamicFiles(f, dir)...)
			p.DynamicDependencies = false
		}
	}
	if table := n.Get("optional-dependencies"); p.DynamicExtras && table != nil && table.Kind == toml.Table {
		p.DynamicExtras = false
		for _, extra := range table.Items {
			f := extra.Get("file")
			if f == nil {
				p.DynamicExtras = true
				continue
			}
			r.addExtra(source.At[string]{V: extra.Key, Pos: extra.KeyPos()}, r.dynamicFiles(f, dir))
		}
	}
}

// dynamicFiles reads requirements the way setuptools does: one a line, "#"
// starts a comment, no options.
func (r *reader) dynamicFiles(n *toml.Node, dir string) []Requirement {
	var list []Requirement
	for _, v := range stringOrList(n) {
		name, err := contextPath(dir, v)
		if err != nil {
			r.fail(err)
			continue
		}
		r.p.BuildFiles = append(r.p.BuildFiles, source.At[string]{V: name, Pos: v.Pos})
		file := r.readNamed(name, v.Pos)
		if file == nil {
			continue
		}
		lines, err := requirements.Lines(file)
		r.fail(err)
		for _, line := range lines {
			if line.Text[0] == '-' {
				r.fail(source.Errorf(line.Pos, "%q is an option; setuptools takes only requirements from this file", line.Text))
				continue
			}
			if req, ok := r.requirement(source.At[string]{V: line.Text, Pos: line.Pos}); ok {
				list = append(list, req)
			}
		}
	}
	return list
}

// stringOrList returns the strings of a key whose value is a string or a list.
func stringOrList(n *toml.Node) []source.At[string] {
	var list []source.At[string]
	for _, item := range append([]*toml.Node{n}, n.Elements()...) {
		if item != nil && item.Kind == toml.String {
			list = append(list, source.At[string]{V: item.Str, Pos: item.Pos()})
		}
	}
	return list
}

package sizepage

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/pypkg/wheel"
)

// node is a rectangle of the page: a layer, a package, a folder or a file.
type node struct {
	Name string `json:"n"`
	Size int64  `json:"s"`
	// Kind is "layer", "package", "folder", "file" or "rest".
	Kind     string  `json:"k"`
	Packed   int64   `json:"p,omitempty"`
	Children []*node `json:"c,omitempty"`
	parts    map[string]*node
}

// tree returns the image as a hierarchy: layers; in them packages of the
// virtual environment, or folders; in them files.
func tree(img *Image) *node {
	root := &node{Name: img.Name, Kind: "image"}
	for _, l := range img.Layers {
		if l.Size == 0 {
			continue
		}
		layer := &node{Name: l.Name, Kind: "layer", Packed: l.Packed}
		owners := packages(l.Files)
		for _, f := range l.Files {
			at, rest := layer, f.Name
			if site, inner, ok := cutSite(f.Name); ok {
				owner := owners[top(inner)]
				if owner == "" {
					owner = top(inner)
				}
				at = layer.child(owner, "package")
				rest = inner
				_ = site
			}
			parts := strings.Split(rest, "/")
			for n, part := range parts {
				kind := "folder"
				if n == len(parts)-1 {
					kind = "file"
				}
				at = at.child(part, kind)
			}
			at.Size += f.Size
		}
		layer.finish()
		root.Children = append(root.Children, layer)
	}
	for _, c := range root.Children {
		root.Size += c.Size
		root.Packed += c.Packed
	}
	return root
}

func (n *node) child(name, kind string) *node {
	if n.parts == nil {
		n.parts = map[string]*node{}
	}
	c := n.parts[name]
	if c == nil {
		c = &node{Name: name, Kind: kind}
		n.parts[name] = c
	}
	return c
}

// most is the number of parts of a folder that have a rectangle of their own.
const most = 60

// finish adds up the sizes and sorts by them. It merges the smallest parts into
// one, because a page with ten thousand files is not readable.
func (n *node) finish() {
	for _, c := range n.parts {
		c.finish()
		n.Size += c.Size
		n.Children = append(n.Children, c)
	}
	n.parts = nil
	// A folder that contains only one folder is merged with it.
	if n.Kind == "folder" && len(n.Children) == 1 && n.Children[0].Kind == "folder" {
		only := n.Children[0]
		n.Name, n.Children = path.Join(n.Name, only.Name), only.Children
	}
	slices.SortFunc(n.Children, func(a, b *node) int {
		return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Name, b.Name))
	})
	small := n.Size / 2000
	keep := min(len(n.Children), most)
	for keep > 0 && n.Children[keep-1].Size <= small {
		keep--
	}
	if tail := n.Children[keep:]; len(tail) > 1 {
		rest := &node{Kind: "rest", Name: count(countFiles(tail), "small file", "small files")}
		for _, c := range tail {
			rest.Size += c.Size
		}
		n.Children = append(slices.Clip(n.Children[:keep]), rest)
	}
}

// countFiles counts the files below nodes.
func countFiles(all []*node) int {
	total := 0
	for _, c := range all {
		if len(c.Children) == 0 {
			total++
		} else {
			total += countFiles(c.Children)
		}
	}
	return total
}

// cutSite splits a path at its site-packages.
func cutSite(name string) (site, inner string, ok bool) {
	site, inner, ok = strings.Cut(name, "/site-packages/")
	return site, inner, ok
}

func top(name string) string {
	first, _, _ := strings.Cut(name, "/")
	return first
}

// packages returns the package for each top-level name of site-packages in a
// layer. It is the package whose *.dist-info has this name, or the only package
// of the layer.
func packages(all []File) map[string]string {
	owners := map[string]string{}
	var infos, tops []string
	seen := map[string]bool{}
	for _, f := range all {
		_, inner, ok := cutSite(f.Name)
		if !ok || seen[top(inner)] {
			continue
		}
		name := top(inner)
		seen[name] = true
		if strings.HasSuffix(name, wheel.DistInfo) {
			infos = append(infos, name)
		} else {
			tops = append(tops, name)
		}
	}
	for _, info := range infos {
		name := wheel.Package(info)
		owners[info] = name
		for _, t := range tops {
			base := pep503.Normalize(strings.TrimSuffix(strings.TrimSuffix(t, ".libs"), ".py"))
			if base == name || strings.HasPrefix(base, name+"-") {
				owners[t] = name
			}
		}
	}
	// If the layer has one package, all files belong to it.
	if len(infos) == 1 {
		for _, t := range tops {
			owners[t] = owners[infos[0]]
		}
	}
	return owners
}

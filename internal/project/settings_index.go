package project

import (
	"slices"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

// indexSettings reads [[tool.moult.index]]. An entry of a target replaces an
// inherited one of the same name, and an inherited default.
func (r *reader) indexSettings(tables []indexTable) {
	var nodes []*toml.Node // of the indexes so far
	list := &r.p.Settings.Indexes
	for _, t := range tables {
		pos := t.node.Pos()
		index := Index{Pos: pos, Name: t.Name.V, Default: t.Default}
		if t.URL == nil {
			if t.Name.V == "" {
				r.fail(source.Errorf(pos, "an index needs a url, or the name of an index in another tool's table"))
				continue
			}
		} else {
			if err := checkIndexURL(*t.URL); err != nil {
				r.fail(err)
				continue
			}
			index.URL = *t.URL
		}
		if t.Secret.Pos.IsValid() {
			if err := checkSecretID(t.Secret); err != nil {
				r.fail(err)
				continue
			}
			index.Secret = t.Secret
		}
		for i := 0; i < len(*list); i++ {
			older := &(*list)[i]
			named, inherited := index.Name != "" && older.Name == index.Name, nodes[i].Parent() != t.node.Parent()
			switch {
			case named && inherited:
				*list, nodes = slices.Delete(*list, i, i+1), slices.Delete(nodes, i, i+1)
				i--
			case named:
				r.fail(source.Errorf(t.Name.Pos, "there are two indexes named %q, the first is at line %d", index.Name, older.Pos.Line))
			case index.Default && older.Default && inherited:
				older.Default = false
			case index.Default && older.Default:
				r.fail(source.Errorf(pos, "there are two default indexes, the first is at line %d", older.Pos.Line))
			}
		}
		*list, nodes = append(*list, index), append(nodes, t.node)
	}
}

var secretID = regex.New(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

func checkSecretID(v source.At[string]) error {
	if !secretID.MatchString(v.V) {
		return source.Errorf(v.Pos, "%q is not the id of a secret", shorten(v.V)).
			WithHint("write the id that the build gives it: docker buildx build --secret id=ID,...")
	}
	return nil
}

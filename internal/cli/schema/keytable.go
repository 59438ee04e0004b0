// Package schema describes the build file to people and to editors: the tables
// of keys in docs/build-file.md and the JSON schemas in schema/.
//
// Schema and Page are made from the Go types into which internal/project decodes
// the file, and from the texts of this package, one for each key. A test compares
// both with the files in the repository (go test -update writes them), checks that
// every key has its text, and checks the examples against the schema. No build uses
// this package.
package schema

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// key is the description of one key.
type key struct {
	name string
	// text says what the value is, in Markdown.
	text string
	// fallback is the text for the default; "" if there is nothing to say.
	fallback string
	// shape is the schema of a value whose Go type does not determine it;
	// otherwise nil.
	shape schema
}

// fields lists the keys of a table with their types.
func fields(table string) ([]field, error) {
	t := project.Tables()[table]
	if t == nil {
		return nil, fmt.Errorf("there is no table %q", table)
	}
	var list []field
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("toml"), ",")
		if name == "" {
			continue
		}
		list = append(list, field{
			name: name, typ: f.Type,
			required: strings.Contains(options, "required"),
			expands:  strings.Contains(options, "expand"),
		})
	}
	return list, nil
}

type field struct {
	name     string
	typ      reflect.Type
	required bool
	// expands is true if ${ARG} is replaced in the value; it is false for tables
	// of variables.
	expands bool
}

// find returns the description of a key of a table.
func find(table, name string) (key, bool) {
	for _, k := range keys[table] {
		if k.name == name {
			return k, true
		}
	}
	if conditional[table] {
		for _, k := range keys[conditions] {
			if k.name == name {
				return k, true
			}
		}
	}
	return key{}, false
}

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

// key is what is said about one key.
type key struct {
	name string
	// text says what the value is, in Markdown.
	text string
	// fallback is what counts where the key is missing; "" where nothing has
	// to be said.
	fallback string
	// shape is the schema of a value that the Go type leaves open; nil where
	// the type tells.
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
	// expands is true where ${ARG} is replaced; tables of variables are not
	// counted.
	expands bool
}

// find gives what is said about a key of a table.
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

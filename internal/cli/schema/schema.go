package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// schema is a JSON schema, or a part of one.
type schema map[string]any

// draft is the version that editors for TOML understand.
const draft = "http://json-schema.org/draft-07/schema#"

// id is where SchemaStore has the schema of a moult.toml, which its schema of pyproject.toml refers to for [tool.moult].
const id = "https://www.schemastore.org/moult.json"

// Schema gives the JSON schema of a moult.toml, which is that of [tool.moult], in the form that SchemaStore takes: its
// top is the table itself, because editors ignore what stands beside a reference.
func Schema() ([]byte, error) {
	all, err := definitions()
	if err != nil {
		return nil, err
	}
	top := schema{"$schema": draft, "$id": id, "title": "the build file of Moult", "description": "How Moult builds the image of a Python project"}
	if table, ok := all["moult"].(schema); ok {
		maps.Copy(top, table)
	}
	delete(all, "moult")
	top["definitions"] = all
	return encode(top)
}

// PyprojectSchema returns the JSON schema of a pyproject.toml. It checks only
// [tool.moult].
func PyprojectSchema() ([]byte, error) {
	s, err := definitions()
	if err != nil {
		return nil, err
	}
	return encode(schema{
		"$schema": draft, "title": "A pyproject.toml with [tool.moult]", "type": "object",
		"properties":  schema{"tool": schema{"type": "object", "properties": schema{"moult": ref("moult")}}},
		"definitions": s,
	})
}

func encode(s schema) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(s)
	return b.Bytes(), err
}

// definitions returns the schema of each table by name; that of [tool.moult] is
// "moult".
func definitions() (schema, error) {
	all := schema{}
	for _, table := range slices.Sorted(maps.Keys(project.Tables())) {
		s, err := tableSchema(table)
		if err != nil {
			return nil, err
		}
		all[definition(table)] = s
	}
	// A target may have all keys except these.
	target := all["target.NAME"].(schema)["properties"].(schema)
	for name, value := range all["moult"].(schema)["properties"].(schema) {
		if name != "target" {
			target[name] = value
		}
	}
	return all, nil
}

func definition(table string) string {
	if table == "" {
		return "moult"
	}
	return table
}

func tableSchema(table string) (schema, error) {
	list, err := fields(table)
	if err != nil {
		return nil, err
	}
	properties := schema{}
	var required []string
	for _, f := range list {
		k, ok := find(table, f.name)
		if !ok {
			return nil, fmt.Errorf("the key %s of %q has no description", f.name, table)
		}
		s := maps.Clone(k.shape)
		if s == nil {
			if s, err = typeSchema(f.typ); err != nil {
				return nil, fmt.Errorf("the key %s of %q: %w", f.name, table, err)
			}
		}
		// Editors ignore other keys next to a $ref.
		if r, ok := s["$ref"]; ok {
			s = schema{"allOf": []schema{{"$ref": r}}}
		}
		s["description"] = description(k)
		properties[f.name] = s
		if f.required {
			required = append(required, f.name)
		}
	}
	s := schema{"type": "object", "additionalProperties": false, "properties": properties}
	if required != nil {
		s["required"] = required
	}
	return s, nil
}

var (
	pointer = regexp.MustCompile(`,? see (below|\[[^\]]*\]\([^)]*\))`)
	link    = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// description is the text for editors: the page's text without its links.
func description(k key) string {
	text := k.text
	if k.fallback != "" {
		text += ". Default: " + k.fallback
	}
	return link.ReplaceAllString(pointer.ReplaceAllString(text, ""), "$1")
}

// typeSchema returns the schema of a Go type into which internal/project
// decodes.
func typeSchema(t reflect.Type) (schema, error) {
	for table, other := range project.Tables() {
		if other == t {
			return ref(definition(table)), nil
		}
	}
	if t.Kind() == reflect.Pointer {
		if t.Elem().Name() == "Node" {
			return nil, fmt.Errorf("the schema has no type for it")
		}
		return typeSchema(t.Elem())
	}
	switch {
	case strings.HasPrefix(t.Name(), "At["):
		v, _ := t.FieldByName("V")
		return typeSchema(v.Type)
	case t.Name() == "word":
		return str(), nil
	case strings.HasPrefix(t.Name(), "Entries["):
		v, _ := t.Elem().FieldByName("V")
		if v.Type.Kind() == reflect.Pointer {
			return tableOf(str()), nil // read one by one, as strings
		}
		of, err := typeSchema(v.Type)
		return tableOf(of), err
	}
	switch t.Kind() {
	case reflect.String:
		return str(), nil
	case reflect.Bool:
		return schema{"type": "boolean"}, nil
	case reflect.Int:
		return schema{"type": "integer"}, nil
	case reflect.Slice:
		of, err := typeSchema(t.Elem())
		return listOf(of), err
	}
	return nil, fmt.Errorf("no schema for %s", t)
}

func ref(name string) schema          { return schema{"$ref": "#/definitions/" + name} }
func str() schema                     { return schema{"type": "string"} }
func off() schema                     { return schema{"const": false} }
func pattern(form string) schema      { return schema{"type": "string", "pattern": form} }
func enum(words ...string) schema     { return schema{"enum": words} }
func listOf(of schema) schema         { return schema{"type": "array", "items": of} }
func tableOf(of schema) schema        { return schema{"type": "object", "additionalProperties": of} }
func oneOf(choices ...schema) schema  { return schema{"anyOf": choices} }
func command() schema                 { return listOf(str()) }
func packages() schema                { return listOf(oneOf(str(), ref("apt.run"))) }
func strOrList(of schema) schema      { return oneOf(of, listOf(of)) }
func mode() schema                    { return pattern("^0?[0-7]{3,4}$") }
func stringOr(other ...schema) schema { return oneOf(append([]schema{str()}, other...)...) }
func byArch() schema                  { return stringOr(tableOf(str())) }

package toml

import (
	"reflect"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
)

// Placed is implemented by structs that get their position in the file.
type Placed interface {
	PlaceTOML(source.Pos)
}

// Noded is implemented by structs that get their node.
type Noded interface {
	NodeTOML(*Node)
}

// fieldList are the tagged fields of a struct; names are theirs, in their order.
type fieldList struct {
	fields []field
	names  []string
}

func (d *decoder) fieldsOf(t reflect.Type) fieldList {
	if list, ok := d.known[t]; ok {
		return list
	}
	list := fieldList{fields: fieldsOf(t)}
	for _, f := range list.fields {
		list.names = append(list.names, f.name)
	}
	if d.known == nil {
		d.known = map[reflect.Type]fieldList{}
	}
	d.known[t] = list
	return list
}

type field struct {
	name     string
	index    []int
	required bool
	expands  bool
}

// fieldsOf returns the tagged fields of a struct and of its embedded structs.
func fieldsOf(t reflect.Type) []field { return appendFields(make([]field, 0, t.NumField()), t, nil) }

func appendFields(list []field, t reflect.Type, at []int) []field {
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("toml")
		index := append(at[:len(at):len(at)], i)
		if f.Anonymous && tag == "" && f.Type.Kind() == reflect.Struct {
			list = appendFields(list, f.Type, index)
			continue
		}
		name, rest, _ := strings.Cut(tag, ",")
		if name == "" || name == "-" || !f.IsExported() {
			continue
		}
		one := field{name: name, index: index}
		for rest != "" {
			var option string
			option, rest, _ = strings.Cut(rest, ",")
			one.required = one.required || option == "required"
			one.expands = one.expands || option == "expand"
		}
		list = append(list, one)
	}
	return list
}

func (d *decoder) decodeStruct(n *Node, v reflect.Value) {
	if !d.expect(n, Table) {
		return
	}
	if placed, ok := v.Addr().Interface().(Placed); ok {
		placed.PlaceTOML(n.Pos())
	}
	if noded, ok := v.Addr().Interface().(Noded); ok {
		noded.NodeTOML(n)
	}
	list := d.fieldsOf(v.Type())
	fields, names := list.fields, list.names
	for _, item := range n.Items {
		i := slices.Index(names, item.Key)
		if i < 0 {
			if !d.allowUnknown {
				d.errs = append(d.errs, d.unknownKey(item, names))
			}
			continue
		}
		if fields[i].expands && d.expand != nil {
			var ok bool
			if item, ok = d.expanded(item); !ok {
				continue
			}
		}
		d.decode(item, v.FieldByIndex(fields[i].index))
	}
	for _, f := range fields {
		if f.required && n.child(f.name) == nil {
			d.errs = append(d.errs, source.Errorf(n.Pos(), "%s needs the key %q", n.TablePath(), f.name))
		}
	}
}

func (d *decoder) expanded(n *Node) (*Node, bool) {
	return n.Replaced(func(n *Node) (string, bool) {
		text, ok, err := d.expand(n)
		if err != nil {
			d.fail(n, err)
		}
		return text, ok && err == nil
	})
}

// KeysOf returns the keys that Decode knows for a struct.
func KeysOf(v any) []string {
	fields := fieldsOf(reflect.TypeOf(v))
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.name
	}
	return keys
}

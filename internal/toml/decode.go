package toml

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/source"
)

// Unmarshaler is implemented by types that read themselves from a node. An
// error that is no *source.Error is placed at the node.
type Unmarshaler interface {
	UnmarshalTOML(n *Node) error
}

// Entry is one key of a table with its value.
type Entry[T any] struct {
	Key    string
	KeyPos source.Pos
	V      T
}

// Entries is a table read as a list: in the order it was written, every key
// with its place. Use it instead of a Go map where order or places matter.
type Entries[T any] []Entry[T]

// Get gives the value of a key.
func (e Entries[T]) Get(key string) (v T, ok bool) {
	for _, entry := range e {
		if entry.Key == key {
			return entry.V, true
		}
	}
	return v, false
}

// Keys gives the keys in the order they were written.
func (e Entries[T]) Keys() []string {
	keys := make([]string, len(e))
	for i, entry := range e {
		keys[i] = entry.Key
	}
	return keys
}

func (e *Entries[T]) decodeTable(d *decoder, n *Node) {
	if n.Kind != Table {
		d.errs = append(d.errs, mismatch(n, "a table"))
		return
	}
	for _, item := range n.Items {
		entry := Entry[T]{Key: item.Key, KeyPos: item.KeyPos()}
		if d.ok(item, reflect.ValueOf(&entry.V).Elem()) {
			*e = append(*e, entry)
		}
	}
}

type tableDecoder interface{ decodeTable(*decoder, *Node) }

// Option changes how Decode works.
type Option func(*decoder)

// AllowUnknown lets keys pass for which there is no field; for tables that
// belong to others, such as [project] or a lock file.
func AllowUnknown() Option { return func(d *decoder) { d.allowUnknown = true } }

// Synonyms gives words that people write for a key of another name; an unknown
// key that is one of them gets the right one as its hint.
func Synonyms(words map[string]string) Option { return func(d *decoder) { d.synonyms = words } }

// Expand gives the function through which the strings go that stand in fields with
// the tag option "expand", before they are decoded. Where it gives false, the
// field is left as if its key were missing; an error is reported.
func Expand(f func(n *Node) (text string, ok bool, err error)) Option {
	return func(d *decoder) { d.expand = f }
}

// Placed is implemented by structs that want to know where they were written.
type Placed interface {
	PlaceTOML(source.Pos)
}

// Noded is implemented by structs that want the node they were read from.
type Noded interface {
	NodeTOML(*Node)
}

type decoder struct {
	allowUnknown bool
	synonyms     map[string]string
	expand       func(*Node) (string, bool, error)
	// known are the fields of the structs met so far: a lock has thousands of
	// tables of one type.
	known map[reflect.Type]fieldList
	errs  []*source.Error
}

// Decode reads a node into what v points to. A table goes into a struct (by
// `toml:"name"` tags; ",required" after the name makes the key compulsory, ",expand"
// is explained at Expand; a field without a tag is left alone), a map[string]T or an Entries[T]; an
// array into a slice; a source.At[T] takes the value's place along; a pointer
// stays nil where the key is missing; *Node and any take anything.
//
// All that is wrong is reported at once, and left out of what v points to: the error is one *source.Error, or
// several in the order of the file joined by errors.Join.
func Decode(n *Node, v any, options ...Option) error {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("toml: Decode wants a pointer, not %T", v)
	}
	d := &decoder{}
	for _, option := range options {
		option(d)
	}
	if n == nil {
		return nil
	}
	d.decode(n, target.Elem())
	return d.err()
}

func (d *decoder) err() error {
	switch len(d.errs) {
	case 0:
		return nil
	case 1:
		return d.errs[0]
	}
	sort.SliceStable(d.errs, func(i, j int) bool {
		a, b := d.errs[i].Pos, d.errs[j].Pos
		return a.Line < b.Line || a.Line == b.Line && a.Col < b.Col
	})
	errs := make([]error, len(d.errs))
	for i, err := range d.errs {
		errs[i] = err
	}
	return errors.Join(errs...)
}

// fail records an error, placed at the node unless it has a place already;
// joined errors are taken apart so that all can be put in order.
func (d *decoder) fail(n *Node, err error) {
	var placed *source.Error
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			d.fail(n, e)
		}
		return
	}
	if !errors.As(err, &placed) {
		placed = source.Errorf(n.Pos(), "%s: %w", n.Path(), err)
	}
	d.errs = append(d.errs, placed)
}

var (
	nodeType = reflect.TypeFor[*Node]()
	posType  = reflect.TypeFor[source.Pos]()
)

func (d *decoder) decode(n *Node, v reflect.Value) {
	t := v.Type()
	if t == nodeType {
		v.Set(reflect.ValueOf(n))
		return
	}
	if v.CanAddr() {
		switch u := v.Addr().Interface().(type) {
		case Unmarshaler:
			if err := u.UnmarshalTOML(n); err != nil {
				d.fail(n, err)
			}
			return
		case tableDecoder:
			u.decodeTable(d, n)
			return
		}
	}
	switch t.Kind() {
	case reflect.Pointer:
		if target := reflect.New(t.Elem()); d.ok(n, target.Elem()) {
			v.Set(target)
		}
	case reflect.Interface:
		if value := n.Value(); value != nil && t.NumMethod() == 0 {
			v.Set(reflect.ValueOf(value))
		}
	case reflect.String:
		if d.expect(n, String) {
			v.SetString(n.Str)
		}
	case reflect.Bool:
		if d.expect(n, Bool) {
			v.SetBool(n.Bool)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if d.expect(n, Int) {
			if v.OverflowInt(n.Int) {
				d.fail(n, source.Errorf(n.Pos(), "%s is out of range", n.Path()))
				return
			}
			v.SetInt(n.Int)
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if d.expect(n, Int) {
			if n.Int < 0 || v.OverflowUint(uint64(n.Int)) {
				d.fail(n, source.Errorf(n.Pos(), "%s is out of range", n.Path()))
				return
			}
			v.SetUint(uint64(n.Int))
		}
	case reflect.Float32, reflect.Float64:
		switch n.Kind {
		case Int:
			v.SetFloat(float64(n.Int))
		case Float:
			if t.Kind() == reflect.Float32 && math.Abs(n.Float) > math.MaxFloat32 && !math.IsInf(n.Float, 0) {
				d.fail(n, source.Errorf(n.Pos(), "%s is out of range", n.Path()))
				return
			}
			v.SetFloat(n.Float)
		default:
			d.fail(n, mismatch(n, Float.String()))
		}
	case reflect.Slice:
		if n.Kind == Table && t.Elem().Kind() == reflect.Struct && n.Key != "" {
			d.errs = append(d.errs, mismatch(n, Array.String()).WithHint("write [[%s]], or %s = [{...}]", n.Path(), quoteKey(n.Key)))
			return
		}
		if !d.expect(n, Array) {
			return
		}
		list := reflect.MakeSlice(t, len(n.Items), len(n.Items))
		good := 0
		for _, item := range n.Items {
			list.Index(good).SetZero()
			if d.ok(item, list.Index(good)) {
				good++
			}
		}
		v.Set(list.Slice(0, good))
	case reflect.Map:
		if !d.expect(n, Table) {
			return
		}
		if t.Key().Kind() != reflect.String {
			d.fail(n, fmt.Errorf("toml: cannot decode into %s", t))
			return
		}
		table := reflect.MakeMapWithSize(t, len(n.Items))
		for _, item := range n.Items {
			value := reflect.New(t.Elem()).Elem()
			if !d.ok(item, value) {
				continue
			}
			table.SetMapIndex(reflect.ValueOf(item.Key).Convert(t.Key()), value)
		}
		v.Set(table)
	case reflect.Struct:
		if isAt(t) {
			if d.ok(n, v.FieldByName("V")) {
				v.FieldByName("Pos").Set(reflect.ValueOf(n.Pos()))
			}
			return
		}
		d.decodeStruct(n, v)
	default:
		d.fail(n, fmt.Errorf("toml: cannot decode into %s", t))
	}
}

// ok decodes and reports whether nothing was wrong. What was wrong is left out of
// lists, tables and pointers, so that one mistake is not reported again by those
// who look at the values.
func (d *decoder) ok(n *Node, v reflect.Value) bool {
	before := len(d.errs)
	d.decode(n, v)
	return len(d.errs) == before
}

// isAt reports whether a type is an instance of source.At.
func isAt(t reflect.Type) bool {
	return t.PkgPath() == posType.PkgPath() && strings.HasPrefix(t.Name(), "At[")
}

func (d *decoder) expect(n *Node, kind Kind) bool {
	if n.Kind == kind {
		return true
	}
	err := mismatch(n, kind.String())
	switch {
	case kind == Array && n.Key != "" && n.Kind == String:
		err = err.WithHint("write %s = [%q]", quoteKey(n.Key), n.Str)
	case kind == Array && n.Key != "" && (n.Kind == Int || n.Kind == Float):
		err = err.WithHint("write %s = [%s]", quoteKey(n.Key), n.Str)
	case kind == String && (n.Kind == Float || n.Kind == Int) && n.Key != "":
		err = err.WithHint("write %s = %q", quoteKey(n.Key), n.Str)
	case kind == String && n.Kind == Bool && n.Key != "":
		err = err.WithHint("write %s = %q", quoteKey(n.Key), strconv.FormatBool(n.Bool))
	case kind == Bool && (n.Kind == String || n.Kind == Int) && n.Key != "":
		err = err.WithHint("write %s = %t", quoteKey(n.Key), !slices.Contains([]string{"", "0", "no", "off", "false"}, strings.ToLower(n.Str)))
	}
	d.errs = append(d.errs, err)
	return false
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

// fieldsOf lists the tagged fields of a struct, those of embedded structs
// included.
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

func (d *decoder) unknownKey(n *Node, known []string) *source.Error {
	err := UnknownKey(n, known)
	if word := d.synonyms[n.Key]; word != "" {
		if first, _, _ := strings.Cut(word, "."); slices.Contains(known, first) {
			return err.WithHint("did you mean %q?", word)
		}
	}
	return err
}

// UnknownKey is the error for a node whose key is none of the known ones.
func UnknownKey(n *Node, known []string) *source.Error {
	err := source.Errorf(n.KeyPos(), "unknown key %q in %s", n.Key, n.parent.TablePath())
	err.Err = ErrUnknownKey
	if near := Nearest(n.Key, known); near != "" {
		return err.WithHint("did you mean %q?", near)
	}
	sorted := slices.Sorted(slices.Values(known))
	if len(sorted) > 0 {
		return err.WithHint("the keys are %s", strings.Join(sorted, ", "))
	}
	return err
}

// KeysOf lists the keys that Decode knows for a struct.
func KeysOf(v any) []string {
	fields := fieldsOf(reflect.TypeOf(v))
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.name
	}
	return keys
}

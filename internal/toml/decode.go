package toml

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/moult-build/moult/internal/source"
)

// Unmarshaler is implemented by types that read themselves from a node. An
// error that is not a *source.Error gets the position of the node.
type Unmarshaler interface {
	UnmarshalTOML(n *Node) error
}

// Option changes how Decode works.
type Option func(*decoder)

// AllowUnknown ignores keys that have no field. It is for tables that other
// tools define, such as [project] or a lock file.
func AllowUnknown() Option { return func(d *decoder) { d.allowUnknown = true } }

// Synonyms maps words that people write to the key that they mean. The error
// for such an unknown key has the right key as its hint.
func Synonyms(words map[string]string) Option { return func(d *decoder) { d.synonyms = words } }

// Expand sets the function that replaces the strings of fields with the tag
// option "expand" before they are decoded. If f returns false, the field stays
// as if its key were missing. An error of f is reported.
func Expand(f func(n *Node) (text string, ok bool, err error)) Option {
	return func(d *decoder) { d.expand = f }
}

type decoder struct {
	allowUnknown bool
	synonyms     map[string]string
	expand       func(*Node) (string, bool, error)
	// known caches the fields of structs, because a lock has thousands of tables
	// of one type.
	known map[reflect.Type]fieldList
	errs  []*source.Error
}

// Decode reads a node into the value that v points to. A table is read into a
// struct, a map[string]T or an Entries[T], and an array into a slice. A
// source.At[T] also gets the value's position. A pointer stays nil if the key
// is missing. *Node and any accept every value.
//
// The fields of a struct have tags `toml:"name"`. The option ",required" makes
// the key compulsory; see Expand for ",expand". Fields without a tag are not
// changed.
//
// Decode reports all errors at once: one *source.Error, or several in the order
// of the file, joined by errors.Join. Values with an error are omitted from the
// result.
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

// fail records an error, which gets the position of the node unless it has one.
// Joined errors are recorded one by one, so that all can be sorted.
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
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64:
		if !d.decodeNumber(n, v) {
			d.fail(n, source.Errorf(n.Pos(), "%s is out of range", n.Path()))
		}
	case reflect.Slice:
		d.decodeSlice(n, v)
	case reflect.Map:
		d.decodeMap(n, v)
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

// decodeNumber reports whether the number fits into v. A node of another kind
// is recorded as an error, and fits is true.
func (d *decoder) decodeNumber(n *Node, v reflect.Value) (fits bool) {
	switch {
	case v.CanFloat() && n.Kind == Int:
		v.SetFloat(float64(n.Int))
	case v.CanFloat() && n.Kind == Float:
		if v.OverflowFloat(n.Float) {
			return false
		}
		v.SetFloat(n.Float)
	case v.CanFloat():
		d.fail(n, mismatch(n, Float.String()))
	case !d.expect(n, Int):
	case v.CanUint():
		if n.Int < 0 || v.OverflowUint(uint64(n.Int)) {
			return false
		}
		v.SetUint(uint64(n.Int))
	default:
		if v.OverflowInt(n.Int) {
			return false
		}
		v.SetInt(n.Int)
	}
	return true
}

func (d *decoder) decodeSlice(n *Node, v reflect.Value) {
	t := v.Type()
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
}

func (d *decoder) decodeMap(n *Node, v reflect.Value) {
	t := v.Type()
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
		if d.ok(item, value) {
			table.SetMapIndex(reflect.ValueOf(item.Key).Convert(t.Key()), value)
		}
	}
	v.Set(table)
}

// ok decodes a node and reports whether there was no error. The callers omit a
// value with an error from lists, tables and pointers, so that later checks do
// not report it again.
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

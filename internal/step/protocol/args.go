package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"reflect"
	"strconv"
	"strings"
)

// An argument list is the program's path, the command's name and the command's
// fields in the order of its struct. A field is
//
//	--name VALUE   a text or a number; it is always in the list
//	--name VALUE   `optional`: a text or a number that is not there when it is
//	               zero, or a pointer that is not there when it is nil
//	--name         a truth, there when it is true
//	--name VALUE   once for each value of a list
//	-- VALUE...    `rest`: the last field, a list that ends the arguments
//
// A value with several parts is JSON. Parse returns every value of a field
// unchanged, except that an empty list becomes nil.

// field is one field of a command as its tag says.
type field struct {
	value          reflect.Value
	name           string
	optional, rest bool
}

// fields returns the fields of the command that v points to.
func fields(v reflect.Value) []field {
	v = v.Elem()
	all := make([]field, 0, v.NumField())
	for n := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(n).Tag.Get("arg"), ",")
		all = append(all, field{value: v.Field(n), name: name, optional: option == "optional", rest: option == "rest"})
	}
	return all
}

// encode returns the argument list of a command.
func encode(c Command) []string {
	v := reflect.New(reflect.TypeOf(c))
	v.Elem().Set(reflect.ValueOf(c))
	var args []string
	for _, s := range commands() {
		if reflect.TypeOf(s.zero) == v.Type().Elem() {
			args = []string{s.program, s.name}
		}
	}
	for _, f := range fields(v) {
		flag := "--" + f.name
		switch kind := f.value.Kind(); {
		case f.rest:
			if f.value.Len() > 0 {
				args = append(append(args, "--"), f.value.Interface().([]string)...)
			}
		case kind == reflect.Bool:
			if f.value.Bool() {
				args = append(args, flag)
			}
		case kind == reflect.Slice:
			for n := range f.value.Len() {
				args = append(args, flag, text(f.value.Index(n)))
			}
		case kind == reflect.Pointer:
			if !f.value.IsNil() {
				args = append(args, flag, text(f.value.Elem()))
			}
		case !f.optional || !f.value.IsZero():
			args = append(args, flag, text(f.value))
		}
	}
	return args
}

// text is a value as an argument.
func text(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Int, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)      // an address stays readable
	_ = e.Encode(v.Interface()) // texts, numbers and truths always encode
	return strings.TrimSpace(b.String())
}

// Parse reads an argument list in the form of Args, with the program first.
// The program may be in any folder.
func Parse(args []string) (Command, error) {
	if len(args) == 0 {
		return nil, errors.New("there is no program")
	}
	program := path.Base(args[0])
	var names []string
	for _, s := range commands() {
		if path.Base(s.program) != program {
			continue
		}
		if len(args) > 1 && s.name == args[1] {
			v := reflect.New(reflect.TypeOf(s.zero))
			if err := decode(fields(v), args[2:]); err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			return v.Elem().Interface().(Command), nil
		}
		names = append(names, s.name)
	}
	switch {
	case names == nil:
		return nil, fmt.Errorf("%q is no program of Moult's steps", args[0])
	case len(args) == 1:
		return nil, fmt.Errorf("a command is missing: %s", strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("there is no command %q, only %s", args[1], strings.Join(names, ", "))
}

// decode reads arguments into the fields of a command.
func decode(all []field, args []string) error {
	byName := map[string]field{}
	for _, f := range all {
		if !f.rest {
			byName["--"+f.name] = f
		}
	}
	had := map[string]bool{}
	for len(args) > 0 && args[0] != "--" {
		flag := args[0]
		f, ok := byName[flag]
		repeats := ok && f.value.Kind() == reflect.Slice
		switch {
		case !ok:
			return fmt.Errorf("unknown argument %q", flag)
		case had[flag] && !repeats:
			return fmt.Errorf("%s is there twice", flag)
		}
		had[flag], args = true, args[1:]
		if f.value.Kind() == reflect.Bool {
			f.value.SetBool(true)
			continue
		}
		if len(args) == 0 {
			return fmt.Errorf("%s needs a value", flag)
		}
		if err := f.set(args[0]); err != nil {
			return fmt.Errorf("%s %s: %w", flag, args[0], err)
		}
		args = args[1:]
	}
	for _, f := range all {
		if f.required() && !had["--"+f.name] {
			return fmt.Errorf("--%s is required", f.name)
		}
	}
	if len(args) < 2 {
		return nil
	}
	last := all[len(all)-1]
	if !last.rest {
		return fmt.Errorf("unexpected argument %q", args[1])
	}
	last.value.Set(reflect.ValueOf(append([]string(nil), args[1:]...)))
	return nil
}

// required reports whether a field is always there.
func (f field) required() bool {
	switch f.value.Kind() {
	case reflect.Bool, reflect.Slice, reflect.Pointer:
		return false
	}
	return !f.optional
}

// set sets the value of a field, or adds one to a list.
func (f field) set(arg string) error {
	to := f.value
	switch to.Kind() {
	case reflect.Slice:
		to = reflect.New(to.Type().Elem()).Elem()
	case reflect.Pointer:
		to = reflect.New(to.Type().Elem()).Elem()
	}
	switch to.Kind() {
	case reflect.String:
		to.SetString(arg)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(arg, 10, 64)
		if err != nil {
			return errors.New("it is no number")
		}
		to.SetInt(n)
	default:
		d := json.NewDecoder(strings.NewReader(arg))
		d.DisallowUnknownFields()
		if err := d.Decode(to.Addr().Interface()); err != nil {
			return err
		}
		if d.More() {
			return errors.New("more follows the JSON value")
		}
	}
	switch f.value.Kind() {
	case reflect.Slice:
		f.value.Set(reflect.Append(f.value, to))
	case reflect.Pointer:
		f.value.Set(to.Addr())
	}
	return nil
}

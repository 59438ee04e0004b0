package project

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// ExpandEnv returns variables with their final values. A reference ${OTHER} is
// replaced by the value of an earlier variable in the list, else by lookup,
// which has the variables that the list extends (an image's, or a step's). A
// variable does not see itself, so that PATH = "/opt/bin:${PATH}" extends the
// older one. The list itself is not changed. The error is a *source.Error for
// each unknown ${OTHER}.
//
// Build arguments are already expanded in the values.
func ExpandEnv(vars []Variable, lookup func(name string) (string, bool)) ([]Variable, error) {
	expanded := slices.Clone(vars)
	known := map[string]string{}
	find := func(name string) (string, bool) {
		if v, ok := known[name]; ok {
			return v, true
		}
		if lookup == nil {
			return "", false
		}
		return lookup(name)
	}
	var errs []*source.Error
	size := 0
	for i := range expanded {
		v := &expanded[i]
		if v.open != nil {
			text, err := v.open.expand(find)
			if err != nil {
				names := make([]string, 0, len(vars))
				for _, other := range vars[:i] {
					names = append(names, other.Name)
				}
				errs = append(errs, unknownVariable(v.Value.Pos, err, names))
				known[v.Name] = "" // one mistake is not said again by those after it
				continue
			}
			v.Value.V, v.open = text, nil
		}
		known[v.Name] = v.Value.V
		if size += len(v.Value.V); size > maxEnv {
			return nil, source.Errorf(v.Value.Pos, "the variables together are longer than a program's environment may be (2 MiB)")
		}
	}
	if len(errs) > 0 {
		return nil, joinErrors(errs)
	}
	return expanded, nil
}

func unknownVariable(pos source.Pos, err error, names []string) *source.Error {
	var unknown unknownRef
	if !errors.As(err, &unknown) {
		return source.Errorf(pos, "%w", err)
	}
	e := source.Errorf(pos, "there is no variable ${%s}", string(unknown))
	if near := toml.Nearest(string(unknown), names); near != "" {
		return e.WithHint("did you mean ${%s}?", near)
	}
	return e.WithHint("declare %s under [tool.moult.args] to give it to the build; ${%s:-} is empty where it is missing, $${ is a plain ${", string(unknown), string(unknown))
}

// maxValue is the maximum length of a value, in bytes: Linux allows no longer
// variable of a program.
const maxValue = 128 << 10

// maxEnv is the maximum length of all values together, in bytes: no program
// can be started with more.
const maxEnv = 2 << 20

// errTooLong is the error for a longer value.
var errTooLong = errors.New("the value is longer than a variable may be (128 KiB)")

// unknownRef is the error for an unknown variable or argument.
type unknownRef string

func (n unknownRef) Error() string { return fmt.Sprintf("there is no ${%s}", string(n)) }

// template is a text with ${NAME}, ${NAME:-word} and ${NAME:+word} in it; $${
// stands for a plain ${. Nothing else has a meaning: "$HOME" is plain text.
type template []templatePart

// templatePart is plain text, or a reference where name is set.
type templatePart struct {
	text string
	name string
	// op is '-' or '+' for a reference with a word, else 0.
	op   byte
	word template
}

// parseTemplate reads a template. The error says what is wrong with the text.
func parseTemplate(s string) (template, error) {
	if !strings.Contains(s, "${") {
		if s == "" {
			return nil, nil
		}
		return template{{text: s}}, nil
	}
	t, rest, err := parseParts(s, 0)
	if err == nil && rest != "" {
		err = fmt.Errorf("%q after the end of the text", rest)
	}
	return t, err
}

// maxTemplateDepth is how deeply words may nest.
const maxTemplateDepth = 16

// parseParts reads up to the end, or inside of a word up to the brace that closes
// it, which stays in the rest.
func parseParts(s string, depth int) (template, string, error) {
	if depth > maxTemplateDepth {
		return nil, "", fmt.Errorf("${...} is nested more than %d deep", maxTemplateDepth)
	}
	var t template
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			t = append(t, templatePart{text: plain.String()})
			plain.Reset()
		}
	}
	for s != "" {
		switch {
		case strings.HasPrefix(s, "$${"):
			plain.WriteString("${")
			s = s[3:]
		case strings.HasPrefix(s, "${"):
			flush()
			part, rest, err := parseVariable(s[2:], depth)
			if err != nil {
				return nil, "", err
			}
			t, s = append(t, part), rest
		case s[0] == '}' && depth > 0:
			flush()
			return t, s, nil
		default:
			plain.WriteByte(s[0])
			s = s[1:]
		}
	}
	flush()
	return t, "", nil
}

// parseVariable reads what follows "${".
func parseVariable(s string, depth int) (templatePart, string, error) {
	n := 0
	for n < len(s) && (s[n] == '_' || s[n] >= 'A' && s[n] <= 'Z' || s[n] >= 'a' && s[n] <= 'z' || n > 0 && s[n] >= '0' && s[n] <= '9') {
		n++
	}
	part := templatePart{name: s[:n]}
	rest := s[n:]
	if n == 0 {
		return part, "", fmt.Errorf("${ is not followed by a name; write ${NAME}, or $${ for a plain ${")
	}
	if strings.HasPrefix(rest, ":-") || strings.HasPrefix(rest, ":+") {
		part.op = rest[1]
		var err error
		if part.word, rest, err = parseParts(rest[2:], depth+1); err != nil {
			return part, "", err
		}
	}
	switch {
	case rest == "":
		return part, "", fmt.Errorf("${%s is not closed by }", part.name)
	case rest[0] != '}':
		return part, "", fmt.Errorf("${%s is followed by %q; write ${%s}, ${%s:-default} or ${%s:+other}", part.name, rest[:1], part.name, part.name, part.name)
	}
	return part, rest[1:], nil
}

// expand gives the text with every reference replaced. An empty value counts as
// missing for :- and :+, as in a shell. The error is an unknownRef, or what
// lookup's caller returned.
func (t template) expand(lookup func(name string) (string, bool)) (string, error) {
	var b strings.Builder
	for _, part := range t {
		// Values that refer to each other would grow without limit.
		if b.Len() > maxValue {
			return "", errTooLong
		}
		if part.name == "" {
			b.WriteString(part.text)
			continue
		}
		value, ok := lookup(part.name)
		if !ok {
			value = ""
		}
		word := part.word
		switch {
		case part.op == '-' && value == "", part.op == '+' && value != "":
			text, err := word.expand(lookup)
			if err != nil {
				return "", err
			}
			b.WriteString(text)
		case part.op == '+':
		case !ok:
			return "", unknownRef(part.name)
		default:
			b.WriteString(value)
		}
	}
	if b.Len() > maxValue {
		return "", errTooLong
	}
	return b.String(), nil
}

// replace returns the template with the references that lookup knows replaced; the
// others remain. lookup gets a flag whether the reference has a default word.
func (t template) replace(lookup func(name string, word bool) (string, bool)) template {
	var out template
	for _, part := range t {
		out = out.add(part.replace(lookup)...)
	}
	return out
}

func (part templatePart) replace(lookup func(name string, word bool) (string, bool)) template {
	if part.name == "" {
		return template{part}
	}
	value, ok := lookup(part.name, part.op != 0)
	if !ok {
		value = ""
	}
	switch {
	case !ok:
		part.word = part.word.replace(lookup)
		return template{part}
	case part.op == '-' && value == "", part.op == '+' && value != "":
		return part.word.replace(lookup)
	case part.op == '+', value == "":
		return nil
	}
	return template{{text: value}}
}

// add appends parts; plain text joins the text before it.
func (t template) add(parts ...templatePart) template {
	for _, part := range parts {
		if n := len(t); n > 0 && part.name == "" && t[n-1].name == "" {
			t[n-1].text += part.text
		} else {
			t = append(t, part)
		}
	}
	return t
}

// closed reports whether there is no reference, and returns the text then.
func (t template) closed() (string, bool) {
	switch {
	case len(t) == 0:
		return "", true
	case len(t) == 1 && t[0].name == "":
		return t[0].text, true
	}
	return "", false
}

// names lists the names that a template refers to, those of words included.
func (t template) names() []string {
	var names []string
	for _, part := range t {
		if part.name != "" {
			names = append(names, part.name)
			names = append(names, part.word.names()...)
		}
	}
	return names
}

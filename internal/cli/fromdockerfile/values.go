package fromdockerfile

import (
	"fmt"
	"regexp"
	"strings"
)

// This file reads the values of ENV, ARG and LABEL. It removes the Dockerfile's
// quotes, and converts references to variables to the form of the build file.

var (
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// alternativeValue matches a reference with an alternative value (:- and :+),
	// which the build file also has.
	alternativeValue = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*):([-+])([^${}"'\\]*)\}`)
	marked           = regexp.MustCompile("\x01([A-Za-z_][A-Za-z0-9_]*)\x02")
	remembered       = regexp.MustCompile("\x03([0-9]+)\x04")
)

// value returns a value without its quotes. A variable that no instruction sets
// may be one of the base; if the base does not have it either, it is empty, as
// in a Dockerfile.
func (d *dockerfile) value(raw string) string {
	var whole []string
	raw = alternativeValue.ReplaceAllStringFunc(raw, func(found string) string {
		whole = append(whole, found)
		return fmt.Sprintf("\x03%d\x04", len(whole)-1)
	})
	text, _, err := d.lex.ProcessWord(raw, everyName{})
	if err != nil {
		text = strings.Trim(raw, `"'`)
	}
	text = strings.ReplaceAll(text, "${", "$${")
	text = marked.ReplaceAllStringFunc(text, func(found string) string {
		name := found[1 : len(found)-1]
		if _, ok := d.vars[name]; ok || name == "PATH" {
			return "${" + name + "}"
		}
		return "${" + name + ":-}"
	})
	return remembered.ReplaceAllStringFunc(text, func(found string) string {
		var n int
		if _, err := fmt.Sscanf(found[1:len(found)-1], "%d", &n); err != nil || n >= len(whole) {
			return ""
		}
		return whole[n]
	})
}

// everyName replaces each reference to a variable by a mark.
type everyName struct{}

func (everyName) Get(name string) (string, bool) { return "\x01" + name + "\x02", true }
func (everyName) Keys() []string                 { return nil }

package fromdockerfile

import (
	"fmt"
	"regexp"
	"strings"
)

// The values of ENV, ARG and LABEL: quotes are the Dockerfile's, references to
// variables are written as the build file has them.

var (
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// alternativeValue is a reference with a value for where there is none, which
	// the build file has as well.
	alternativeValue = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*):([-+])([^${}"'\\]*)\}`)
	marked           = regexp.MustCompile("\x01([A-Za-z_][A-Za-z0-9_]*)\x02")
	remembered       = regexp.MustCompile("\x03([0-9]+)\x04")
)

// value is a value without its quotes. Where nothing that is read here sets a
// variable, the base may: without it the value is empty, as in a Dockerfile.
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

// everyName marks where a word refers to a variable.
type everyName struct{}

func (everyName) Get(name string) (string, bool) { return "\x01" + name + "\x02", true }
func (everyName) Keys() []string                 { return nil }

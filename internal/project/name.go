package project

import (
	"strings"

	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
)

// name sets the project's name. An invalid name is made valid, or becomes
// empty, because the name of an application is only a label. NameError is then
// the error for a project that is packaged.
func (p *Project) name(v source.At[string]) {
	p.Name = v
	if pep503.IsValid(v.V) {
		return
	}
	p.NameError = source.Errorf(v.Pos, "%q is not a valid project name", v.V).
		WithHint("use letters, digits, '-', '_' and '.', with a letter or a digit at both ends")
	words := strings.FieldsFunc(v.V, func(c rune) bool { return !pep503.IsValid(string(c)) })
	p.Name.V = strings.ToLower(strings.Join(words, "-"))
}

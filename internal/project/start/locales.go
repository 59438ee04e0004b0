package start

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source/regex"
)

// Locale is a call of locale.setlocale with the name of a locale, which Python
// makes whenever it loads a source.
type Locale struct {
	Name string
	Line int
	Col  int
}

// linuxLocale matches the name of a locale, as distributions write it: Windows has
// names such as "Portuguese_Brazil.1252" and "pt-BR".
var linuxLocale = regex.New(`^[a-z]{2,3}(?:_[A-Z]{2})?(?:\.[\w-]+)?(?:@\w+)?$`)

// IsLinux reports whether a distribution can have a locale of this name.
func (l Locale) IsLinux() bool { return linuxLocale.MatchString(l.Name) }

// localesOf is the locale that a statement sets, if it does. The C locales are in
// every image, and "" takes what the environment says.
func localesOf(s statement) []Locale {
	t := s.tokens
	at := slices.IndexFunc(t, func(one token) bool { return one.is("setlocale") })
	if at < 0 || at+1 == len(t) || !t[at+1].is("(") || slices.ContainsFunc(t[:at], func(one token) bool { return slices.ContainsFunc(laterWords, one.is) }) {
		return nil
	}
	for n := at + 2; n+1 < len(t); n++ {
		if t[n].is("(") || t[n].is(")") {
			break
		}
		if t[n].kind != text || !t[n-1].is(",") && !t[n-1].is("=") || !t[n+1].is(",") && !t[n+1].is(")") {
			continue
		}
		if name := t[n].value; name != "" && name != "C" && name != "POSIX" && !strings.HasPrefix(name, "C.") {
			return []Locale{{Name: name, Line: s.line, Col: s.indent + 1}}
		}
		break
	}
	return nil
}

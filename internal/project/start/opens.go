package start

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source/regex"
)

// dataFile matches a relative path with an ending of files that a program reads,
// and that are small. dataFolder matches the usual folders of such files.
var (
	dataFile   = regex.New(`^(?:\./)?\w[\w-]*(?:/[\w-][\w.-]*)*\.(?:json|ya?ml|toml|ini|cfg|conf|csv|tsv|txt|md|html|j2|jinja2?|sql|xml|db|sqlite3?|ico|svg|png|css)$`)
	dataFolder = regex.New(`^(?:\./)?(?:static|templates|assets|public|prompts|locales?|translations|sql|config|configs)/?$`)
)

// maxOpens is the number of paths of one source that count.
const maxOpens = 12

// anchored are functions that look for a file in another place than the working
// folder, or that take a text which is no file.
var anchored = []string{
	"print", "get", "post", "put", "delete", "route", "endswith", "startswith", "render_template", "get_template", "TemplateResponse", "render", "send_static_file", "log", "info",
	"debug", "warning", "error", "Template", "select_template", "url_for", "static", "encode", "getenv", "HTTPException", "mkdir", "touch", "write_text",
}

// opened are relative paths that a source opens by what is written: texts with
// the form of a path that are the first argument of a function or the value of a
// name. A statement with __file__ looks beside its own file.
func opened(all []statement) (paths []string) {
	for _, s := range all {
		t := s.tokens
		if t[0].is("@") || t[0].is("import") || t[0].is("from") || slices.ContainsFunc(t, func(t token) bool { return t.is("__file__") }) {
			continue
		}
		for n := 1; n < len(t) && len(paths) < maxOpens; n++ {
			if t[n].kind != text {
				continue
			}
			first := t[n-1].is("(") && n > 1 && t[n-2].kind == name
			value := t[n-1].is("=")
			switch {
			case !first && !value, first && slices.Contains(anchored, t[n-2].value), n+1 < len(t) && t[n+1].kind == operator && (t[n+1].is("%") || t[n+1].is("+") || t[n+1].is(".")):
			case dataFile.MatchString(t[n].value) || (first || n > 2) && dataFolder.MatchString(t[n].value):
				if at := path.Clean(strings.TrimSpace(t[n].value)); !slices.Contains(paths, at) {
					paths = append(paths, at)
				}
			}
		}
	}
	return paths
}

package start

import (
	"path"
	"strings"

	"github.com/moult-build/moult/internal/source/regex"
)

// settingsFile matches a call of uWSGI up to its file with settings.
var settingsFile = regex.New(`\buwsgi +(?:--ini[ =]+)?(\S+\.ini)\b`)

// withSettings adds, to the calls of uWSGI in a text, the application that the
// file with its settings names: "uwsgi wsgi:app" for "uwsgi --ini uwsgi.ini".
func (f *finder) withSettings(text string) string {
	for _, m := range settingsFile.FindAllStringSubmatch(text, maxScripts) {
		content := ""
		if name := strings.TrimPrefix(path.Clean(m[1]), "/"); !strings.HasPrefix(name, "../") {
			content = f.evidenceIn(name)
		}
		if content == "" {
			content = f.evidenceIn(path.Base(m[1]))
		}
		if module := moduleOfSettings(content); module != "" {
			text = strings.Replace(text, m[0], "uwsgi "+module, 1)
		}
	}
	return text
}

// moduleOfSettings is the application that a file with the settings of uWSGI names.
func moduleOfSettings(content string) string {
	module, object := "", "application"
	for _, line := range strings.Split(content, "\n") {
		key, value, _ := strings.Cut(line, "=")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "module", "wsgi":
			module = value
		case "wsgi-file", "file":
			module = strings.ReplaceAll(strings.TrimSuffix(path.Clean(value), ".py"), "/", ".")
		case "callable":
			object = value
		}
	}
	if module == "" || strings.Contains(module, ":") {
		return module
	}
	return module + ":" + object
}

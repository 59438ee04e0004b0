package start

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source/regex"
)

// settingsModule is the variable that names Django's settings.
const settingsModule = "DJANGO_SETTINGS_MODULE"

var (
	// managesWith matches the options of Django's program with settings, and givenSettings
	// the variable with them before a command, or that a script exports.
	managesWith = regex.New(`(?:manage\.py|django-admin)\s(?:[^\n;&|]*\s)?--settings[ =]+([A-Za-z_][\w.]*)(?:$|[\s"'])`)
	// managesSite matches what starts the server for development.
	managesSite   = regex.New(`manage\.py\s+runserver\b`)
	givenSettings = regex.New(`(?:^|[\s;&])(?:export +)?` + settingsModule + `=[ "']*([A-Za-z_][\w.]*)(?:$|[\s"';&])`)
)

// withDjangoSettings adds the settings that the command of a stage names to the variables
// of the stage: the project's server has no option for them. The last ones count, because
// others prepare the start, unless the project does not have their module.
func (f *finder) withDjangoSettings(all []project.CommandVariable, content string, stage stageCommand) []project.CommandVariable {
	text := f.commandText(content, stage)
	name := ""
	for _, of := range []*regex.Regexp{managesWith, givenSettings} {
		if found := of.FindAllStringSubmatch(text, -1); len(found) > 0 && name == "" {
			name = found[len(found)-1][1]
		}
	}
	at := strings.ReplaceAll(name, ".", "/")
	if name == "" || !slices.ContainsFunc(f.all, func(s Source) bool {
		return slices.ContainsFunc(moduleFiles(at), func(file string) bool {
			rel := Within(f.dir, s.Name)
			return rel == file || strings.HasSuffix(rel, "/"+file)
		})
	}) {
		return all
	}
	all = slices.DeleteFunc(all, func(v project.CommandVariable) bool { return v.Name == settingsModule })
	all = append(all, project.CommandVariable{Name: settingsModule, Value: name})
	slices.SortFunc(all, func(a, b project.CommandVariable) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// startsSite reports whether a command serves the site of Django's.
func startsSite(cmd []string) bool {
	return slices.ContainsFunc(cmd, func(word string) bool {
		return word == "runserver" || strings.HasSuffix(word, "wsgi:application") || strings.HasSuffix(word, "asgi:application")
	})
}

// commandText is the command of a stage, or the start script that it runs.
func (f *finder) commandText(content string, stage stageCommand) string {
	text := stage.text(content)
	if script := f.startScript(text, content); script != "" {
		text += "\n" + script
	}
	return text
}

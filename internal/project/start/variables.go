package start

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source/regex"
)

// environment are the variables of a stage, sorted by their names, with the values that
// they have in an image of this stage. Those that are not plain are left out.
func (s stageCommand) environment(content string) (all []project.CommandVariable) {
	before := imageVariables(content) // build arguments
	values := map[string]string{}
	for text := range strings.SplitSeq(strings.TrimSpace(s.env), "\n") {
		for _, a := range assignments(text) {
			delete(values, a.name)
			value := withValues(withValues(a.value, values), before)
			if a.plain && len(value) <= maxValue && !strings.Contains(value, "$") {
				values[a.name] = value
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all = append(all, project.CommandVariable{Name: name, Value: values[name]})
	}
	return all
}

// maxVariables is the number of variables that are looked for in the project's sources.
const maxVariables = 40

// toolVariables are the beginnings of the names of variables for Python, for tools that
// install, and for the system: an image of Moult has its own. secretVariables are words
// in the names of variables with secrets, which belong into no image; withPassword
// matches an address with one, such as that of a database.
var (
	toolVariables   = []string{"PATH", "PYTHON", "PIP", "UV_", "POETRY", "PDM", "CONDA", "VIRTUAL_ENV", "VENV", "HOME", "USER", "LANG", "LC_", "TZ", "DEBIAN", "LD_", "TERM", "SHELL"}
	secretVariables = []string{
		"SECRET", "PASS", "PWD", "TOKEN", "KEY", "CRED", "PRIVATE", "PROXY", "DSN", "SALT", "PEPPER", "COOKIE", "WEBHOOK", "SIGNATURE", "JWT", "OAUTH", "BASIC_AUTH", "CERT", "CONNECTION_STR", "CONN_STR", "SAS",
	}
	withPassword = regex.New(`://[^/\s]*@|(?i)(?:password|passwd|pwd|secret|token|key)\s*=`)
	variableName = regex.New(`^[A-Z][A-Z0-9_]+$`)
)

// isOfProgram reports whether a variable of a Dockerfile may be one for the project's
// program, by its name, and whether it holds no secret.
func isOfProgram(v project.CommandVariable) bool {
	return variableName.MatchString(v.Name) && !withPassword.MatchString(v.Value) &&
		!slices.ContainsFunc(toolVariables, func(begin string) bool { return strings.HasPrefix(v.Name, begin) }) &&
		!slices.ContainsFunc(secretVariables, func(word string) bool { return strings.Contains(v.Name, word) })
}

// withVariables gives the program the variables that the Dockerfile sets for it and that
// its sources read, such as the name of Django's settings: it was not written to run
// without them.
func (f *finder) withVariables(c project.Command, file, content string, stage stageCommand) (project.Command, error) {
	set := divided(c.Cmd)
	wanted := slices.DeleteFunc(f.withDjangoSettings(stage.environment(content), content, stage), func(v project.CommandVariable) bool {
		return !isOfProgram(v) || slices.ContainsFunc(f.p.Settings.Env, func(of project.Variable) bool { return of.Name == v.Name }) ||
			slices.ContainsFunc(set.variables, func(of string) bool { return strings.HasPrefix(of, v.Name+"=") })
	})
	if len(wanted) > maxVariables {
		return c, nil
	}
	read, err := f.mentioned(wanted)
	if err != nil {
		return c, err
	}
	wanted = nil
	for _, v := range read {
		value, known, err := f.inImage(v.Value, stage.workdir)
		if err != nil {
			return c, err
		}
		if known {
			wanted = append(wanted, project.CommandVariable{Name: v.Name, Value: value})
		}
	}
	if len(wanted) == 0 {
		return c, nil
	}
	names := make([]string, len(wanted))
	for n, v := range wanted {
		names[n] = v.Name
	}
	c.Env = wanted
	c.Reason += fmt.Sprintf("; it has %s of %s", short(names), file)
	return c, nil
}

// inImage is the value of a Dockerfile's variable for an image in which the project has
// another folder. known is false for one that cannot be the same there: a path that is no
// file of the project, which the Dockerfile may make or somebody may mount, or what only a
// shell replaces.
func (f *finder) inImage(value, workdir string) (image string, known bool, err error) {
	if value == "" || strings.ContainsAny(value, "$`\n\x00") || strings.Contains(value, ":////") { // the path of a database
		return "", false, nil
	}
	if !path.IsAbs(value) {
		return value, !strings.Contains(value, "file://") && !hasPathIn(value, workdir), nil
	}
	below, ok := strings.CutPrefix(path.Clean(value), workdir+"/")
	if !ok || workdir == "" || workdir == "/" {
		return "", false, nil
	}
	found, err := f.in.Files.Existing([]string{path.Join(f.dir, below)})
	return path.Join(f.p.AppDir(), below), len(found) > 0, err
}

// hasPathIn reports whether a value has a path in a folder: an option, or one of several
// paths.
func hasPathIn(value, folder string) bool {
	if folder == "" || folder == "/" {
		return false
	}
	for {
		before, after, found := strings.Cut(value, folder)
		if !found {
			return false
		}
		if (before == "" || strings.ContainsAny(before[len(before)-1:], "=:,; \"'")) && (after == "" || strings.ContainsAny(after[:1], "/:,; \"'")) {
			return true
		}
		value = after
	}
}

// mentioned are those of some variables that the project's sources name: as a text, or
// as an attribute of settings that pydantic reads from the environment.
func (f *finder) mentioned(all []project.CommandVariable) (found []project.CommandVariable, err error) {
	sources, err := f.sources()
	if err != nil {
		return nil, err
	}
	is := map[string]bool{}
	attributes := make([]*regexp.Regexp, len(all))
	for n, v := range all {
		attributes[n] = regexp.MustCompile(`(?mi)^\s+` + regexp.QuoteMeta(v.Name) + `\s*[:=]`)
	}
	for n, s := range sources {
		if s.Size > maxSize || n >= maxRead || len(is) == len(all) {
			continue
		}
		content := f.evidenceAt(s.Name)
		settings := strings.Contains(content, "BaseSettings")
		for n, v := range all {
			if strings.Contains(content, `"`+v.Name+`"`) || strings.Contains(content, "'"+v.Name+"'") || settings && attributes[n].MatchString(content) {
				is[v.Name] = true
			}
		}
	}
	return slices.DeleteFunc(all, func(v project.CommandVariable) bool { return !is[v.Name] }), nil
}

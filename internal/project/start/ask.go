package start

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// programs returns the files with a guard, or for Streamlit, the nearest first. If
// there are none, they are those without one.
func (f *finder) programs() ([]string, error) {
	names, err := f.guarded()
	if others := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return path.Base(name) == setupFile }); len(others) > 0 {
		names = others // it prepares something for them
	}
	if err != nil || len(names) == 0 {
		if err == nil {
			names, err = f.unguarded()
		}
		return names, err
	}
	return f.afterHelpers(names)
}

// unguarded are the files below the project's folder that do something at their end
// when they are run, although they have no guard: those that no other file imports,
// in a folder that is no package.
func (f *finder) unguarded() ([]string, error) {
	if f.p.BuildSystem != nil {
		return nil, nil
	}
	var names []string
	for _, s := range f.all {
		if depth(f.dir, s.Name) < 2 || f.names[path.Join(path.Dir(s.Name), "__init__.py")] || isSettings(s.Name) || !f.in.Copied(s.Name) {
			continue
		}
		m, err := f.look(s.Name)
		if err != nil {
			return nil, err
		}
		if m == nil || !m.ends || m.uses(loading...) {
			continue
		}
		by, err := f.importedBy(s.Name)
		if err != nil {
			return nil, err
		}
		if by == "" {
			names = append(names, s.Name)
		}
	}
	return names, nil
}

// loading are libraries whose own programs load the files that use them: Alembic
// an env.py, Airflow its DAGs, Celery its tasks. Started by Python, such a file ends
// at once.
var loading = []string{"alembic", "airflow", "celery", "dramatiq", "huey", "locust", "nox", "invoke", "fabric", "pulumi", "aws_cdk"}

// isSettings reports whether a file's name says that another program reads it:
// gunicorn.conf.py, jupyter_config.py.
func isSettings(name string) bool {
	stem := strings.ToLower(strings.TrimSuffix(path.Base(name), ".py"))
	return slices.ContainsFunc([]string{"conf", "config", "settings"}, func(end string) bool { return strings.HasSuffix(stem, end) })
}

// guarded returns the files with a guard, or for Streamlit, the nearest first.
func (f *finder) guarded() ([]string, error) {
	var names, parts []string
	for _, s := range f.all {
		m, err := f.look(s.Name)
		if err != nil {
			return nil, err
		}
		if m == nil || m.hello || !m.guarded && !(depth(f.dir, s.Name) == 1 && m.acts && !isSettings(s.Name)) {
			continue
		}
		part, err := f.isPart(s.Name)
		if err != nil {
			return nil, err
		}
		if part {
			parts = append(parts, s.Name)
		} else {
			names = append(names, s.Name)
		}
	}
	if len(names) == 0 {
		names = parts
	}
	// Those of other projects of a workspace are not in this one's image.
	if copied := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !f.in.Copied(name) }); len(copied) > 0 {
		names = copied
	}
	return names, nil
}

// ask returns the error for a project without a command.
func (f *finder) ask() error {
	pos := f.p.Settings.Pos
	if w := f.p.Workspace; w != nil && f.p.Name.V == "" && len(w.Members) > 1 {
		var folders []string
		for _, m := range w.Members {
			folders = append(folders, m.Dir)
		}
		file := path.Join(folders[0], "pyproject.toml")
		return source.Errorf(pos, "there is no command to run: this is the root of a workspace with several projects: %s", short(folders)).
			WithHint("move the line with the syntax into the pyproject.toml of one of them, and build with -f, such as -f %s", file)
	}
	if len(f.p.Scripts) > 1 && f.p.BuildSystem != nil {
		names := make([]string, len(f.p.Scripts))
		for i, script := range f.p.Scripts {
			names[i] = script.Name.V
		}
		best := f.likeliestScript(names)
		err := source.Errorf(f.p.Scripts[0].Name.Pos, "there is no command to run, and the project has several scripts: %s", short(names)).
			WithHint("%s", f.write([]string{best}))
		err.Err = &Candidates{Cmd: []string{best}}
		return err
	}
	if f.functionless {
		_, function, _ := f.functionOf(*f.absent)
		return source.Errorf(f.absent.Target.Pos, "there is no command to run: the script %s starts %s, and the module has no %s", f.absent.Name.V, f.absent.Target.V, function).
			WithHint("correct its function, or write cmd = [...]%s", f.p.HintTable())
	}
	if f.absent != nil {
		return source.Errorf(f.absent.Target.Pos, "there is no command to run: the script %s starts %s, and the project has no module %s", f.absent.Name.V, f.absent.Target.V, f.absent.Module()).
			WithHint("correct its module, or write cmd = [...]%s", f.p.HintTable())
	}
	if f.uninstalled != "" {
		return lacks(source.Errorf(pos, "there is no command to run: %s is for %s, which is not among the requirements", f.uninstalledBy, f.uninstalled).
			WithHint("%s", f.bring(f.uninstalled, f.uninstalledBy)), f.uninstalledBy, f.uninstalled)
	}
	if f.unserved != "" {
		file, _, _ := strings.Cut(f.unserved, " ")
		return lacks(source.Errorf(pos, "there is no command to run: %s, and no server for it is among the requirements", f.unserved).
			WithHint("%s", f.bringServer(file)), file, f.servedBy()...)
	}
	programs := f.shows
	if len(programs) == 0 {
		var err error
		if programs, err = f.programs(); err != nil {
			return err
		}
	}
	var names, copied []string
	for _, p := range slices.Concat(programs, f.beside) {
		if f.in.Copied(p) {
			names, copied = append(names, Within(f.dir, p)), append(copied, p)
		}
	}
	switch {
	case f.helper != "" && len(names) == 1:
		return f.among(source.Errorf(pos, "there is no command to run: %s is the only file that can be started, and %s imports it", f.helper, f.importer).
			WithHint("%s", f.write([]string{"python", f.helper})), copied)
	case f.forAuthors != "" && len(names) == 1:
		return f.among(source.Errorf(pos, "there is no command to run: %s is the only file that can be started, and it seems to be for those who work on the project", f.forAuthors).
			WithHint("write app.include = [%q] and cmd = [%s]%s, or build its wheels alone with --target wheels", f.forAuthors, quoted(f.commandOf(copied[0])), f.p.HintTable()), copied)
	case len(names) == 1 && path.Base(names[0]) == setupFile:
		return f.among(source.Errorf(pos, "there is no command to run: %s is the only file that can be started, and its name says that it prepares something", names[0]).
			WithHint("%s", f.write([]string{"python", names[0]})), copied)
	case len(names) > 0 && f.in.whole:
		return f.among(source.Errorf(pos, "there is no command to run, and several files can be started: %s", short(names)).
			WithHint(`write app.include = ["**"] and cmd = [%s]%s`, quoted(f.commandOf(copied[0])), f.p.HintTable()), copied)
	case len(names) > 0:
		return f.among(source.Errorf(pos, "there is no command to run, and several files can be started: %s", short(names)).
			WithHint("%s", f.write(f.commandOf(copied[0]))), copied)
	case f.uncopied != "":
		err := source.Errorf(pos, "there is no command to run: %s is not in the image, because the project is built as a package", f.uncopied).
			WithHint(`write app.include = [%q] and cmd = ["python", %q]%s`, f.uncopied, f.uncopied, f.p.HintTable())
		err.Err = errUncopied
		return err
	}
	hint := "write cmd = [...]" + f.p.HintTable() + ", or build its wheels alone with --target wheels"
	if len(f.p.Scripts) > 0 {
		hint += "; [project.scripts] are installed only with a [build-system]"
	}
	what := "no Python file of the project is a program"
	windowed, err := f.windowed()
	if err != nil {
		return err
	}
	if windowed != "" {
		what, hint = windowed+" is for windows, and an image has no display", fmt.Sprintf("write cmd = [\"python\", %q]%s, if it can do without them", windowed, f.p.HintTable())
	}
	if f.over != "" {
		what += ", and " + f.over
	}
	nothing := source.Errorf(pos, "there is nothing to start: %s", what).WithHint("%s", hint)
	nothing.Err = ErrNothing
	return nothing
}

// windowed is a file that Windows starts without a console, because its program has
// windows; "" if there is none.
func (f *finder) windowed() (string, error) {
	var names []string
	for _, stem := range []string{"main", "app", "gui", "run", "start", ModuleName(f.p.Name.V)} {
		if identifier(stem) {
			names = append(names, path.Join(f.dir, stem+".pyw"))
		}
	}
	found, err := f.in.Files.Existing(names)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return Within(f.dir, found[0]), nil
}

// servedBy are the packages of the servers for the application that none of the
// installed ones can run.
func (f *finder) servedBy() []string {
	return slices.DeleteFunc(slices.Clone(serverPackages), func(name string) bool {
		cmd, _ := serve(f.unservedAs, func(installed string) bool { return installed == name })
		return cmd == nil
	})
}

// serverPackages are the packages of servers.
var serverPackages = []string{"uvicorn", "hypercorn", "gunicorn", "waitress", "granian", "uwsgi"}

// bringServer says how a server becomes one of the packages that are installed.
func (f *finder) bringServer(file string) string {
	names := f.servedBy()
	for _, name := range names {
		if where := f.where(name); where != "" {
			return where
		}
	}
	if where := f.elsewhere(file, names); where != "" {
		return where
	}
	return "add one, such as " + strings.Join(names[:min(len(names), 2)], " or ") + ", or write cmd = [...]" + f.p.HintTable()
}

// bring says how a package becomes one of those that are installed.
func (f *finder) bring(name, file string) string {
	if where := f.where(name); where != "" {
		return where
	}
	if where := f.elsewhere(file, []string{name}); where != "" {
		return where
	}
	return "add it to them, or write cmd = [...]" + f.p.HintTable()
}

// where says how a package is installed that an extra or a group has; "" if none
// has it.
func (f *finder) where(name string) string {
	for _, sets := range []struct {
		key  string
		sets []project.Set
	}{{"extras", f.p.Extras}, {"groups", f.p.Groups}} {
		for _, set := range sets.sets {
			if slices.ContainsFunc(set.Requirements, func(r project.Requirement) bool { return r.NormalizedName() == name }) {
				return fmt.Sprintf("write %s = [%q]%s, where %s is", sets.key, set.Name.V, f.p.HintTable(), name)
			}
		}
	}
	return ""
}

// write returns the line of the build file that sets a command.
func (f *finder) write(cmd []string) string {
	hint := "write cmd = [" + quoted(cmd) + "]" + f.p.HintTable()
	if _, err := f.in.Files.ReadFile(path.Join(f.dir, "Dockerfile")); err == nil {
		hint += `, or run "moult init", which reads the Dockerfile`
	}
	return hint
}

// quoted are the words of a command as the elements of a TOML list.
func quoted(cmd []string) string {
	all := make([]string, len(cmd))
	for n, c := range cmd {
		all[n] = fmt.Sprintf("%q", c)
	}
	return strings.Join(all, ", ")
}

// short is a list of names that is not longer than a line.
func short(names []string) string {
	if len(names) > 5 {
		return strings.Join(names[:5], ", ") + fmt.Sprintf(" and %d more", len(names)-5)
	}
	return strings.Join(names, ", ")
}

package start

import (
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/pypkg/pep503"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
)

var (
	// runLine matches an instruction of a Dockerfile that runs a command.
	runLine = regex.New(`(?i)^\s*RUN\s+(\S.*)$`)
	// pipInstall matches pip's command with what comes behind it.
	pipInstall = regex.New(`(?:^|[\s/])pip[\d.]*(?: +--[\w-]+)* +install +(\S.*)$`)
	// quotedWord matches what a shell takes for a word, or for a part of one.
	quotedWord = regex.New(`"[^"]*"|'[^']*'`)
	// redirection matches what a shell takes for the place of a command's output.
	redirection = regex.New(`^[\d&]?[<>]`)
	// onlyNumber matches what is a version, and no name.
	onlyNumber = regex.New(`^[\d.]+$`)
	// namedPackage matches a requirement by a name, with an extra and a version if it has them.
	namedPackage = regex.New(`^([A-Za-z0-9][\w.-]*)(?:\[[\w,.-]+\])?(?:(?:[=<>!~]=|[<>]|===)[\w.*+,<>=!~]+)?$`)
	// packageFile matches the name of a file with a package.
	packageFile = regex.New(`(?i)\.(?:whl|zip|egg|tar|tgz|tar\.\w+)$`)
	// ofIndex matches an option of pip by which it does not ask the usual index alone.
	ofIndex = regex.New(`(?:^|\s)(?:-i|-f|--(?:extra-)?index-url|--find-links|--no-index)(?:[\s=]|$)`)
)

// pipValues are options of pip with a value of their own.
var pipValues = []string{"-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-t", "--target", "--trusted-host", "--timeout", "--retries", "--cache-dir", "--progress-bar", "--prefix", "--root", "--python", "-e", "--editable", "--platform", "--only-binary", "--no-binary"}

// installers are packages that install others.
var installers = []string{"pip", "setuptools", "wheel", "uv", "poetry", "poetry-core", "pdm", "pipenv", "virtualenv", "build", "hatch", "pip-tools", "twine", "tox", "nox", "pytest", "supervisor", "conda"}

// lockFiles are the names of locks, which say all that is installed.
var lockFiles = []string{"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml"}

// installedByName are the packages that a Dockerfile installs by their names, beside those
// of the project. Of a command that names an index only those count that a program is
// served or made with: another one may be of this index alone, and in the usual one
// belong to somebody else.
func installedByName(file *source.File) (all []source.At[string]) {
	values := imageVariables(string(file.Data))
	physical := strings.Split(string(file.Data), "\n")
	for n := range physical {
		physical[n] = withValues(physical[n], values)
	}
	before := 0
	for line, last := range numberedLines(strings.Join(physical, "\n")) {
		of := physical[before:last]
		first := before
		before = last
		m := runLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		for _, one := range strings.Split(strings.NewReplacer("&&", "\n", ";", "\n", "|", "\n", "&", "\n").Replace(m[1]), "\n") {
			unquoted := quotedWord.ReplaceAllStringFunc(one, func(word string) string { return strings.ReplaceAll(word[1:len(word)-1], " ", "") })
			args := pipInstall.FindStringSubmatch(unquoted)
			if args == nil {
				continue
			}
			for _, text := range namedIn(args[1]) {
				at := slices.IndexFunc(of, func(line string) bool {
					return strings.Contains(line, text) && !strings.HasPrefix(strings.TrimSpace(line), "#")
				})
				all = append(all, source.At[string]{V: text, Pos: source.Pos{File: file, Line: first + max(at, 0) + 1, Col: 1}})
			}
		}
	}
	return all
}

// namedIn are the requirements by names among the arguments of pip's command.
func namedIn(arguments string) (all []string) {
	elsewhere := ofIndex.MatchString(arguments)
	fields := strings.Fields(arguments)
	for n := 0; n < len(fields) && !strings.HasPrefix(fields[n], "#") && !redirection.MatchString(fields[n]); n++ {
		if slices.Contains(pipValues, fields[n]) {
			n++
			continue
		}
		name := nameOf(fields[n])
		if name == "" || onlyNumber.MatchString(name) || slices.Contains(installers, name) || packageFile.MatchString(fields[n]) || elsewhere && !slices.Contains(slices.Concat(frameworks, common, serverPackages), name) {
			continue
		}
		all = append(all, fields[n])
	}
	return all
}

// withInstalled returns the command that a project without a lock has with the packages
// that its Dockerfile installs by name, if the program to start needs one of them: the
// framework, the server under which the Dockerfile starts it, or a module that the project
// imports. They are in Command.Packages.
func withInstalled(in Input, c project.Command, err error) (project.Command, error) {
	l := (*lacking)(nil)
	if err != nil && !errors.As(err, &l) || chosen(in.Project) || c.Extra+c.Group != "" || c.Why == project.CommandByKey || c.Why == project.CommandByProcfile {
		return c, err
	}
	f := &finder{in: in, p: in.Project, dir: in.Project.Dir, looked: map[string]*module{}}
	content := f.evidenceIn("Dockerfile")
	if content == "" {
		return c, err
	}
	packages := installedByName(&source.File{Name: path.Join(f.dir, "Dockerfile"), Data: []byte(content)})
	packages = slices.DeleteFunc(packages, func(p source.At[string]) bool { return in.Has(nameOf(p.V)) })
	has := map[string]bool{}
	for _, p := range packages {
		add(has, nameOf(p.V), p.V)
	}
	needs, imports := serversOf(content), false
	if l != nil {
		needs = l.packages
	} else if imports, err = f.importsOne(packages); err != nil {
		return c, err
	}
	if !imports && !slices.ContainsFunc(needs, func(name string) bool { return has[name] }) {
		return c, err
	}
	if locked, wrong := f.locked(packages); wrong != nil || locked {
		return c, errors.Join(err, wrong)
	}
	before := in.Has
	in.Has = func(name string) bool { return before(name) || has[name] }
	with, wrong := found(in)
	if wrong != nil || !imports && slices.Equal(with.Cmd, c.Cmd) {
		return c, err
	}
	texts := make([]string, len(packages))
	for n, p := range packages {
		texts[n] = p.V
	}
	with.Packages = packages
	with.Reason += "; Dockerfile installs " + strings.Join(texts, ", ") + " beside the requirements"
	return with, nil
}

// importsOne reports whether a source of the project imports one of some packages whenever
// it is loaded, by the name of the package.
func (f *finder) importsOne(packages []source.At[string]) (bool, error) {
	if len(packages) == 0 {
		return false, nil
	}
	all, err := f.sources()
	if err != nil {
		return false, err
	}
	var modules []string
	for _, p := range packages {
		name := strings.TrimSuffix(strings.TrimPrefix(nameOf(p.V), "python-"), "-binary")
		modules = append(modules, strings.ReplaceAll(name, "-", "_"))
	}
	for _, s := range all[:min(len(all), maxEditable)] {
		m, err := f.look(s.Name)
		if err != nil {
			return false, err
		}
		if m != nil && slices.ContainsFunc(m.needs, func(top string) bool { return slices.Contains(modules, strings.ToLower(top)) && !f.module(nil, top) }) {
			return true, nil
		}
	}
	return false, nil
}

// serversOf are the servers that the command of a Dockerfile starts.
func serversOf(content string) (names []string) {
	for _, c := range callsOf(lastStage(content).text(content)) {
		if name := strings.TrimSuffix(c.program, "-serve"); slices.Contains(serverPackages, name) {
			names = append(names, name)
		}
	}
	return names
}

// locked reports whether the project has a lock, which holds all that is installed, and
// not these packages: Moult itself locks them too.
func (f *finder) locked(packages []source.At[string]) (bool, error) {
	names := make([]string, len(lockFiles))
	for n, name := range lockFiles {
		names[n] = path.Join(f.dir, name)
	}
	found, err := f.in.Files.Existing(names)
	if err != nil || len(found) == 0 {
		return strings.Contains(f.evidenceIn("requirements.txt"), "--hash="), err
	}
	if len(found) > 1 || path.Base(found[0]) != "pylock.toml" {
		return true, nil
	}
	content, err := f.in.Files.ReadFile(found[0])
	return slices.ContainsFunc(packages, func(p source.At[string]) bool {
		return !strings.Contains(string(content), `name = "`+nameOf(p.V)+`"`)
	}), err
}

// nameOf is the normalized name of a requirement.
func nameOf(requirement string) string {
	m := namedPackage.FindStringSubmatch(requirement)
	if m == nil {
		return ""
	}
	return pep503.Normalize(m[1])
}

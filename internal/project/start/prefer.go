package start

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source/regex"
)

// page is a library with its own program for a web interface.
type page struct {
	name string
	args []string
}

// pages are the commands that show a file as a web interface.
func pages(rel string) []page {
	return []page{
		{"streamlit", []string{"streamlit", "run", rel, "--server.address", "0.0.0.0"}},
		{"chainlit", []string{"chainlit", "run", rel, "--host", "0.0.0.0", "--port", port}},
		{"shiny", []string{"shiny", "run", rel, "--host", "0.0.0.0", "--port", port}},
		{"solara", []string{"solara", "run", rel, "--host", "0.0.0.0", "--port", port, "--production"}},
	}
}

// interfaces are libraries of which a file makes a web interface, and starts it
// or is started by their program.
var interfaces = []string{"streamlit", "chainlit", "gradio", "nicegui"}

// anyInterface is a web interface in the code, in any folder.
func (f *finder) anyInterface() (project.Command, error) {
	all, err := f.sources()
	if err != nil || !slices.ContainsFunc(interfaces, f.in.Has) {
		return project.Command{}, err
	}
	var found []string
	for _, s := range all {
		if base := path.Base(path.Dir(s.Name)); base == "pages" || base == "components" {
			continue // parts of an interface
		}
		m, err := f.look(s.Name)
		if err != nil {
			return project.Command{}, err
		}
		if m == nil || !m.program() {
			continue
		}
		for _, library := range interfaces {
			if m.uses(library) && f.in.Has(library) && (m.serves || library == "streamlit" || library == "chainlit") {
				found = append(found, s.Name)
				break
			}
		}
	}
	if len(found) == 0 {
		return project.Command{}, nil
	}
	// An interface in a file such as debug_api.py looks at something for the people
	// who work on the project.
	found = withoutPreparing(found)
	at := depth(f.dir, found[0])
	found = slices.DeleteFunc(found, func(name string) bool { return depth(f.dir, name) != at })
	// The interface imports its pages.
	if rest, _, err := f.withoutHelpers(found); err != nil {
		return project.Command{}, err
	} else if len(rest) > 0 {
		found = rest
	}
	if len(found) > 1 {
		f.shows = found
	}
	return f.oneOf(found, f.file)
}

// onlyProgram is the only file that runs as a program, or the likeliest of
// several in one depth.
func (f *finder) onlyProgram() (project.Command, error) {
	if len(f.shows) > 0 {
		return project.Command{}, nil // a program that is no interface is a helper of them
	}
	programs, err := f.programs()
	if err != nil || len(programs) == 0 {
		return project.Command{}, err
	}
	at := depth(f.dir, programs[0])
	if most := 3; at > most && !(at == most+1 && strings.HasPrefix(Within(f.dir, programs[0]), "src/")) {
		return project.Command{}, nil
	}
	same := slices.IndexFunc(programs, func(name string) bool { return depth(f.dir, name) != at })
	if same < 0 {
		same = len(programs)
	}
	if only, err := f.onlyPrepares(programs[:same], programs[same:]); err != nil || only {
		return project.Command{}, err
	}
	programs = programs[:same]
	if name, why, err := f.named(withoutPreparing(programs), readmes); err != nil {
		return project.Command{}, err
	} else if name != "" && len(programs) > 1 {
		return f.because(name, why)
	}
	if f.unserved != "" {
		return project.Command{}, nil // the program is an application, which lacks a requirement
	}
	if len(programs) == 1 && path.Base(programs[0]) == setupFile {
		return project.Command{}, nil // who starts it prepares something
	}
	if len(programs) == 1 && isPreparing(programs[0]) && f.p.BuildSystem != nil && len(f.p.Scripts) > 1 {
		return project.Command{}, nil // one of its scripts is what the package is for
	}
	rest, importer, err := f.withoutHelpers(programs)
	if err != nil {
		return project.Command{}, err
	}
	if len(rest) == 0 {
		if c, err := f.importing(programs); err != nil || c.Cmd != nil {
			return c, err
		}
	}
	if len(rest) == 0 && len(programs) == 1 {
		f.helper, f.importer = Within(f.dir, programs[0]), importer
		return project.Command{}, nil
	}
	if len(rest) == 1 && len(programs) > 1 {
		return f.because(rest[0], "other files import the others")
	}
	if len(rest) > 0 {
		programs = rest
	}
	return f.oneOf(programs, f.file)
}

// importing returns the command for the only file without a guard that imports one of
// several programs and does something at its end, such as a bot: those have their guard
// to be tried alone.
func (f *finder) importing(helpers []string) (project.Command, error) {
	all, err := f.unguarded()
	if err != nil {
		return project.Command{}, err
	}
	var names []string
	for _, name := range all {
		m, err := f.look(name)
		if err != nil {
			return project.Command{}, err
		}
		if m != nil && slices.ContainsFunc(f.imported(name, m), func(to string) bool { return slices.Contains(helpers, to) }) {
			names = append(names, name)
		}
	}
	if len(names) != 1 {
		return project.Command{}, nil
	}
	return f.because(names[0], "it imports the others")
}

// onlyPrepares reports whether the nearest programs are one in a folder that only
// prepares something, by its name or by that of a folder above it, and the project
// has other programs, with a guard or without, or is a package that has none: then
// this one is not what the project is for, unless the README starts no other.
func (f *finder) onlyPrepares(nearest, others []string) (bool, error) {
	if len(nearest) == 1 && depth(f.dir, nearest[0]) == 1 {
		return f.onlyPackages(nearest[0])
	}
	if len(nearest) != 1 || rank(nearest[0]) < len(usualNames) {
		return false, nil
	}
	helper := isPreparing(nearest[0]) || slices.ContainsFunc(strings.Split(path.Dir(Within(f.dir, nearest[0])), "/"), func(folder string) bool {
		return slices.Contains(helperFolders, strings.ToLower(folder))
	})
	if helper && !isPreparing(path.Base(nearest[0])) {
		// Its folder says less than a README that starts it and no other program.
		if name, _, err := f.named(slices.Concat(nearest, others), readmes); err != nil || name == nearest[0] {
			return false, err
		}
	}
	if !helper || len(others) > 0 {
		return helper, nil
	}
	if top, _, _ := strings.Cut(Within(f.dir, nearest[0]), "/"); f.p.BuildSystem != nil && slices.Contains(helperFolders, strings.ToLower(top)) {
		// A package without a program has it for the people who work on it.
		if name, _, err := f.named(nearest, readmes); err != nil || name != "" {
			return false, err
		}
		f.forAuthors = Within(f.dir, nearest[0])
		return true, nil
	}
	beside, err := f.unguarded()
	f.beside = slices.DeleteFunc(beside, func(name string) bool { return name == nearest[0] })
	return len(f.beside) > 0, err
}

// packaging are words in the names of programs that make or install a package, or that
// show how it is used.
var packaging = []string{"setup", "install", "build", "bump", "publish", "freeze", "example", "examples", "sample", "samples", "demo", "usage"}

// onlyPackages reports whether a program beside a package makes, installs or shows the
// package, by its name, and the README does not start it.
func (f *finder) onlyPackages(name string) (bool, error) {
	if f.p.BuildSystem == nil || !slices.ContainsFunc(wordsOfName(name), func(word string) bool { return slices.Contains(packaging, word) }) {
		return false, nil
	}
	if by, _, err := f.named([]string{name}, readmes); err != nil || by != "" {
		return false, err
	}
	f.forAuthors = Within(f.dir, name)
	return true, nil
}

// because is the command of a file, with a further reason.
func (f *finder) because(name, why string) (project.Command, error) {
	c, err := f.file(name)
	if c.Cmd != nil {
		c.Reason += ", and " + why
	}
	return c, err
}

// oneOf is the command of the file that is preferred; none where no file is.
func (f *finder) oneOf(names []string, of func(name string) (project.Command, error)) (project.Command, error) {
	name, why, err := f.prefer(names)
	if err != nil || name == "" {
		return project.Command{}, err
	}
	c, err := of(name)
	if c.Cmd != nil && why != "" {
		c.Reason += ", and " + why
	}
	return c, err
}

// usualFolders are folders of the program where others hold helpers, the
// likeliest first.
var usualFolders = []string{"app", "api", "server", "backend", "web", "service", "src"}

// prefer gives the likeliest of files that can be started, with the reason; ""
// where no name tells it and neither the project's README nor another file says
// it.
func (f *finder) prefer(names []string) (name, why string, err error) {
	if len(names) < 2 {
		return strings.Join(names, ""), "", nil
	}
	// A container runs the server of a server and its client.
	if rest := slices.DeleteFunc(slices.Clone(names), isClient); len(rest) == 1 {
		return rest[0], "the others are clients", nil
	}
	if name, why, err := f.named(withoutPreparing(names), readmes); err != nil || name != "" {
		return name, why, err
	}
	for _, by := range []struct {
		rank func(name string) int
		of   int
		why  string
	}{
		{f.nameRank, 1, "it has the project's name"},
		{rank, len(usualNames), "it has the usual name"},
		{f.folderRank, len(usualFolders), "its folder has the usual name"},
	} {
		if best, ok := lowest(names, by.rank); ok && by.rank(best) < by.of {
			return best, by.why, nil
		}
	}
	return f.named(names, runners)
}

// isClient reports whether a file's name says that it talks to a server.
func isClient(name string) bool {
	words := strings.FieldsFunc(strings.TrimSuffix(path.Base(name), ".py"), func(r rune) bool { return r == '_' || r == '-' || r == '.' })
	return slices.ContainsFunc(words, func(word string) bool { return strings.EqualFold(word, "client") })
}

// nameRank is 0 for a file with the project's name.
func (f *finder) nameRank(name string) int {
	joined := func(name string) string { return strings.ReplaceAll(ModuleName(name), "_", "") }
	if own := joined(f.ownName()); own != "" && joined(strings.TrimSuffix(path.Base(name), ".py")) == own {
		return 0
	}
	return 1
}

// folderRank is the rank of a file by the folder that it lies in.
func (f *finder) folderRank(name string) int {
	folder := path.Base(path.Dir(name))
	if own := f.ownName(); own != "" && folder == own {
		return -1
	}
	if n := slices.Index(usualFolders, folder); n >= 0 {
		return n
	}
	return len(usualFolders)
}

// lowest gives the only name with the lowest rank.
func lowest(names []string, rank func(string) int) (best string, only bool) {
	for _, name := range names {
		switch {
		case best == "" || rank(name) < rank(best):
			best, only = name, true
		case rank(name) == rank(best):
			only = false
		}
	}
	return best, only
}

// runners are files with commands that start a project.
var runners = []string{
	"Dockerfile", "docker-compose.yml", "docker-compose.yaml", "compose.yaml", "compose.yml", "Makefile", "makefile", "justfile", "Taskfile.yml",
	"Pipfile", "pyproject.toml",
	replit, "render.yaml", "railway.toml", "railway.json", "nixpacks.toml", "fly.toml", "app.yaml", "dvc.yaml",
}

// named gives the only file of several that the commands of one of the
// project's files start.
func (f *finder) named(names, files []string) (name, why string, err error) {
	for _, file := range files {
		var started []string
		first := 0
		text := plainText(f.evidenceIn(file))
		for _, candidate := range names {
			for _, as := range f.callNames(candidate, names) {
				if at := startsAt(text, as); at >= 0 {
					started, first = append(started, candidate), at
					break
				}
			}
		}
		if len(started) == 1 {
			return started[0], fmt.Sprintf("%s line %d starts it", file, strings.Count(text[:first], "\n")+1), nil
		}
	}
	return "", "", nil
}

// callNames are the names by which a command may start a file: its path, and its
// name alone, which a command in its own folder uses, if no other file has it.
func (f *finder) callNames(candidate string, names []string) []string {
	rel := Within(f.dir, candidate)
	base := path.Base(rel)
	if base == rel || slices.ContainsFunc(names, func(other string) bool { return other != candidate && path.Base(other) == base }) ||
		f.names[path.Join(f.dir, base)] {
		return []string{rel}
	}
	return []string{rel, base}
}

// listMarks are what commands that are lists have between their words. A comma alone is
// none: it is in a word, such as the names of several queues.
var listMarks = regex.New(`,?["'\[\]\t ][,"'\[\]\t ]*`)

// plainText writes commands that are lists, as in a Dockerfile, as lines.
func plainText(text string) string {
	if list := strings.TrimSpace(text); strings.HasPrefix(list, "[") && !strings.ContainsAny(list, "\"' ") {
		text = strings.ReplaceAll(text, ",", " ") // one of YAML: [python,main.py]
	}
	return listMarks.ReplaceAllString(text, " ")
}

// startsAt is where a text has the first command that starts a file, by its path
// or as a module, or a server that gets an application of it; -1 if it has none.
func startsAt(text, rel string) int {
	module := strings.ReplaceAll(strings.TrimSuffix(rel, ".py"), "/", ".")
	before, after := "(?m)(?:^|[\\s`$>/\\\\])", "(?:$|[\\s`'\")])"
	file := `(?:python[\d.]*(?:\.exe)?|streamlit run|chainlit run|uv run)(?: +-[WX] +\S+| +-\w+)* +(?:\./)?(?:` + regexp.QuoteMeta(rel) + `|` + regexp.QuoteMeta(module) + `)` + after
	server := `(?:uvicorn|hypercorn|gunicorn|granian|waitress-serve|daphne)(?: +\S+)*? +` + regexp.QuoteMeta(module) + `:`
	call := regexp.MustCompile(before + "(?:" + file + "|" + server + ")")
	// Only the lines with its name are searched, because a text may be large and name
	// many files.
	stem := strings.TrimSuffix(path.Base(rel), ".py")
	for at := 0; ; {
		next := strings.Index(text[at:], stem)
		if next < 0 {
			return -1
		}
		begin := strings.LastIndexByte(text[:at+next], '\n') + 1
		line, _, _ := strings.Cut(text[begin:], "\n")
		if found := call.FindStringIndex(line); found != nil {
			return begin + found[0]
		}
		at = min(begin+len(line)+1, len(text))
	}
}

package start

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// readmes are the names of the file that says how a project is started.
var readmes = []string{"README.md", "README.rst", "README.txt", "README", "readme.md", "Readme.md"}

// preparing are words in the names of programs that are run before or beside the
// one that an image is for.
var preparing = []string{
	"train", "training", "test", "tests", "seed", "setup", "install", "init", "migrate", "migration", "migrations", "download", "fetch", "preprocess", "preprocessing",
	"prepare", "ingest", "ingestion", "index", "embed", "generate", "make", "create", "build", "evaluate", "evaluation", "eval", "benchmark", "convert", "export", "plot",
	"load", "populate", "configure", "config", "check", "verify", "validate", "debug", "demo", "example", "login", "clean", "update", "db", "dataset", "data",
	"health", "healthcheck", "diagnose", "diagnostic", "diagnostics", "doctor", "troubleshoot",
}

// isPreparing reports whether a file's name has such a word, or whether its
// folder is one of helpers.
func isPreparing(name string) bool {
	if slices.Contains(helperFolders, strings.ToLower(path.Base(path.Dir(name)))) {
		return true
	}
	return slices.ContainsFunc(wordsOfName(name), func(word string) bool { return slices.Contains(preparing, word) })
}

// wordsOfName are the words of a file's name.
func wordsOfName(name string) []string {
	stem := strings.ToLower(strings.TrimSuffix(path.Base(name), ".py"))
	if stem == "__init__" || stem == "__main__" {
		return nil // it has the name of its folder
	}
	if stem == "index" {
		return nil // the first file of a site, and not what makes an index
	}
	return strings.FieldsFunc(stem, func(r rune) bool { return r == '_' || r == '-' || r == '.' || r >= '0' && r <= '9' })
}

// withoutPreparing omits files that prepare something, if there are others: the
// README's steps before the start say nothing of what is started.
func withoutPreparing(names []string) []string {
	if others := slices.DeleteFunc(slices.Clone(names), isPreparing); len(others) > 0 {
		return others
	}
	return names
}

// helperFolders are folders of programs for the people who work on the project.
var helperFolders = []string{"scripts", "script", "tools", "tool", "utils", "bin", "ci", "dev", "hack"}

// instructed is a program of the project that the README starts.
type instructed struct {
	command project.Command
	place   evidence
	// main is true for a server, an interface, and for a program in the project's
	// folder or with the usual name of one.
	main bool
	// root is true for a program in the project's folder.
	root bool
}

// instructing are the programs that the README starts, with what is noted of those that
// are not in the image.
type instructing struct {
	all               []instructed
	started, uncopied string
}

// instructions are the programs that the README starts, each at the first place.
// One that is not in the image has no command.
func (f *finder) instructions() ([]instructed, error) {
	started, uncopied := f.started, f.uncopied
	if f.instructs == nil {
		f.started, f.uncopied = "", ""
		all, err := f.readInstructions()
		if err != nil {
			return nil, err
		}
		f.instructs = &instructing{all, f.started, f.uncopied}
	}
	f.started, f.uncopied = cmp.Or(f.instructs.started, started), cmp.Or(uncopied, f.instructs.uncopied)
	return f.instructs.all, nil
}

// readInstructions reads the README for instructions.
func (f *finder) readInstructions() (all []instructed, err error) {
	if _, err := f.sources(); err != nil {
		return nil, err
	}
	for _, file := range readmes {
		text := f.evidenceIn(file)
		if text == "" {
			continue
		}
		seen, application := map[string]bool{}, ""
		for n, line := range strings.Split(text, "\n") {
			// What stands between backticks is a command of its own.
			commands := plainText(strings.NewReplacer("`", "\n", `\`, "/", "$ ", " ").Replace(line))
			if m := flaskApp.FindStringSubmatch(commands); m != nil {
				application = "FLASK_APP=" + m[1] + "\n" // also for the next lines
			}
			for _, call := range callsOf(application + commands) {
				name := f.sourceOf(call)
				if name == "" || seen[name] || isClient(name) || isPreparing(name) {
					continue
				}
				m, err := f.look(name)
				if err != nil {
					return nil, err
				}
				if m == nil || call.object == "" && !m.program() && len(m.applications) == 0 {
					continue // a file of the same name, of which the README shows the code
				}
				seen[name] = true
				call.rest, call.options = nil, nil
				c, err := f.calledAs(call)
				if err != nil {
					return nil, err
				}
				base := strings.TrimSuffix(path.Base(name), ".py")
				usual := slices.Contains(usualNames, base) || slices.Contains(mainNames, base) || base == "__main__"
				all = append(all, instructed{c, evidence{file: file, line: n + 1}, call.program != "python" || usual || depth(f.dir, name) == 1, depth(f.dir, name) == 1})
			}
		}
		break
	}
	return all, nil
}

// readme returns the command for the only main program that the README starts.
// A package with a __main__.py names its program itself.
func (f *finder) readme() (project.Command, error) { return f.byReadme(true) }

// readmeServer returns the command for the program of the project's folder that the
// README starts first, if this one stays, as a server or a bot does, and all others
// that it starts are in folders below: they show or watch what the first one does.
func (f *finder) readmeServer() (project.Command, error) {
	started, uncopied := f.started, f.uncopied
	all, err := f.instructions()
	f.started, f.uncopied = started, uncopied
	if err != nil || len(all) < 2 || slices.ContainsFunc(all[1:], func(i instructed) bool { return i.root }) {
		return project.Command{}, err
	}
	c := all[0].command
	if m := f.looked[path.Join(f.dir, c.File)]; !all[0].root || c.Cmd == nil || m == nil || !m.serves && !m.accepts {
		return project.Command{}, nil
	}
	c.Reason += ", and " + all[0].place.String() + " starts it first"
	return c, nil
}

// anyReadme is readme for any program.
func (f *finder) anyReadme() (project.Command, error) { return f.byReadme(false) }

func (f *finder) byReadme(main bool) (project.Command, error) {
	if c, err := f.mainPackage(); err != nil || c.Cmd != nil {
		return project.Command{}, err
	}
	started, uncopied := f.started, f.uncopied
	all, err := f.instructions()
	if err != nil || len(all) != 1 || main && !all[0].main {
		f.started, f.uncopied = started, uncopied
		return project.Command{}, err
	}
	c := all[0].command
	if c.Cmd == nil {
		return c, nil
	}
	c.Reason += ", and " + all[0].place.String() + " starts it"
	return c, nil
}

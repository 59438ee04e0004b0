package start

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
)

// worker is a call of Celery's program: the application as it names it, and its other
// words.
type worker struct {
	application string
	rest        []string
}

// workerOf is the call of Celery's program that starts a worker, in the words of a
// command: "celery -A shop.tasks worker -c 2". ok is false for another command.
func workerOf(words []string) (c worker, ok bool) {
	at := slices.IndexFunc(words, func(word string) bool { return path.Base(word) == "celery" })
	if at < 0 {
		return worker{}, false
	}
	for words = words[at+1:]; len(words) > 0; words = words[1:] {
		value, is := strings.CutPrefix(words[0], "--app=")
		if (words[0] == "-A" || words[0] == "--app") && len(words) > 1 {
			value, is = words[1], true
			words = words[1:]
		}
		if is {
			c.application = value
			continue
		}
		c.rest = append(c.rest, words[0])
	}
	return c, slices.Contains(c.rest, "worker") && c.application != ""
}

// workersOf are the calls that start a worker in the text of a command.
func workersOf(text string) (all []worker) {
	for _, one := range commandsOf(text) {
		if part := strings.TrimSpace(one.text); !strings.HasPrefix(part, "#") {
			if c, ok := workerOf(strings.Fields(part)); ok {
				all = append(all, c)
			}
		}
	}
	return all
}

// ofWorker is the source of a worker's application, and the module by which the
// command imports it: "shop" and "shop.celery" are the same to Celery, and the last
// name may be that of the object.
func (f *finder) ofWorker(c worker) (name, module string) {
	own, _, _ := strings.Cut(c.application, ":")
	parent := ""
	if n := strings.LastIndexByte(own, '.'); n > 0 {
		parent = own[:n]
	}
	for _, module := range []string{own + ".celery", own, parent} {
		if module == "" {
			continue
		}
		if name := f.sourceOf(call{program: "celery", module: module}); name != "" && f.in.Copied(name) {
			return name, module
		}
	}
	return "", ""
}

// asWorker returns the command for a call that starts a worker, in the words of the
// project's people; none if the project does not have its application.
func (f *finder) asWorker(c worker) (project.Command, error) {
	name, module := f.ofWorker(c)
	if name == "" || !f.in.Has("celery") {
		return project.Command{}, nil
	}
	folder, ok := f.importedFrom(name, module)
	if !ok {
		return project.Command{}, nil
	}
	// Celery 5 has the application before the name of what it does, older ones anywhere.
	args := []string{"celery", "--app", c.application}
	if slices.ContainsFunc(c.rest, func(word string) bool { return strings.ContainsAny(word, "$`<>(){}\\") }) {
		args = append(args, "worker")
	} else {
		args = append(args, c.rest...)
	}
	if folder != "" {
		args = f.searching(folder, args)
	}
	rel := Within(f.dir, name)
	command := guessed(args, "%s has the application of Celery's worker", rel)
	command.File = rel
	return command, nil
}

// workerIn returns the command for the only worker that a text starts.
func (f *finder) workerIn(e evidence) (project.Command, error) {
	all := workersOf(plainText(e.text))
	if len(all) != 1 {
		return project.Command{}, nil
	}
	c, err := f.asWorker(all[0])
	if c.Cmd != nil {
		c.Reason += ", and " + e.file + " starts it"
	}
	return c, err
}

// worker returns the command for the worker of a project that has nothing else to
// start: that which its Compose file starts first, else the only application of Celery.
func (f *finder) worker() (project.Command, error) {
	if !f.in.Has("celery") || f.uncopied != "" || f.unserved != "" {
		return project.Command{}, nil
	}
	if programs, err := f.programs(); err != nil || len(programs) > 0 {
		return project.Command{}, err
	}
	for _, file := range composeFiles {
		for _, s := range servicesOf(file, f.evidenceIn(file)) {
			if c, err := f.workerIn(s.evidence); err != nil || c.Cmd != nil {
				return c, err
			}
		}
	}
	var found []string
	for _, s := range f.all {
		m, err := f.look(s.Name)
		if err != nil {
			return project.Command{}, err
		}
		if m != nil && m.tasks && f.in.Copied(s.Name) {
			found = append(found, s.Name)
		}
	}
	if len(found) != 1 {
		return project.Command{}, nil
	}
	t, ok, err := f.importable(found[0], f.looked[found[0]])
	if err != nil || !ok {
		return project.Command{}, err
	}
	args := []string{"celery", "--app", t.module, "worker", "--loglevel", "INFO"}
	if t.dir != "" {
		args = f.searching(t.dir, args)
	}
	rel := Within(f.dir, found[0])
	c := guessed(f.withAlso(t, args), "%s has the application of Celery's worker", rel)
	c.File = rel
	return c, nil
}

package imports

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project/argv"
)

// entry is one source that a command starts.
type entry struct {
	// file is its path, or module its name.
	file, module string
	// main is true if it runs as the program, so that __name__ is "__main__".
	main bool
	// server is the module that loads it, as in "python -m uvicorn"; "" if there is
	// none.
	server string
	// attribute is true if the module's name may be that of an object in it.
	attribute bool
	// dirs are searched before those of PYTHONPATH.
	dirs []string
	// configured is true if a file configures the program, which may add folders.
	configured bool
}

var (
	// application matches the name of an application for a server: "shop.wsgi:app",
	// "shop:create_app()".
	application = regexp.MustCompile(`^([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):[A-Za-z_]`)
	dottedName  = regexp.MustCompile(`^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$`)
	assignment  = regexp.MustCompile(`^([A-Za-z_]\w*)=(.*)$`)
)

// entries are the sources that the image's command starts. There are none where
// this is not known.
func (img *Image) entries() []entry {
	var all []entry
	commands, complete := argv.Commands(img.Command)
	if !complete {
		return nil
	}
	for _, words := range commands {
		e, ok := img.entry(words)
		if !ok {
			continue
		}
		if e.server != "" {
			all = append(all, entry{module: e.server, main: true, dirs: e.dirs})
		}
		all = append(all, e)
	}
	return all
}

// entry is the source that a command starts.
func (img *Image) entry(args []string) (e entry, ok bool) {
	for len(args) > 0 {
		switch m := assignment.FindStringSubmatch(args[0]); {
		case m != nil:
			if m[1] == "PYTHONPATH" && strings.Contains(m[2], "$") {
				return entry{}, false
			}
			if m[1] == "PYTHONPATH" {
				for _, dir := range strings.Split(m[2], ":") {
					e.dirs = append(e.dirs, img.in(dir))
				}
			}
		case args[0] == "exec" || path.Base(args[0]) == "env" || args[0] == "--":
		case slices.Contains([]string{"tini", "dumb-init", "catatonit"}, path.Base(args[0])):
		default:
			ok = true
		}
		if ok {
			break
		}
		args = args[1:]
	}
	if !ok {
		return entry{}, false
	}
	program := path.Base(args[0])
	if argv.IsPython(program) {
		return img.python(e, args[1:])
	}
	return img.program(e, program, args[1:])
}

// in is a path in the image.
func (img *Image) in(name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(img.Workdir, name)
}

// python is what Python starts with arguments.
func (img *Image) python(e entry, args []string) (entry, bool) {
	started, ok := argv.Python(args)
	if !ok || strings.Trim(started.Flags, "uBObqdvx") != "" || started.Module+started.File == "" {
		return e, false // isolated, or code on the command line
	}
	if started.Module != "" {
		e.dirs = append([]string{img.Workdir}, e.dirs...)
		if served, ok := img.program(e, started.Module, started.Rest); ok {
			served.server = started.Module
			return served, dottedName.MatchString(served.server)
		}
		e.module, e.main = started.Module, true
		return e, dottedName.MatchString(e.module)
	}
	e.file, e.main = img.in(started.File), true
	e.dirs = append([]string{path.Dir(e.file)}, e.dirs...)
	if img.Files.Find(e.file) == Folder {
		e.dirs[0] = e.file
		e.file = path.Join(e.file, "__main__.py")
	}
	return e, true
}

// program is what a program of a package loads.
func (img *Image) program(e entry, program string, args []string) (entry, bool) {
	own := img.Scripts[program]
	if own != "" && len(e.dirs) == 0 {
		e.module, _, _ = strings.Cut(own, ":")
		return e, dottedName.MatchString(e.module)
	}
	e.dirs = append([]string{img.Workdir}, e.dirs...)
	for _, option := range []string{"--app-dir", "--chdir", "--pythonpath", "--working-dir"} {
		if value := optionOf(args, option); value != "" {
			for dir := range strings.SplitSeq(value, ",") { // gunicorn takes several
				e.dirs = append([]string{img.in(dir)}, e.dirs...)
			}
		}
	}
	if program == "gunicorn" {
		e.configured = img.Files.Find(img.in("gunicorn.conf.py")) == File || optionOf(args, "-c") != "" || optionOf(args, "--config") != ""
	}
	switch program {
	case "uvicorn", "hypercorn", "daphne", "granian", "waitress-serve", "gunicorn":
		for n, arg := range args {
			if m := application.FindStringSubmatch(arg); m != nil {
				e.module = m[1]
				return e, true
			}
			after := n > 0 && strings.HasPrefix(args[n-1], "-") && !strings.Contains(args[n-1], "=")
			if program == "gunicorn" && !after && dottedName.MatchString(arg) && (n == 0 || strings.Contains(arg, ".")) {
				e.module = arg
				return e, true
			}
		}
	case "streamlit", "chainlit", "fastapi":
		if len(args) > 1 && slices.Contains([]string{"run", "dev"}, args[0]) && strings.HasSuffix(args[1], ".py") {
			e.file = img.in(args[1])
			for dir := path.Dir(e.file); dir != "/" && dir != path.Dir(img.Workdir); dir = path.Dir(dir) {
				e.dirs = append(e.dirs, dir)
			}
			e.main = program == "streamlit"
			return e, true
		}
	case "flask", "celery":
		name := optionOf(args, map[string]string{"flask": "--app", "celery": "--app"}[program])
		if name == "" {
			name = optionOf(args, "-A")
		}
		name, _, _ = strings.Cut(name, ":")
		if strings.HasSuffix(name, ".py") {
			e.file = img.in(name)
			for dir := path.Dir(e.file); dir != "/" && dir != path.Dir(img.Workdir); dir = path.Dir(dir) {
				e.dirs = append(e.dirs, dir)
			}
			return e, true
		}
		e.module, e.attribute = name, program == "celery"
		return e, dottedName.MatchString(name)
	}
	return e, false
}

// optionOf is the value of an option; "" if it is not there.
func optionOf(args []string, option string) string {
	for n, arg := range args {
		if arg == option && n+1 < len(args) {
			return args[n+1]
		}
		if value, ok := strings.CutPrefix(arg, option+"="); ok {
			return value
		}
	}
	return ""
}

package start

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
)

// entering are options of servers for the folder from which they import an
// application. All but the first also make it their working folder.
var entering = []string{"--app-dir", "--chdir", "--working-dir"}

// entered is the folder that a server makes its working folder; "" if there is none.
func entered(cmd []string) string {
	for n := 1; n < len(cmd); n++ {
		if slices.Contains(entering[1:], cmd[n-1]) {
			return cmd[n]
		}
	}
	return ""
}

// relocated changes a command that was found in the code for the application's
// folder so that it works in another working folder.
func relocated(p *project.Project, in Input, c project.Command, workdir string) (project.Command, error) {
	dir := p.AppDir()
	if found := c.Why == project.CommandByFile || c.Why == project.CommandByCode; !found || workdir == dir {
		return c, nil
	}
	f := &finder{in: in, p: p, dir: p.Dir}
	if _, err := f.sources(); err != nil {
		return c, err
	}
	set := divided(c.Cmd)
	words, first := set.words, set.words[0]
	from, named, enters := dir, false, false
	var cmd []string
	for n := 0; n < len(words); n++ {
		word := words[n]
		switch {
		case n+1 < len(words) && slices.Contains(entering, word):
			n++
			from, enters = path.Join(dir, words[n]), true
			if from != workdir {
				cmd = append(cmd, word, from)
			}
			continue
		case n > 0 && f.isFile(word), n == 1 && first == "python" && f.isProgram(word):
			word, named = shortest(path.Join(dir, word), workdir), true
		}
		cmd = append(cmd, word)
	}
	switch {
	case named || enters || from == workdir:
	case p.BuildSystem != nil && !c.NextToPackage: // a module of the package that is installed
	case first == "uvicorn":
		cmd = append(cmd, "--app-dir", from)
	case first == "scrapy":
		return c, source.Errorf(p.Settings.Workdir.Pos, "the image would run %s, which works only in %s", strings.Join(c.Cmd, " "), dir).
			WithHint("leave out workdir, or write cmd")
	case !f.findsIn(append(slices.Clone(set.folders), workdir), cmd):
		set.folders = append(set.folders, from)
	}
	if !named { // the working folder is searched anyway
		set.folders = slices.DeleteFunc(set.folders, func(folder string) bool { return folder == workdir })
	}
	set.words = cmd
	c.Cmd = set.joined()
	return c, nil
}

// findsIn reports whether one of several folders of the image has the module that
// a command starts.
func (f *finder) findsIn(folders, cmd []string) bool {
	for n, word := range cmd {
		object := objectForm.FindStringSubmatch(word)
		switch {
		case object != nil:
			word = object[1]
		case n == 0 || cmd[n-1] != "-m" && cmd[n-1] != "--app" && cmd[n-1] != "--module":
			continue
		}
		module, _, _ := strings.Cut(word, ":")
		at := strings.ReplaceAll(module, ".", "/")
		return slices.ContainsFunc(folders, func(folder string) bool {
			rel, ok := strings.CutPrefix(folder+"/", f.p.AppDir()+"/")
			return ok && slices.ContainsFunc(append(moduleFiles(at), at+"/__main__.py"), func(file string) bool { return f.names[path.Join(f.dir, rel, file)] })
		})
	}
	return false
}

// isFile reports whether a word of a command is a Python file of the project, also
// with the name of an object in it.
func (f *finder) isFile(word string) bool {
	file, _, _ := strings.Cut(word, ":")
	return !path.IsAbs(file) && strings.HasSuffix(file, ".py") && f.names[path.Join(f.dir, file)]
}

// isProgram reports whether a word is a folder that Python runs.
func (f *finder) isProgram(word string) bool {
	return !path.IsAbs(word) && f.names[path.Join(f.dir, word, "__main__.py")]
}

// shortest is a path in the image as a program in a working folder names it.
func shortest(name, workdir string) string {
	if name == workdir {
		return "."
	}
	return strings.TrimPrefix(name, workdir+"/")
}

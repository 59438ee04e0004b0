package start

import (
	"strings"

	"github.com/moult-build/moult/internal/project/argv"
	"github.com/moult-build/moult/internal/source/regex"
)

// call is a part of a command that starts a Python file.
type call struct {
	// program is "python", a server, or a program for interfaces or functions.
	program string
	// module is the name after -m or before the colon, file the path.
	module, file string
	// object is what a server imports from the module; factory is true if it calls
	// this.
	object  string
	factory bool
	// signature is the kind of a function for Google Cloud; "" is that for HTTP.
	signature string
	// text is the whole part, rest the words after the file or the module, and
	// options those of Python itself that change what the program does.
	text          string
	rest, options []string
}

var (
	separators = regex.New(`&&|\|\||[;|\n&]`)
	pythonCall = regex.New(`(?:^|[\s/])(?:python[\d.]*|(?:uv|pdm) run(?: +--[a-z][\w-]*(?:=\S+| +[^-\s]\S*)?)*)((?: +(?:-[uOBbIsqEPSRdv]+|-[WX] *\S+))*) +(?:-[uOBbIsqEPSRdv]*m +([\w.]+)|(\S+\.py))(?:\s+(.*))?$`)
	flaskCall  = regex.New(`(?:^|\s)flask +(?:--app|-A)[ =]+([\w./]+?)(?:\.py)?(?::[\w()]+)? +(?:--debug +)?run\b`)
	flaskRun   = regex.New(`(?:^|[\s/])(?:flask|python[\d.]* +-m +flask) +(?:--debug +)?run\b`)
	// flaskApp matches the variable that names the application of Flask's program.
	flaskApp   = regex.New(`\bFLASK_APP[ "']*=[ "']*([A-Za-z_][\w./]*?)(?:\.py)?(?::\w+(?:\(\))?)?(?:$|[\s"';&])`)
	serverCall = regex.New(`(?:^|[\s/])(uvicorn|hypercorn|gunicorn|granian|waitress-serve|daphne|uwsgi) +(\S.*)$`)
	objectForm = regex.New(`^([A-Za-z_][\w.]*):([A-Za-z_]\w*)(\(\))?$`)
	pageCall   = regex.New(`(?:^|[\s/])(streamlit|chainlit|fastapi|shiny|solara) +(?:run|dev) +(?:-\S+ +(?:\d+ +)?)*(\S+\.py)`)
)

// oneCommand is a command of a text for a shell. instead is true if it runs only
// where the one before it fails.
type oneCommand struct {
	text    string
	instead bool
}

// commandsOf are the commands of a text.
func commandsOf(text string) (all []oneCommand) {
	instead := false
	for {
		at := separators.FindStringIndex(text)
		if at == nil {
			return append(all, oneCommand{text, instead})
		}
		all = append(all, oneCommand{text[:at[0]], instead})
		instead = text[at[0]:at[1]] == "||"
		text = text[at[1]:]
	}
}

// callsOf are the calls of Python files in the text of a command, in order.
func callsOf(text string) (all []call) {
	before, application := 0, ""
	for _, one := range commandsOf(text) {
		part := strings.TrimSpace(one.text)
		if m := flaskApp.FindStringSubmatch(part); m != nil && !strings.HasPrefix(part, "#") {
			application = m[1] // also for the commands after it
		}
		if one.instead && len(all) > before {
			continue // it starts only if that before it fails
		}
		before = len(all)
		if strings.HasPrefix(part, "#") {
			continue
		}
		if m := serverCall.FindStringSubmatch(part); m != nil {
			c := call{program: m[1], text: part, factory: strings.Contains(part, "--factory")}
			for _, word := range strings.Fields(m[2]) {
				if object := objectForm.FindStringSubmatch(word); object != nil && c.module == "" {
					c.module, c.object = object[1], object[2]
					c.factory = c.factory || object[3] != ""
				}
			}
			if c.module != "" {
				all = append(all, c)
			}
			continue
		}
		if m := pageCall.FindStringSubmatch(part); m != nil {
			all = append(all, call{program: m[1], file: m[2], text: part})
			continue
		}
		if m := flaskCall.FindStringSubmatch(part); m != nil {
			all = append(all, call{program: "flask", module: strings.ReplaceAll(m[1], "/", "."), text: part})
			continue
		}
		if application != "" && flaskRun.MatchString(part) {
			all = append(all, call{program: "flask", module: strings.ReplaceAll(application, "/", "."), text: part})
			continue
		}
		if c, ok := functionOf(part); ok {
			all = append(all, c)
			continue
		}
		if m := pythonCall.FindStringSubmatch(part); m != nil {
			all = append(all, call{program: "python", module: m[2], file: m[3], text: part, rest: strings.Fields(m[4]), options: optionsOf(m[1])})
		}
	}
	return all
}

// optionsOf are the options of Python in a text that change what its program does:
// -W, -X and -O. The image has the variable for unbuffered output.
func optionsOf(text string) (all []string) {
	read, _ := argv.Python(strings.Fields(text))
	if n := strings.Count(read.Flags, "O"); n > 0 {
		all = append(all, "-"+strings.Repeat("O", min(n, 2)))
	}
	return append(all, read.Options...)
}

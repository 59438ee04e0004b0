package start

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project/argv"
)

// listening are servers that listen on the container's own address, or on a port of
// their own, if their command names no other.
var listening = map[string]struct {
	// named are options with an address, a port or a file that has them: with one of
	// these the command decides itself.
	named []string
	// host and port are the options for both, joined is the one for an address with a
	// port. The port is not added where the command has it.
	host, port, joined string
}{
	"gunicorn":       {named: []string{"-b", "--bind", "-c", "--config"}, joined: "--bind"},
	"hypercorn":      {named: []string{"-b", "--bind", "-c", "--config", "--quic-bind", "--insecure-bind"}, joined: "--bind"},
	"waitress-serve": {named: []string{"--listen", "--host", "--port", "--unix-socket"}, joined: "--listen"},
	"uvicorn":        {named: []string{"--host", "--uds", "--fd"}, host: "--host", port: "--port"},
	"granian":        {named: []string{"--host", "--uds"}, host: "--host", port: "--port"},
	"daphne":         {named: []string{"-b", "--bind", "-u", "-e", "--endpoint", "--fd"}, host: "-b", port: "-p"},
	"sanic":          {named: []string{"-H", "--host", "-u", "--unix"}, host: "--host", port: "--port"},
	"flask":          {named: []string{"-h", "--host"}, host: "--host", port: "--port"},
	"chainlit":       {named: []string{"--host"}, host: "--host", port: "--port"},
}

// withAddress adds the address on which a server of a Procfile listens, if the
// command names none: gunicorn takes it from PORT, and the others listen on the
// container's own address alone, which nobody outside of it reaches.
func withAddress(args []string, port string) []string {
	program := 0
	if argv.IsPython(path.Base(args[0])) && len(args) > 2 && args[1] == "-m" {
		program = 2
	}
	for n, word := range args {
		if n > 0 && word == "runserver" && path.Base(args[n-1]) == "manage.py" {
			if slices.ContainsFunc(args[n+1:], func(a string) bool { return !strings.HasPrefix(a, "-") }) {
				return args
			}
			return append(slices.Clone(args), "0.0.0.0:"+port)
		}
	}
	server, known := listening[path.Base(args[program])]
	rest := args[program+1:]
	runs := slices.Contains([]string{"flask", "chainlit"}, path.Base(args[program])) // other words do something else
	if !known || runs && !slices.Contains(rest, "run") || slices.ContainsFunc(rest, func(a string) bool { return isOption(a, server.named) }) {
		return args
	}
	if server.joined != "" {
		return slices.Insert(slices.Clone(args), program+1, server.joined, "0.0.0.0:"+port)
	}
	args = append(slices.Clone(args), server.host, "0.0.0.0")
	if !slices.ContainsFunc(rest, func(a string) bool { return isOption(a, []string{"-p", "--port"}) }) {
		args = append(args, server.port, port)
	}
	return args
}

// lastWithAddress adds the address to the server that a text for a shell starts last.
func lastWithAddress(text, port string) string {
	at := strings.LastIndexAny(text, "&;") + 1
	last := strings.TrimSpace(text[at:])
	args, ok := words(last)
	if !ok || strings.ContainsAny(last, `"'`) {
		return text
	}
	before := 0
	for before < len(args) && (args[before] == "exec" || strings.Contains(args[before], "=")) {
		before++
	}
	if before == len(args) {
		return text
	}
	changed := withAddress(args[before:], port)
	if len(changed) == len(args[before:]) {
		return text
	}
	all := slices.Concat(args[:before], changed)
	if text = strings.TrimRight(text[:at], " "); text != "" {
		all = append([]string{text}, all...)
	}
	return strings.Join(all, " ")
}

// isOption reports whether a word is one of several options, also with its value:
// "--bind=:80", "-b:80".
func isOption(word string, options []string) bool {
	return slices.ContainsFunc(options, func(o string) bool {
		return word == o || strings.HasPrefix(word, o) && (!strings.HasPrefix(o, "--") || word[len(o)] == '=')
	})
}

package start

import (
	"encoding/json"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/source/regex"
	"github.com/moult-build/moult/internal/toml"
)

// platform is a file in which a platform is told what to run, with the place of the
// command in it.
type platform struct {
	file string
	// keys are those of the command in a TOML or JSON file.
	keys [][]string
	// line matches the line of the command in another file, program that of a
	// Python file alone.
	line, program *regex.Regexp
}

var platforms = []platform{
	{file: "heroku.yml", line: regex.New(`^\s+web:\s*(\S.*)$`)},
	{file: "fly.toml", keys: [][]string{{"processes", "app"}, {"processes", "web"}, {"experimental", "cmd"}}},
	{file: "render.yaml", line: regex.New(`^\s*(?:- )?startCommand:\s*(\S.*)$`)},
	{file: "railway.toml", keys: [][]string{{"deploy", "startCommand"}}},
	{file: "railway.json", keys: [][]string{{"deploy", "startCommand"}}},
	{file: "nixpacks.toml", keys: [][]string{{"start", "cmd"}}},
	{file: replit, keys: [][]string{{"deployment", "run"}}},
	{file: "app.yaml", line: regex.New(`^entrypoint:\s*(\S.*)$`)},
	{file: "discloud.config", program: regex.New(`^MAIN=(\S+\.py)\s*$`)},
	{file: "squarecloud.app", program: regex.New(`^MAIN=(\S+\.py)\s*$`)},
}

// platformFiles are the names of these files.
func platformFiles() []string {
	names := make([]string, len(platforms))
	for n, p := range platforms {
		names[n] = p.file
	}
	return names
}

// declared returns the command for the program that a Compose file or a file of
// a platform starts. It is what runs, and no guess.
func (f *finder) declared() (project.Command, error) {
	if _, err := f.sources(); err != nil {
		return project.Command{}, err
	}
	for _, file := range composeFiles {
		built := servicesOf(file, f.evidenceIn(file))
		c, err := f.onlyOf(f.mainServices(built))
		if err != nil || c.Cmd == nil {
			if err != nil {
				return c, err
			}
			continue
		}
		if beside, err := f.isBeside(c, built); err != nil || !beside {
			c.Guessed = false
			return c, err
		}
	}
	for _, p := range platforms {
		if c, err := f.onlyOf(f.platformCommands(p)); err != nil || c.Cmd != nil {
			c.Guessed = false
			return c, err
		}
	}
	return project.Command{}, nil
}

// platformCommands are the commands that the file of a platform has.
func (f *finder) platformCommands(p platform) []entry {
	text := f.evidenceIn(p.file)
	if text == "" {
		return nil
	}
	all := lined(p.file, text, p.line, "")
	all = append(all, lined(p.file, text, p.program, "python ")...)
	for _, keys := range p.keys {
		all = append(all, keyed(p.file, text, keys)...)
	}
	return all
}

// lined are the commands on the lines that match an expression.
func lined(file, text string, of *regex.Regexp, before string) (all []entry) {
	if of == nil || text == "" {
		return nil
	}
	for n, line := range strings.Split(text, "\n") {
		if m := of.FindStringSubmatch(strings.TrimRight(line, "\r")); m != nil {
			all = append(all, entry{evidence: evidence{file, n + 1, before + m[1]}})
		}
	}
	return all
}

// keyed is the command at a key of a TOML or JSON file.
func keyed(file, text string, keys []string) []entry {
	if !strings.HasSuffix(file, ".json") {
		root, err := toml.Parse(&source.File{Name: file, Data: []byte(text)})
		if err != nil {
			return nil
		}
		node := root.Get(keys...)
		if node == nil {
			return nil
		}
		return []entry{{evidence: evidence{file, node.Pos().Line, commandText(node)}}}
	}
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return nil
	}
	for _, key := range keys {
		table, _ := value.(map[string]any)
		value = table[key]
	}
	command, _ := value.(string)
	if command == "" {
		return nil
	}
	before, _, _ := strings.Cut(text, `"`+keys[len(keys)-1]+`"`)
	return []entry{{evidence: evidence{file, strings.Count(before, "\n") + 1, command}}}
}

package project

import (
	"strings"

	"github.com/moult-build/moult/internal/source"
)

// setupCfg is the content of a setup.cfg as Python's configparser reads it.
type setupCfg struct {
	file     *source.File
	sections map[string][]setupOption
}

// setupOption is one key of a section. Its value has one element for each line,
// without the lines that are comments.
type setupOption struct {
	key   string
	pos   source.Pos
	lines []source.At[string]
}

// readSetupCfg reads a setup.cfg. It ignores lines that are not options,
// because the backend reports them.
func readSetupCfg(file *source.File) *setupCfg {
	c := &setupCfg{file: file, sections: map[string][]setupOption{}}
	section := ""
	for n, line := range strings.Split(strings.TrimPrefix(string(file.Data), "\ufeff"), "\n") {
		text := strings.TrimSpace(line)
		if text == "" || text[0] == '#' || text[0] == ';' {
			continue
		}
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		at := func(value string) source.At[string] {
			return source.At[string]{V: value, Pos: source.Pos{File: file, Line: n + 1, Col: strings.Index(line, value) + 1}}
		}
		options := c.sections[section]
		if indent > 0 && len(options) > 0 {
			last := &options[len(options)-1]
			last.lines = append(last.lines, at(text))
			continue
		}
		if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
			section = text[1 : len(text)-1]
			continue
		}
		end := strings.IndexAny(text, "=:")
		if end < 0 {
			continue
		}
		option := setupOption{key: strings.ToLower(strings.TrimSpace(text[:end])), pos: at(text).Pos}
		if value := strings.TrimSpace(text[end+1:]); value != "" {
			option.lines = append(option.lines, at(value))
		}
		c.sections[section] = append(options, option)
	}
	return c
}

// option finds a key of a section; ok is false if it is not there. setuptools
// takes "-" for "_" in keys.
func (c *setupCfg) option(section, key string) (o setupOption, ok bool) {
	for _, o := range c.sections[section] {
		if strings.ReplaceAll(o.key, "-", "_") == key {
			return o, true
		}
	}
	return setupOption{}, false
}

// text is an option of one line; its V is "" if it is not there.
func (c *setupCfg) text(section, key string) source.At[string] {
	if o, ok := c.option(section, key); ok && len(o.lines) == 1 {
		return o.lines[0]
	}
	return source.At[string]{}
}

// directive reports whether setuptools takes an option's value from another
// file or from the code.
func (o setupOption) directive() bool {
	return len(o.lines) > 0 && (strings.HasPrefix(o.lines[0].V, "file:") || strings.HasPrefix(o.lines[0].V, "attr:"))
}

// requirements are the elements of a list of requirements: one for each line,
// or in one line with semicolons between them.
func (o setupOption) requirements() []source.At[string] {
	if len(o.lines) != 1 || o.lines[0].Pos.Line != o.pos.Line {
		return o.lines
	}
	var list []source.At[string]
	for _, text := range strings.Split(o.lines[0].V, ";") {
		if text = strings.TrimSpace(text); text != "" {
			list = append(list, source.At[string]{V: text, Pos: o.lines[0].Pos})
		}
	}
	return list
}

package requirements

import (
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// Kind says what a line of a requirement file is.
type Kind int

// The kinds.
const (
	// Requirement is a requirement with what belongs to it.
	Requirement Kind = iota
	// Editable is what stands behind "-e".
	Editable
	// Include is "-r FILE", Constraint "-c FILE".
	Include
	Constraint
	// Option is any other option.
	Option
)

// Item is one thing that a requirement file says. A line gives one, or one for
// each option on it.
type Item struct {
	Kind Kind
	Pos  source.Pos
	// Line is the whole line, for messages.
	Line string
	// Text is the requirement, the file that is included, or the option's value.
	Text string
	// Name is an option's long name.
	Name string
	// Options are those of the requirement alone: "--hash" and
	// "--config-settings".
	Options []Setting
	// Err is what is wrong with the line. Then nothing else of the item counts.
	Err *source.Error
}

// Setting is an option with its value.
type Setting struct{ Name, Value string }

// Options of a whole file. The value says whether another follows it.
var fileOptions = map[string]bool{
	"--requirement": true, "--constraint": true, "--editable": true, "--index-url": true, "--extra-index-url": true, "--find-links": true,
	"--no-binary": true, "--only-binary": true, "--trusted-host": true, "--use-feature": true, "--all-releases": true, "--only-final": true,
	"--no-index": false, "--prefer-binary": false, "--require-hashes": false, "--pre": false,
}

// ownOptions are options of one requirement; all take a value.
var ownOptions = []string{"--hash", "--config-settings"}

// otherNames are short and older names of options.
var otherNames = map[string]string{
	"-r": "--requirement", "-c": "--constraint", "-e": "--editable", "-i": "--index-url", "-f": "--find-links", "-C": "--config-settings",
	"--pypi-url": "--index-url", "--config-setting": "--config-settings",
}

// Read reads a requirement file. The error is that of Lines; what is wrong with
// one line is its item's.
func Read(file *source.File) ([]Item, error) {
	lines, err := Lines(file)
	var items []Item
	for _, line := range lines {
		items = append(items, parse(line)...)
	}
	return items, err
}

// parse reads one line: a requirement with its options, or options alone.
func parse(line Line) []Item {
	text, rest := splitOptions(line.Text)
	item := Item{Kind: Requirement, Pos: line.Pos, Line: line.Text, Text: text}
	list, ok := words(rest)
	if !ok {
		item.Err = source.Errorf(line.Pos, "the options in %q cannot be read: a quote is not closed", Shorten(line.Text))
		return []Item{item}
	}
	var items []Item
	if text != "" {
		items = append(items, item)
	}
	for len(list) > 0 {
		s, takes, others, err := nextOption(line, list, len(items) > 0 && items[0].Kind <= Editable)
		list = others
		if err != nil {
			item.Err = err
			return []Item{item}
		}
		next := Item{Kind: Option, Pos: line.Pos, Line: line.Text, Text: s.Value, Name: s.Name}
		switch {
		case slices.Contains(ownOptions, s.Name):
			items[0].Options = append(items[0].Options, s)
			continue
		case s.Name == "--requirement":
			next.Kind = Include
		case s.Name == "--constraint":
			next.Kind = Constraint
		case s.Name == "--editable":
			next.Kind = Editable
			// What follows is one requirement with its marker.
			for len(list) > 0 && !strings.HasPrefix(list[0], "-") {
				next.Text += " " + list[0]
				list = list[1:]
			}
		case takes && s.Name != "--use-feature" && strings.HasPrefix(s.Value, "-"):
			item.Err = source.Errorf(line.Pos, "%s needs a value", s.Name)
			return []Item{item}
		}
		items = append(items, next)
	}
	return items
}

// nextOption takes one option off the words, in any of the forms "--name=value",
// "--name value", "-r value" and "-rvalue". own says that the line has a
// requirement, so that its own options may follow.
func nextOption(line Line, list []string, own bool) (s Setting, takes bool, rest []string, err *source.Error) {
	s.Name, rest = list[0], list[1:]
	has := false
	if strings.HasPrefix(s.Name, "--") {
		s.Name, s.Value, has = strings.Cut(s.Name, "=")
	} else if len(s.Name) > 2 && s.Name[0] == '-' {
		s.Name, s.Value, has = s.Name[:2], strings.TrimPrefix(s.Name[2:], "="), true
	}
	if long := otherNames[s.Name]; long != "" {
		s.Name = long
	}
	takes, known := fileOptions[s.Name]
	if own {
		// pip reads both kinds behind a requirement, but for what names other
		// requirements.
		known = known && s.Name != "--requirement" && s.Name != "--constraint" && s.Name != "--editable"
		if slices.Contains(ownOptions, s.Name) {
			takes, known = true, true
		}
	}
	switch {
	case !known:
		err = source.Errorf(line.Pos, "unknown option %q", Shorten(s.Name))
		if near := toml.Nearest(s.Name, optionNames(own)); near != "" {
			err = err.WithHint("did you mean %q?", near)
		}
	case takes && !has && len(rest) > 0:
		s.Value, rest = rest[0], rest[1:]
	case takes && s.Value == "":
		err = source.Errorf(line.Pos, "%s needs a value", s.Name)
	}
	return s, takes, rest, err
}

// optionNames are the names that an option may have meant, sorted.
func optionNames(own bool) []string {
	if own {
		return ownOptions
	}
	var names []string
	for name := range fileOptions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// splitOptions cuts a line before its first option.
func splitOptions(line string) (requirement, options string) {
	for i := 0; i < len(line); i++ {
		if line[i] == '-' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return strings.TrimSpace(line[:i]), line[i:]
		}
	}
	return line, ""
}

// words splits as a shell would, without expanding anything; ok is false where
// a quote is not closed.
func words(s string) (list []string, ok bool) {
	var word strings.Builder
	inWord := false
	var quote byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == '"' && c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			word.WriteByte(s[i])
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case c == ' ' || c == '\t':
			if inWord {
				list = append(list, word.String())
				word.Reset()
				inWord = false
			}
		case c == '\\' && i+1 < len(s):
			i++
			word.WriteByte(s[i])
			inWord = true
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if inWord {
		list = append(list, word.String())
	}
	return list, quote == 0
}

// Shorten gives as much of a line as a message shows, without credentials.
func Shorten(s string) string {
	s = source.HideCredentials(s)
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:77], "") + "..."
	}
	return s
}

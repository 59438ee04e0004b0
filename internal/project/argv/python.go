package argv

import (
	"path"
	"strings"

	"github.com/moult-build/moult/internal/source/regex"
)

// Interpreted is what Python starts. At most one of Module, File and Code is set;
// none is if Python reads a program from its input.
type Interpreted struct {
	// Flags are the letters of its own options without a value, such as "uB".
	Flags string
	// Options are those with a value, as they are written: "-W", "ignore".
	Options []string
	// Module follows -m, Code -c, and File is the path of a source or of a folder.
	Module, File, Code string
	// Rest are the words of the program.
	Rest []string
}

var python = regex.New(`^(?:python|pypy)[0-9.]*t?$`)

// IsPython reports whether a program, by its name without a folder, is Python.
func IsPython(program string) bool { return python.MatchString(program) }

// The letters of Python's options: those without a value, and those with one.
const (
	flags  = "bBdEiIOPqRsSuvx"
	valued = "WX"
	starts = "cm"
)

// Python reads the arguments of Python, from the word after its name on. ok is
// false for options that are not known, or that let it only print something.
func Python(args []string) (i Interpreted, ok bool) {
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		switch {
		case word == "--check-hash-based-pycs" && len(args) > 0:
			i.Options, args = append(i.Options, word, args[0]), args[1:]
			continue
		case word == "-":
			i.Rest = args
			return i, true
		case strings.HasPrefix(word, "--"):
			return i, false
		case !strings.HasPrefix(word, "-"):
			i.File, i.Rest = word, args
			return i, true
		}
		for n := 1; n < len(word); n++ {
			letter := word[n]
			if strings.IndexByte(flags, letter) >= 0 {
				i.Flags += string(letter)
				continue
			}
			if strings.IndexByte(valued+starts, letter) < 0 {
				return i, false
			}
			value := word[n+1:]
			if value == "" {
				if len(args) == 0 {
					return i, false
				}
				value, args = args[0], args[1:]
			}
			switch letter {
			case 'm':
				i.Module, i.Rest = value, args
				return i, true
			case 'c':
				i.Code, i.Rest = value, args
				return i, true
			}
			i.Options = append(i.Options, "-"+string(letter), value)
			n = len(word) // the rest of the word is the value
		}
	}
	return i, true
}

// PythonOf is Python for a command; ok is false, too, if its program is another one.
func PythonOf(words []string) (i Interpreted, ok bool) {
	if len(words) == 0 || !IsPython(path.Base(words[0])) {
		return i, false
	}
	return Python(words[1:])
}

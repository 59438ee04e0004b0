package start

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/source/regex"
)

// instruction matches a CMD or ENTRYPOINT of a Dockerfile.
var instruction = regex.New(`(?mi)^[ \t]*(CMD|ENTRYPOINT)[ \t]+(.+?)[ \t\r]*$`)

// wordsOf are the words that the Dockerfile's command gives to a script of the
// project, such as "serve": without them many scripts print their usage and
// end. There are none if the command is another one, or asks for its help.
func (f *finder) wordsOf(script string) ([]string, error) {
	content, err := f.in.Files.ReadFile(path.Join(f.dir, "Dockerfile"))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return nil, err
	}
	last := map[string][]string{}
	for _, m := range instruction.FindAllStringSubmatch(string(content), -1) {
		args, ok := instructionWords(m[2])
		if !ok {
			args = nil
		}
		last[strings.ToUpper(m[1])] = args
	}
	args := withoutRunner(slices.Concat(last["ENTRYPOINT"], last["CMD"]))
	if len(args) < 2 || path.Base(args[0]) != script {
		return nil, nil
	}
	words := args[1:]
	if slices.Contains(words, "--help") || slices.Contains(words, "-h") || slices.Contains(words, "--version") {
		return nil, nil
	}
	return words, nil
}

// instructionWords are the words of a command of a Dockerfile. ok is false for
// one that only a shell understands.
func instructionWords(text string) (args []string, ok bool) {
	if strings.HasPrefix(text, "[") {
		err := json.Unmarshal([]byte(text), &args)
		return args, err == nil && !slices.ContainsFunc(args, func(a string) bool { return strings.Contains(a, "$") })
	}
	return words(text)
}

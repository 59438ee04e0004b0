package diagnose

import (
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/source/regex"
)

// BadRepository is a repository that a package manager cannot use.
type BadRepository struct {
	// Name is its URL, its id, or the file of its key.
	Name string
	// Msg is what the manager says.
	Msg, Hint string
}

const (
	keyHint     = "give the repository the key that signs it, as in key = \"keys/repository.asc\""
	addressHint = "compare its address with what its owner documents, and look whether the builder reaches it"
)

// badRepository are the messages of package managers for a repository that they
// cannot use, those with the reason first. The second group is its name.
var badRepository = map[string][]struct {
	form *regex.Regexp
	hint string
}{
	environment.Apt: {
		{regex.New(`(?m)^moult-build: (the key of the repository (\S+): .+)$`), keyHint},
		{regex.New(`(?m)^(?:W|E|Warning|Error): (GPG error: (\S+) .+)$`), keyHint},
		{regex.New(`(?m)^(?:W|E|Warning|Error): (OpenPGP signature verification failed: (\S+) .+)$`), keyHint},
		{regex.New(`(?m)^(?:E|Error): (The repository '(\S+)[^']*' is not signed.*)$`), keyHint},
		{regex.New(`(?m)^(?:E|Error): (The repository '(\S+)[^']*' .+)$`), addressHint},
		{regex.New(`(?m)^(?:E|Error): (Failed to fetch (\S+)\s.+)$`), addressHint},
	},
	environment.Dnf: {
		{regex.New(`(?m)^.*?(GPG key at file://(\S+) .+)$`), keyHint},
		{regex.New(`(?m)^.*?(GPG Keys are configured as: file://(\S+).*)$`), keyHint},
		{regex.New(`(?m)^.*?(Failed to download metadata for repo '(moult-\d+)'.*)$`), addressHint},
	},
}

// Repository reads the output of a package manager, and returns the repository
// that it cannot use; ok is false if the output names none.
func Repository(manager, output string) (r BadRepository, ok bool) {
	output = strings.ReplaceAll(output, "\r", "")
	for _, one := range badRepository[manager] {
		if m := one.form.FindStringSubmatch(output); m != nil {
			return BadRepository{Name: m[2], Msg: manager + ": " + m[1], Hint: one.hint}, true
		}
	}
	return BadRepository{}, false
}

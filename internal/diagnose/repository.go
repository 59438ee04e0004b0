package diagnose

import (
	"strings"

	"github.com/moult-build/moult/internal/environment"
	"github.com/moult-build/moult/internal/source/regex"
)

// untrusted are the messages of package managers for a repository that they
// cannot use, those with the reason first. The second group is the repository:
// its URL, its id, or the file of its key.
var untrusted = map[string][]*regex.Regexp{
	environment.Apt: {
		regex.New(`(?m)^moult-build: (the key of the repository (\S+): .+)$`),
		regex.New(`(?m)^(?:W|E|Warning|Error): (GPG error: (\S+) .+)$`),
		regex.New(`(?m)^(?:W|E|Warning|Error): (OpenPGP signature verification failed: (\S+) .+)$`),
		regex.New(`(?m)^(?:E|Error): (The repository '(\S+)[^']*' .+)$`),
		regex.New(`(?m)^(?:E|Error): (Failed to fetch (\S+)\s.+)$`),
	},
	environment.Dnf: {
		regex.New(`(?m)^.*?(GPG key at file://(\S+) .+)$`),
		regex.New(`(?m)^.*?(GPG Keys are configured as: file://(\S+).*)$`),
		regex.New(`(?m)^.*?(Failed to download metadata for repo '(moult-\d+)'.*)$`),
	},
}

// Repository reads the output of a package manager. The repository is the one
// that it cannot use, in the manager's words; ok is false if the output names
// none.
func Repository(manager, output string) (msg, repository string, ok bool) {
	output = strings.ReplaceAll(output, "\r", "")
	for _, form := range untrusted[manager] {
		if m := form.FindStringSubmatch(output); m != nil {
			return manager + ": " + m[1], m[2], true
		}
	}
	return "", "", false
}

package check

import "fmt"

// unusedArgument finds build arguments that the client passes and no target
// declares. It omits those that look like secrets, because SecretInArgument
// reports them.
func unusedArgument(p Project) []Finding {
	var found []Finding
	// The position is that of the file's first argument, where a new one would be
	// declared.
	pos := p.Settings.Pos
	if args := p.Settings.Args; len(args) > 0 {
		pos = args[0].Pos
	}
	for _, name := range p.UnusedArgs {
		if holdsSecret(name, p.Args[name]) {
			continue
		}
		found = append(found, Finding{Rule: UnusedArgument, Pos: pos,
			Msg:  fmt.Sprintf("the build was given --build-arg %s, which the build file does not declare", quoted(name)),
			Hint: fmt.Sprintf("declare it: [tool.moult.args] %s = \"its default\", or leave it out", name)})
	}
	return found
}

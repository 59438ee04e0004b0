package check

import (
	"fmt"
	"strings"
)

// guessedCommand reports a command that Moult has guessed from the code.
func guessedCommand(p Project) []Finding {
	if !p.Command.Guessed {
		return nil
	}
	quoted := make([]string, len(p.Command.Cmd))
	for n, arg := range p.Command.Cmd {
		quoted[n] = fmt.Sprintf("%q", arg)
	}
	if p.Command.NextToPackage {
		quoted[len(quoted)-1] += `] and app.include = ["**"`
	}
	hint := "write cmd = [" + strings.Join(quoted, ", ") + "]"
	if w := p.Command.Workdir; w != "" {
		hint += fmt.Sprintf(" and workdir = %q", w)
	}
	if p.Command.Extra != "" {
		hint += fmt.Sprintf(" and extras = [%q]", p.Command.Extra)
	}
	if p.Command.Group != "" {
		hint += fmt.Sprintf(" and groups = [%q]", p.Command.Group)
	}
	hint += p.HintTable()
	return []Finding{{Rule: GuessedCommand, Pos: p.Settings.Pos,
		Msg:  fmt.Sprintf("the image runs %s, because %s", strings.Join(p.Command.Cmd, " "), p.Command.Reason),
		Hint: hint + ", or another command"}}
}

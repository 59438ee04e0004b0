package start

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/project/argv"
	"github.com/moult-build/moult/internal/pypkg/pep503"
)

// Offered is an extra or a dependency group that has the package of a program.
type Offered struct {
	Name string
	// Group is true for a dependency group.
	Group bool
	// Program is the program that needs it.
	Program string
}

// Offering finds what has the package of a command's program that is not installed,
// by an extra or a group for developers if no other has it. The zero value is
// nothing.
func Offering(p *project.Project, has func(name string) bool, cmd []string) Offered {
	commands, _ := argv.Commands(cmd)
	for _, words := range commands {
		words = argv.WithoutPrefix(words)
		if len(words) == 0 {
			continue
		}
		program := path.Base(words[0])
		if python, ok := argv.PythonOf(words); ok {
			program, _, _ = strings.Cut(python.Module, ".")
		}
		if program == "" || slices.ContainsFunc(p.Scripts, func(s project.Script) bool { return s.Name.V == program }) {
			continue
		}
		needs := cmp.Or(brings[program], pep503.Normalize(program))
		if has(needs) {
			continue
		}
		if set := bringing(p, []string{needs}, true); set.Set != nil {
			return Offered{set.Name.V, set.group, program}
		}
		for n, sets := range [][]project.Set{p.Extras, p.Groups} {
			for _, set := range sets {
				if slices.ContainsFunc(set.Requirements, func(r project.Requirement) bool { return r.NormalizedName() == needs }) {
					return Offered{set.Name.V, n == 1, program}
				}
			}
		}
	}
	return Offered{}
}

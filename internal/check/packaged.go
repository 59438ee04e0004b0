package check

import "fmt"

// nothingToPackage reports a project that is copied although it has a
// [build-system].
func nothingToPackage(p Project) []Finding {
	if p.Unpackaged == nil {
		return nil
	}
	return []Finding{{Rule: NothingToPackage, Pos: p.Unpackaged.Pos,
		Msg:  fmt.Sprintf("the project has a [build-system] and no module of the name %s, so it is copied like an application", p.Name.V),
		Hint: "write packaged = false" + p.HintTable() + ", or name the modules in the table of the build backend"}}
}

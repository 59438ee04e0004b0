package check

import (
	"fmt"
	"path"
)

// nothingToPackage reports a project that is copied although it has a
// [build-system].
func nothingToPackage(p Project) []Finding {
	if p.Unpackaged == nil {
		return nil
	}
	key := "packaged = false"
	if path.Base(p.File.Name) != "moult.toml" {
		key += " under [tool.moult]"
	}
	return []Finding{{Rule: NothingToPackage, Pos: p.Unpackaged.Pos,
		Msg:  fmt.Sprintf("the project has a [build-system] and no module of the name %s, so it is copied like an application", p.Name.V),
		Hint: "write " + key + ", or name the modules in the table of the build backend"}}
}

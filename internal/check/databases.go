package check

import (
	"path"
	"slices"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
)

// database is the name that Django's template for projects gives to the database.
const database = "db.sqlite3"

// FilePatterns returns the .dockerignore patterns of the files that Files and
// Databases need.
func FilePatterns() []string { return append(slices.Clone(secretFiles), "**/"+database) }

// Databases finds Django's database among the files of an application: sessions and
// whatever else the program writes would end in an error, because the image's user
// cannot change what the build has put there. pos is the position that copies the
// files into the image.
func Databases(files []File, p *plan.Plan, pos source.Pos) []Finding {
	if isRoot(p) || !slices.ContainsFunc(p.Packages, func(pkg plan.Package) bool { return pkg.Name == "django" }) {
		return nil
	}
	var names []string
	for _, f := range files {
		if path.Base(f.Name) == database {
			names = append(names, f.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return []Finding{{Rule: ReadOnlyDatabase, Pos: pos, Msg: "the image holds " + enumerate(names, 3) + ", which its user cannot change, and Django writes sessions into its database",
		Hint: "leave it out by .dockerignore or app.exclude, and let the program make its own, in a volume if it has to last; or write user = \"root\""}}
}

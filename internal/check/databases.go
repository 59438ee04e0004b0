package check

import (
	"path"
	"slices"
	"strings"

	"github.com/moult-build/moult/internal/plan"
	"github.com/moult-build/moult/internal/source"
)

// djangos is the name that Django's template for projects gives to the database.
const djangos = "db.sqlite3"

// databaseFiles are patterns of databases of SQLite: Django's, and those in the
// application's folder and in the folder instance of Flask. Others hold data that
// a program reads.
var databaseFiles = []string{"**/" + djangos, "*.db", "*.sqlite", "*.sqlite3", "instance/*.db", "instance/*.sqlite", "instance/*.sqlite3"}

// mappers are packages by which a program keeps its objects in a database.
var mappers = []string{"django", "sqlalchemy", "peewee", "tortoise-orm", "pony"}

// FilePatterns returns the .dockerignore patterns of the files that Files and
// Databases need.
func FilePatterns() []string { return slices.Concat(secretFiles, databaseFiles) }

// isDatabase reports whether a file has one of the names of databaseFiles. Patterns
// match what is in a folder of this name, too.
func isDatabase(name string) bool {
	if path.Base(name) == djangos {
		return true
	}
	dir := path.Dir(name)
	return (dir == "." || dir == "instance") && slices.Contains([]string{".db", ".sqlite", ".sqlite3"}, path.Ext(name))
}

// Databases finds databases among the files of an application: what the program
// writes ends in an error, because the image's user cannot change what the build has
// put there. pos is the position that copies the files into the image.
func Databases(files []File, p *plan.Plan, pos source.Pos) []Finding {
	installed := func(name string) bool {
		return slices.ContainsFunc(p.Packages, func(pkg plan.Package) bool { return pkg.Name == name })
	}
	if isRoot(p) || !slices.ContainsFunc(mappers, installed) {
		return nil
	}
	secret := named(secretFiles)
	var names []string
	for _, f := range files {
		base := path.Base(f.Name)
		if isDatabase(f.Name) && !secret(f.Name) && !strings.EqualFold(base, "Thumbs.db") && (base != djangos || installed("django")) {
			names = append(names, f.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	what := "what the program writes there ends in an error"
	if path.Base(names[0]) == djangos {
		what = "Django writes sessions into its database"
	}
	return []Finding{{Rule: ReadOnlyDatabase, Pos: pos, Msg: "the image holds " + enumerate(names, 3) + ", which its user cannot change, and " + what,
		Hint: "leave it out by .dockerignore or app.exclude, and let the program make its own, in a volume if it has to last; or write user = \"root\""}}
}

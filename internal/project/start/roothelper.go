package start

import (
	"slices"

	"github.com/moult-build/moult/internal/project"
)

// beforehand are words in the names of files that somebody runs once before the program,
// and that no project is for. Of preparing, the others may be what a job does: so may
// "create" and "clean", but for what is of storage or of the project's users.
var (
	beforehand = []string{"setup", "install", "init", "migrate", "migration", "migrations", "seed", "populate", "configure", "test", "tests", "login"}
	making     = []string{"create", "clean"}
	made       = []string{"db", "database", "databases", "table", "tables", "schema", "schemas", "index", "user", "users", "admin", "superuser", "cache"}
)

// runsBefore reports whether a file of the project's folder is run once before the
// program, by its name.
func (f *finder) runsBefore(name string) bool {
	words := wordsOfName(name)
	has := func(some []string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return slices.Contains(some, word) })
	}
	return depth(f.dir, name) == 1 && (has(beforehand) || has(making) && (has(made) || len(words) == 1))
}

// afterHelpers omits such files where the project has other programs, which are more
// than helpers themselves, unless the README starts one of them and no other.
func (f *finder) afterHelpers(programs []string) ([]string, error) {
	others := slices.DeleteFunc(slices.Clone(programs), f.runsBefore)
	if len(others) == len(programs) || !slices.ContainsFunc(others, func(name string) bool { return !isPreparing(name) }) {
		return programs, nil
	}
	if name, _, err := f.named(programs, readmes); err != nil || name != "" && f.runsBefore(name) {
		return programs, err
	}
	return others, nil
}

// loadTest returns the command of locust for a project that is a test of load alone.
func (f *finder) loadTest() (project.Command, error) {
	if ok, err := f.has("locustfile.py"); err != nil || !ok || !f.in.Has("locust") {
		return project.Command{}, err
	}
	if programs, err := f.programs(); err != nil || len(programs) > 0 {
		return project.Command{}, err
	}
	return guessed([]string{"locust"}, "there is a locustfile.py, and nothing else to start"), nil
}

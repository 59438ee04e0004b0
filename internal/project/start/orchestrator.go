package start

import (
	"path"
	"slices"

	"github.com/moult-build/moult/internal/project"
	"github.com/moult-build/moult/internal/toml"
)

// orchestrators are programs of frameworks that find what they run by a file of the
// project, and not by a Python file that the command names.
var orchestrators = []struct {
	// needs are the packages that bring the program and its web interface.
	needs []string
	// file is that by which it finds the project, table its table in pyproject.toml.
	file  string
	table []string
	args  []string
}{
	{[]string{"dagster", "dagster-webserver"}, "workspace.yaml", []string{"tool", "dagster"}, []string{"dagster", "dev", "-h", "0.0.0.0", "-p", port}},
	{[]string{"langgraph-cli", "langgraph-api"}, "langgraph.json", nil, []string{"langgraph", "dev", "--host", "0.0.0.0", "--port", port, "--no-browser"}},
}

// orchestrated returns the command of such a framework. Its project has other programs
// beside it for jobs and for checks.
func (f *finder) orchestrated() (project.Command, error) {
	for _, o := range orchestrators {
		if slices.ContainsFunc(o.needs, func(name string) bool { return !f.in.Has(name) }) {
			continue
		}
		if root, err := toml.Parse(f.p.File); err == nil && o.table != nil && root.Get(o.table...) != nil {
			return guessed(o.args, "%s has a table of %s", path.Base(f.p.File.Name), o.needs[0]), nil
		}
		found, err := f.in.Files.Existing([]string{path.Join(f.dir, o.file)})
		if err != nil {
			return project.Command{}, err
		}
		if len(found) > 0 {
			return guessed(o.args, "there is a %s", o.file), nil
		}
	}
	return project.Command{}, nil
}

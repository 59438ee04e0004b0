package hostile

import (
	"fmt"
	"slices"
	"strings"
)

const projectTable = "[project]\nname = \"demo\"\nversion = \"1.0\"\nrequires-python = \">=3.13\"\n"

// many joins the texts of write for the numbers from 0 to n-1.
func many(n int, write func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(write(i))
	}
	return b.String()
}

// projects returns the vectors of the kind Project. An accepted one need not be
// a useful project, but it must be read within the limits.
func projects() []Vector {
	var all []Vector
	add := func(outcome Outcome, name, message, description string, files func() map[string]string) {
		all = append(all, Vector{Name: name, Description: description, Kind: Project, File: "pyproject.toml", Outcome: outcome, Message: message,
			Files: func() map[string][]byte {
				content := map[string][]byte{}
				for file, text := range files() {
					content[file] = []byte(text)
				}
				return content
			}})
	}
	only := func(text func() string) func() map[string]string {
		return func() map[string]string { return map[string]string{"pyproject.toml": text()} }
	}

	add(Accepted, "project-groups-double", "", "each of 30 dependency groups includes the one before twice", only(func() string {
		return projectTable + "[dependency-groups]\ng0 = [\"a\"]\n" + many(30, func(i int) string {
			return fmt.Sprintf("g%d = [{include-group = \"g%d\"}, {include-group = \"g%d\"}]\n", i+1, i, i)
		})
	}))
	add(Refused, "project-groups-deep", "more than 32 deep", "20,000 dependency groups that each include the next", only(func() string {
		return projectTable + "[dependency-groups]\n" + many(20000, func(i int) string {
			return fmt.Sprintf("g%d = [\"a%d\", {include-group = \"g%d\"}]\n", i, i, i+1)
		}) + "g20000 = []\n"
	}))
	add(Refused, "project-groups-wide", "more than 100000 requirements", "1,000 dependency groups that each include one of 1,000 requirements", only(func() string {
		return projectTable + "[dependency-groups]\nbig = [" + many(1000, func(i int) string { return fmt.Sprintf("\"a%d\", ", i) }) + "]\n" +
			many(1000, func(i int) string { return fmt.Sprintf("g%d = [{include-group = \"big\"}]\n", i) })
	}))
	add(Accepted, "project-requirements-twice", "", "each of 31 requirement files includes the next one twice", func() map[string]string {
		files := map[string]string{"pyproject.toml": "[tool.moult]\nrequirements = [\"r0.txt\"]\npython = \"3.13\"\n", "r31.txt": "a\n"}
		for i := range 31 {
			files[fmt.Sprintf("r%d.txt", i)] = fmt.Sprintf("-r r%d.txt\n-r r%d.txt\n-c r%d.txt\n", i+1, i+1, i+1)
		}
		return files
	})
	add(Accepted, "project-dependencies-on-one-line", "", "three megabytes of dependencies on one line", only(func() string {
		return projectTable + "dependencies = [" + many(110_000, func(i int) string { return fmt.Sprintf("\"package-%06d==1.%d\", ", i, i) }) + "]\n"
	}))
	add(Refused, "project-targets-in-a-row", "more than 256 targets", "2,000 targets that each inherit from the one before", only(func() string {
		return projectTable + "[tool.moult.target.t0]\n" + many(2000, func(i int) string {
			return fmt.Sprintf("[tool.moult.target.t%d]\ninherits = \"t%d\"\nsteps = [{run = [\"true\"]}]\n", i+1, i)
		})
	}))
	add(Accepted, "project-targets-deep", "", "200 targets that each inherit from the one before", only(func() string {
		return projectTable + "[tool.moult.target.t0]\n" + many(200, func(i int) string {
			return fmt.Sprintf("[tool.moult.target.t%d]\ninherits = \"t%d\"\nsteps = [{run = [\"true\"]}]\n", i+1, i)
		})
	}))
	add(Refused, "project-nested", "nested", "arrays in arrays, 100,000 deep", only(func() string {
		return projectTable + "x = " + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "\n"
	}))
	add(Refused, "project-large", "is larger than 16 MiB", "a build file of 17 megabytes", only(func() string {
		return projectTable + strings.Repeat("# comment\n", 1_800_000)
	}))
	for i := range all {
		all[i].Costly = slices.Contains([]string{"project-groups-wide", "project-dependencies-on-one-line", "project-large"}, all[i].Name)
	}
	return all
}

// locks are the vectors of the kind Lock.
func locks() []Vector {
	var all []Vector
	add := func(outcome Outcome, file, name, message, description string, text func() string) {
		all = append(all, Vector{Name: name, Description: description, Kind: Lock, File: file, Outcome: outcome, Message: message,
			Files: func() map[string][]byte { return map[string][]byte{file: []byte(text())} }})
	}
	hash := strings.Repeat("0", 64)
	uv := func(packages int) string {
		return "version = 1\nrevision = 3\nrequires-python = \">=3.13\"\n\n[[package]]\nname = \"demo\"\nversion = \"1.0\"\nsource = { virtual = \".\" }\n\n" +
			many(packages, func(i int) string {
				return fmt.Sprintf("[[package]]\nname = \"p%d\"\nversion = \"1.0\"\nsource = { registry = \"https://example.com/simple\" }\nwheels = [{ url = \"https://example.com/p%d-1.0-py3-none-any.whl\", hash = \"sha256:%s\" }]\n\n", i, i, hash)
			})
	}
	add(Accepted, "uv.lock", "lock-many-packages", "", "nine megabytes of uv.lock", func() string { return uv(40_000) })
	all[len(all)-1].Costly = true
	add(Refused, "uv.lock", "lock-large", "is larger than 20 MiB", "a uv.lock of 50 megabytes", func() string { return uv(220_000) })
	all[len(all)-1].Costly = true
	add(Refused, "uv.lock", "lock-many-values", "has more than 450000 values", "a uv.lock of nineteen megabytes with an array of digits", func() string {
		return "version = 1\nx = [" + strings.Repeat("1,", 9_500_000) + "]\n"
	})
	all[len(all)-1].Costly = true
	add(Refused, "pylock.toml", "lock-nested", "nested", "a pylock.toml with arrays in arrays, ten million deep", func() string {
		return "x = " + strings.Repeat("[", 10_000_000)
	})
	add(Accepted, "Pipfile.lock", "lock-on-one-line", "", "a Pipfile.lock of three megabytes on one line", func() string {
		return `{"_meta": {"hash": {"sha256": "` + hash + `"}, "pipfile-spec": 6, "requires": {}, "sources": []}, "default": {` +
			strings.TrimSuffix(many(25_000, func(i int) string {
				return fmt.Sprintf(`"p%d": {"hashes": ["sha256:%s"], "version": "==1.0"},`, i, hash)
			}), ",") + `}, "develop": {}}`
	})
	add(Accepted, "pylock.toml", "lock-toml-on-one-line", "", "a pylock.toml of three megabytes on one line", func() string {
		return "lock-version = \"1.0\"\ncreated-by = \"hostile\"\npackages = [" + many(15_000, func(i int) string {
			return fmt.Sprintf(`{name = "p%d", version = "1.0", wheels = [{url = "https://example.com/p%d-1.0-py3-none-any.whl", hashes = {sha256 = "%s"}}]}, `, i, i, hash)
		}) + "]\n"
	})
	return all
}

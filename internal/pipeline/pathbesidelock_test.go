package pipeline_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

func TestAPathOfAPackageCountsBesideHashesAndIsRefusedBesideOtherLocks(t *testing.T) {
	hashed := func(names ...string) string {
		text := ""
		for _, name := range names {
			text += name + "==1.0 --hash=sha256:" + strings.Repeat("a", 64) + "\n"
		}
		return text
	}
	for _, c := range []struct {
		name, lock, text, path string
		want                   string // the packages, or the beginning of the error
	}{
		{"a folder in addition", "requirements.txt", hashed("idna"), "lib", "idna six-from-lib"},
		{"a folder in place of a locked file", "requirements.txt", hashed("idna", "six"), "lib", "idna six-from-lib"},
		{"a file", "requirements.txt", hashed("idna"), "six-1.0-py3-none-any.whl", "moult.toml:5:8: path: beside a lock it is a folder"},
		{"another lock", "pylock.toml", lockedSix, "lib", "moult.toml:5:8: path: pylock.toml says where six comes from, and not from here"},
		{"another lock with the same folder", "pylock.toml", "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"six\"\ndirectory = {path = \"lib\"}\n", "lib", "six-from-lib"},
		{"another lock with another folder", "pylock.toml", "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"six\"\ndirectory = {path = \"other\"}\n", "lib", "moult.toml:5:8: path: pylock.toml has six from other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			const tree = "[project]\nname = \"six\"\nversion = \"1.0\"\n[build-system]\nrequires = [\"flit_core\"]\nbuild-backend = \"flit_core.buildapi\"\n"
			files := fstest.MapFS{
				"moult.toml":               {Data: []byte("python = \"3.13\"\ncmd = [\"python\", \"main.py\"]\nlock = \"" + c.lock + "\"\n[package.six]\npath = \"" + c.path + "\"\n")},
				"main.py":                  {},
				"lib/pyproject.toml":       {Data: []byte(tree)},
				"other/pyproject.toml":     {Data: []byte(tree)},
				"six-1.0-py3-none-any.whl": {},
				c.lock:                     {Data: []byte(c.text)},
			}
			_, d, err := worldtest.Decide(t.Context(), worldtest.Files(files), "moult.toml", project.Options{}, worldtest.World{})
			if err != nil {
				if c.want == "" || !strings.HasPrefix(err.Error(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
				return
			}
			var names []string
			for _, p := range d.Plan.Packages {
				name := p.Name
				if d.Plan.Building != nil {
					for _, s := range d.Plan.Building.Sources {
						if s.Name == name && s.Folder() != nil {
							name += fmt.Sprintf("-from-%s", s.Folder().Dir)
						}
					}
				}
				names = append(names, name)
			}
			if got := strings.Join(names, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

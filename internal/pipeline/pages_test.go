package pipeline_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/pipeline/worldtest"
	"github.com/moult-build/moult/internal/project"
)

// frontMatter is what a block that shows only some keys leaves out.
const frontMatter = "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.13,<3.14\"\n"

// Blocks of other pages are excerpts too; these stand for whole build files.
func TestTheBlocksOfThePagesAreRead(t *testing.T) {
	for _, page := range []string{"from-dockerfile.md", "files.md", "steps.md", "stages.md", "compiling.md", "indexes.md", "workspaces.md", "variants.md"} {
		content, err := os.ReadFile("../../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		blocks := strings.Split(string(content), "```toml\n")[1:]
		if len(blocks) == 0 {
			t.Errorf("%s has no blocks", page)
		}
		for n, b := range blocks {
			text, _, _ := strings.Cut(b, "```")
			name := "pyproject.toml"
			if !strings.Contains(text, "[tool.") && !strings.Contains(text, "[project]") {
				name = "moult.toml"
			} else if !strings.Contains(text, "[project]") {
				// Tables may stand in any order.
				text += "\n" + frontMatter
				if !strings.Contains(text, "[tool.moult]\n") {
					text += "[tool.moult]\ncmd = [\"shop\"]\n"
				}
			}
			if page == "workspaces.md" {
				name = "services/api/" + name
			}
			files := worldtest.Anything{Name: name, Content: text}
			for _, target := range targets(t, name, []byte(text)) {
				if _, _, err := worldtest.Decide(t.Context(), files, name, project.Options{Target: target, Args: map[string]string{}}, worldtest.World{}); err != nil {
					t.Errorf("%s, block %d, %q: %v", page, n+1, target, err)
				}
			}
		}
	}
}

func TestEachApplicationHasItsRow(t *testing.T) {
	page, err := os.ReadFile("../../docs/from-dockerfile.md")
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("../../docs/applications/*.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.Count(string(page), "(applications/"+filepath.Base(name)+")") != 1 {
			t.Errorf("%s has no row of its own", filepath.Base(name))
		}
	}
	if n := strings.Count(string(page), "](applications/"); n != len(names) {
		t.Errorf("%d rows name %d build files", n, len(names))
	}
}

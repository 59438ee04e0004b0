package pipeline_test

import (
	"io/fs"
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

func TestTheBuildFilesOfApplicationsInTheDocsAreThoseThatAreBuilt(t *testing.T) {
	page, err := os.ReadFile("../../docs/applications.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	if err := filepath.WalkDir("../../docs/applications", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(names) < 20 {
		t.Errorf("%d applications are built", len(names))
	}
	for _, name := range names {
		if !strings.Contains(string(page), "("+strings.TrimPrefix(filepath.ToSlash(name), "../../docs/")+")") {
			t.Errorf("%s has no row", name)
		}
	}
	// The others are data of a test, which say what they are.
	planned, err := filepath.Glob("testdata/applications/*.toml")
	if err != nil || len(planned) != 39 {
		t.Fatalf("there are %d build files: %v", len(planned), err)
	}
	for _, name := range planned {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(content), "\n")
		if !strings.Contains(first, "Made from the Dockerfile of https://") || !strings.Contains(first, "Planned by a test, not built.") {
			t.Errorf("%s does not say what it is: %q", name, first)
		}
	}
}

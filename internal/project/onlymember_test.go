package project

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestTheOnlyProjectOfAWorkspaceIsBuiltWhereItsRootHasNone(t *testing.T) {
	const virtual = "[tool.uv.workspace]\nmembers = [\"backend\", \"more/*\"]\n"
	member := &fstest.MapFile{Data: []byte("[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = [\"click\"]\n[tool.moult]\nuser = \"1234\"\n")}
	for _, test := range []struct {
		name, root, more, dir string
	}{
		{"the only one", virtual, "", "backend"},
		{"one of two", virtual, "[project]\nname = \"rows\"\nversion = \"1\"\n", "."},
		{"beside a project of the root", "[project]\nname = \"root\"\nversion = \"1\"\n" + virtual, "", "."},
		{"a folder that is gone", "[tool.uv.workspace]\nmembers = [\"gone\"]\n", "", "."},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := fstest.MapFS{"pyproject.toml": {Data: []byte(test.root)}, "backend/pyproject.toml": member}
			if test.more != "" {
				files["more/rows/pyproject.toml"] = &fstest.MapFile{Data: []byte(test.more)}
			}
			p, err := Read(FS(files), "pyproject.toml", Options{})
			if err != nil || p.Dir != test.dir || p.OnlyMember != (test.dir == "backend") {
				t.Fatalf("%v, %v, %v", p.Dir, p.OnlyMember, err)
			}
			if p.OnlyMember && (p.Name.V != "shop" || p.Workspace == nil || p.Workspace.Root != "." || p.File.Name != "backend/pyproject.toml") {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestSettingsInTheRootOfAWorkspaceAreThoseOfItsOnlyProject(t *testing.T) {
	const root = "[tool.uv.workspace]\nmembers = [\"backend\"]\n[tool.moult]\nuser = \"1234\"\n"
	const member = "[project]\nname = \"shop\"\nversion = \"1\"\n"
	p, err := Read(FS(fstest.MapFS{"pyproject.toml": file(root), "backend/pyproject.toml": file(member)}), "pyproject.toml", Options{})
	if err != nil || p.Dir != "backend" || p.Settings.User == nil {
		t.Errorf("%+v, %v", p, err)
	}
	_, err = Read(FS(fstest.MapFS{"pyproject.toml": file(root), "backend/pyproject.toml": file(member + "[tool.moult]\nuser = \"1\"\n")}), "pyproject.toml", Options{})
	if err == nil || err.Error() != "pyproject.toml:3:7: backend/pyproject.toml, the only project of the workspace, has [tool.moult] too; keep one of the two" {
		t.Error(err)
	}
}

// file is a file of a tree.
func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestAWorkspacesRootBuildsTheProjectThatNoOtherOneNeeds(t *testing.T) {
	const (
		members = "[tool.uv.workspace]\nmembers = [\"libs/*\"]\n"
		cli     = "[project]\nname = \"shop-cli\"\nversion = \"1\"\ndependencies = [\"shop-api\"]\n[tool.uv.sources]\nShop_API = { workspace = true }\n"
		api     = "[project]\nname = \"shop-api\"\nversion = \"1\"\n"
		nothing = "[project]\nname = \"shop-workspace\"\nversion = \"0\"\n[dependency-groups]\ndev = [\"pytest\"]\n"
	)
	for name, test := range map[string]struct{ root, cli, dir string }{
		"a root without a project":                    {members, cli, "libs/cli"},
		"a root whose project is not packaged":        {nothing + "[tool.uv]\npackage = false\n" + members, cli, "libs/cli"},
		"a root whose project is packaged":            {nothing + members, cli, "."},
		"a root that needs something":                 {strings.Replace(nothing, "[dep", "dependencies = [\"six\"]\n[dep", 1) + "[tool.uv]\npackage = false\n" + members, cli, "."},
		"two projects, of which none needs the other": {members, strings.Replace(cli, "true", "false", 1), "."},
	} {
		p, err := Read(FS(fstest.MapFS{"pyproject.toml": file(test.root), "libs/cli/pyproject.toml": file(test.cli), "libs/api/pyproject.toml": file(api)}), "pyproject.toml", Options{})
		if err != nil || p.Dir != test.dir {
			t.Errorf("%s: %q, %v", name, p.Dir, err)
		}
	}
}

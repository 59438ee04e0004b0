package project

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestConstraintsAtAnAddressAreReadByPip(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{"six\n-c https://example.com/c.txt\nattrs -c d.txt\n", `requirements.txt:3:1: unknown option "--constraint"`},
		{"six\n-c https://me:secret@example.com/c.txt\n", "requirements.txt:2:1: the URL of example.com has credentials in it"},
		{"six\n-c file:///c.txt\n", `requirements.txt:2:1: "file:///c.txt" must be a file of the build context`},
		{"-r https://example.com/r.txt\n", `requirements.txt:1:1: "https://example.com/r.txt" must be a file of the build context`},
		{"six\n-c https://example.com/c.txt\n-c c.txt\n", ""},
	} {
		files := fstest.MapFS{
			"moult.toml":       {Data: []byte("python = \"3.13\"\n")},
			"requirements.txt": {Data: []byte(c.file)},
			// Constraints may be nested.
			"c.txt": {Data: []byte("-c https://example.com/d.txt\nsix<2\n")},
		}
		p, err := Read(FS(files), "moult.toml", Options{})
		if c.want != "" {
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("%q: got %v, want %s", c.file, err, c.want)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		requested, err := Requirements(p, Selection{})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := texts(requested.Constraints), []string{"-c https://example.com/c.txt", "-c https://example.com/d.txt", "six<2"}; !slices.Equal(got, want) {
			t.Errorf("pip gets %q, want %q", got, want)
		}
	}
}

func TestAPathThatCondaWroteIsToldWithWhatToWrite(t *testing.T) {
	for path, want := range map[string]bool{
		"/tmp/build/80754af9/six_1623709665295/work":                                true,
		"/opt/concourse/worker/volumes/live/26dd/volume/numexpr_1618856529885/work": true,
		"/home/conda/feedstock_root/build_artifacts/six_17/work":                    true,
		"/croot/six_1744/work": true,
		"/home/me/six":         false,
	} {
		_, err := Read(FS(fstest.MapFS{"moult.toml": {}, "requirements.txt": {Data: []byte("six @ file://" + path + "\n")}}), "moult.toml", Options{})
		const hint = `conda wrote this path of the machine that built the package; write the package's version instead, as "pip list --format=freeze" prints it`
		if err == nil || !strings.HasPrefix(err.Error(), "requirements.txt:1:1: ") || strings.Contains(err.Error(), hint) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestAFileThatCondaWroteIsToldOnceWithWhatToWrite(t *testing.T) {
	for text, want := range map[string]string{
		"# platform: osx-64\n@EXPLICIT\nhttps://repo.example.com/a.conda\nb=1=2\n": `requirements.txt:2:1: "@EXPLICIT" is not a valid requirement; "conda list --explicit" wrote this file`,
		"# platform: win-64\nanyio=3.6.2=pypi_0\nbzip2=1.0.8=h8ffe710_4\n":         `requirements.txt:2:1: "anyio=3.6.2=pypi_0" is not a valid requirement; "conda list --export" wrote this file`,
	} {
		_, err := Read(FS(fstest.MapFS{"moult.toml": {}, "requirements.txt": {Data: []byte(text)}}), "moult.toml", Options{})
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Error(err)
		}
	}
	if _, err := Read(FS(fstest.MapFS{"moult.toml": {}, "requirements.txt": {Data: []byte("six===1.16.0\nidna==3\n")}}), "moult.toml", Options{}); err != nil {
		t.Error(err)
	}
}

func TestConstraintsOfBuildRequirementsAreAFile(t *testing.T) {
	_, err := Read(FS(fstest.MapFS{
		"moult.toml": {Data: []byte("python = \"3.13\"\n[build]\nconstraints = \"c.txt\"\n")},
		"c.txt":      {Data: []byte("-c https://example.com/d.txt\n")},
	}), "moult.toml", Options{})
	if err == nil || !strings.HasPrefix(err.Error(), `c.txt:1:1: "https://example.com/d.txt" must be a file of the build context`) {
		t.Errorf("got %v", err)
	}
}

func TestAPasswordIsNotShownInTheErrorForTheAddressOfBuildConstraints(t *testing.T) {
	_, err := Read(FS(fstest.MapFS{
		"moult.toml": {Data: []byte("python = \"3.13\"\n[build]\nconstraints = \"c.txt\"\n")},
		"c.txt":      {Data: []byte("-c https://me:secret@example.com/d.txt\n")},
	}), "moult.toml", Options{})
	if err == nil || !strings.Contains(err.Error(), "must be a file of the build context") || strings.Contains(err.Error(), "secret@") {
		t.Errorf("got %v", err)
	}
}

func TestAFileThatGitLFSHoldsIsTold(t *testing.T) {
	const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:04\nsize 38\n"
	for _, name := range []string{"requirements.txt", "Pipfile", "pyproject.toml"} {
		files := fstest.MapFS{"moult.toml": {}, name: {Data: []byte(pointer)}}
		_, err := Read(FS(files), "moult.toml", Options{})
		if want := name + ":1:1: the file is a pointer of Git LFS, and its content is not here; "; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheUsualRequirementFileIsRead(t *testing.T) {
	for _, test := range []struct {
		name, want string
		files      []string
	}{
		{"requirements.txt before all", "requirements.txt", []string{"requirements/prod.txt", "requirements.txt", "reqs.txt"}},
		{"that of production", "requirements/prod.txt", []string{"requirements/base.txt", "requirements/dev.txt", "requirements/prod.txt"}},
		{"one with an odd name", "reqs.txt", []string{"reqs.txt", "requirements-dev.txt"}},
		{"that of the program's folder", "backend/requirements.txt", []string{"backend/requirements.txt", "frontend/package.json"}},
		{"the only one in a folder of any name", "server-app/requirements.txt", []string{"server-app/requirements.txt", "client/main.py", "docs/requirements.txt"}},
		{"none of two in folders of any name", "", []string{"one/requirements.txt", "two/requirements.txt"}},
		{"none of two programs", "", []string{"backend/requirements.txt", "bot/requirements.txt"}},
		{"none for development", "", []string{"requirements-dev.txt", "requirements/test.txt"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := fstest.MapFS{"moult.toml": {}}
			for _, name := range test.files {
				files[name] = &fstest.MapFile{Data: []byte("six\n")}
			}
			p, err := Read(FS(files), "moult.toml", Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, f := range p.RequirementFiles {
				got += f.Name.V
			}
			if got != test.want || got != "" && len(p.RequirementFiles[0].Requirements) != 1 {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTheRequirementsOfAFolderAreReadIfPyprojectIsForToolsAlone(t *testing.T) {
	for pyproject, want := range map[string]int{
		"[tool.black]\nline-length = 88\n":                         1,
		"[tool.moult]\n[tool.ruff]\n":                              1,
		"[project]\nname = \"shop\"\n":                             0,
		"[tool.poetry]\nname = \"shop\"\n":                         0,
		"[build-system]\nrequires = [\"setuptools\"]\n":            0,
		"[tool.uv.workspace]\nmembers = [\"one\"]\n[tool.black]\n": 0,
	} {
		p, err := Read(FS(fstest.MapFS{
			"pyproject.toml":           {Data: []byte(pyproject)},
			"backend/requirements.txt": {Data: []byte("six\n")},
			"one/pyproject.toml":       {Data: []byte("[project]\nname = \"one\"\nversion = \"1\"\n")},
		}), "pyproject.toml", Options{})
		if err != nil {
			t.Fatalf("%s: %v", pyproject, err)
		}
		if len(p.RequirementFiles) != want {
			t.Errorf("%s: %d files are read, want %d", pyproject, len(p.RequirementFiles), want)
		}
	}
}

func TestTheRequirementsBesideAMemberThatIsLockedWithItsWorkspaceAreNotRead(t *testing.T) {
	const member = `
[tool.uv.workspace]
members = ["one"]
-- one/pyproject.toml --
[project]
name = "one"
dependencies = []
-- one/requirements.txt --
six
`
	for more, want := range map[string]int{"": 1, "-- uv.lock --\n": 0} {
		p, err := Read(FS(tree(member+more)), "one/pyproject.toml", Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.RequirementFiles) != want {
			t.Errorf("%q: got %+v", more, p.RequirementFiles)
		}
	}
}

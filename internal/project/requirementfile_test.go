package project

import (
	"testing"
	"testing/fstest"
)

func TestConstraintsAtAnAddressSayWhatToDo(t *testing.T) {
	files := fstest.MapFS{
		"moult.toml":       {Data: []byte("python = \"3.13\"\n")},
		"requirements.txt": {Data: []byte("six\n-c https://example.com/c.txt\n")},
	}
	_, err := Read(FS(files), "moult.toml", Options{})
	const want = `requirements.txt:2:1: "https://example.com/c.txt" must be a file of the build context; save what is at the address in the project, and name that file`
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
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
